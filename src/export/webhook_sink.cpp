// SPDX-License-Identifier: Apache-2.0
#include "export/webhook_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "base/encoding.h"
#include "base/units.h"
#include "crypto/digest.h"
#include "telemetry/log.h"

namespace gatehouse::exports {
namespace {

constexpr int kMaxTries = 9;
constexpr std::chrono::seconds kFirstPause{1};
constexpr std::chrono::seconds kLongestPause{256};
constexpr std::chrono::seconds kTimeout{10};

std::string hex(std::string_view bytes) {
    std::string out;
    for (const char byte : bytes) {
        out += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    }
    return out;
}

const audit::EventEntry* event_of(const audit::StoredRecord& record) {
    return std::get_if<audit::EventEntry>(&record.what);
}

/// Trying again changes nothing about these.
bool is_final(int status) {
    return status >= 400 && status < 500 && status != 408 && status != 429;
}

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view text) {
    const auto star = pattern.find('*');
    if (star == std::string_view::npos) {
        return pattern == text;
    }
    if (!text.starts_with(pattern.substr(0, star))) {
        return false;
    }
    text.remove_prefix(star);
    pattern.remove_prefix(star + 1);
    for (;; text.remove_prefix(1)) {
        if (matches_pattern(pattern, text)) {
            return true;
        }
        if (text.empty()) {
            return false;
        }
    }
}

bool WebhookSink::wants(const audit::StoredRecord& record) const {
    const audit::EventEntry* event = event_of(record);
    return event != nullptr &&
           (options_.events.empty() ||
            std::ranges::any_of(options_.events, [&](const std::string& pattern) {
                return matches_pattern(pattern, event->name);
            }));
}

WebhookSink::Delivery WebhookSink::deliver(const audit::StoredRecord& record, std::string& error) {
    const audit::EventEntry& event = *event_of(record);
    http::ClientRequest request{.method = "POST",
                                .url = options_.url,
                                .body = json::dump(audit::to_json(record)),
                                .timeout = kTimeout,
                                .max_body = 64U << 10U};
    const std::string moment = std::to_string(to_unix_seconds(clock_.now()));
    const std::string signature =
        hex(crypto::hmac_sha256(options_.secret, moment + "." + request.body));
    request.headers.set("Content-Type", "application/json");
    request.headers.set("User-Agent", "gatehouse-webhook");
    request.headers.set("X-Gatehouse-Event", event.name);
    request.headers.set("X-Gatehouse-Delivery", std::to_string(event.id));
    request.headers.set("X-Gatehouse-Signature", fmt::format("t={},v1={}", moment, signature));
    const auto answer = client_.send(request);
    if (!answer) {
        error = answer.error().message;
        return Delivery::kLater;
    }
    if (answer->status >= 200 && answer->status < 300) {
        return Delivery::kDone;
    }
    error = fmt::format("status {}", answer->status);
    return is_final(answer->status) ? Delivery::kRefused : Delivery::kLater;
}

Result<void> WebhookSink::bury(const audit::StoredRecord& record, const std::string& error) {
    telemetry::warn("export", "webhook: an event was given up: {}", error);
    std::ofstream file(options_.dead_letter, std::ios::app);
    file << json::dump(json::Object{{"time", format_time(clock_.now())},
                                    {"error", error},
                                    {"record", audit::to_json(record)}})
         << "\n";
    file.flush();
    return file ? Result<void>{}
                : fail(ErrorCode::kUnavailable, "the dead-letter file cannot be written",
                       options_.dead_letter.string());
}

Result<std::size_t> WebhookSink::take(const std::vector<audit::ChainedRecord>& records) {
    for (std::size_t i = 0; i < records.size(); ++i) {
        const audit::StoredRecord& record = records[i].record;
        if (!wants(record)) {
            continue;
        }
        if (failed_ > 0 && clock_.steady_now() < next_try_) {
            return i;
        }
        std::string error;
        const Delivery delivery = deliver(record, error);
        const bool gives_up = delivery == Delivery::kLater && failed_ + 1 >= kMaxTries;
        if (delivery == Delivery::kLater && !gives_up) {
            const auto pause = std::min(kFirstPause * (1 << failed_), kLongestPause);
            next_try_ = clock_.steady_now() + pause;
            ++failed_;
            return i;
        }
        if (delivery != Delivery::kDone) {
            if (auto buried = bury(record, error); !buried) {
                return std::unexpected(buried.error());
            }
        }
        failed_ = 0;
    }
    return records.size();
}

}  // namespace gatehouse::exports
