// SPDX-License-Identifier: Apache-2.0
#include "proxy/refusal_log.h"

#include <string>
#include <utility>

#include "base/strings.h"
#include "proxy/keyed_hash.h"

namespace gatehouse::proxy {
namespace {

constexpr std::size_t kMaxMethod = 128;

}  // namespace

RefusalLog::RefusalLog(audit::CallJournal& journal) : journal_(journal), seed_(random_seed()) {}

bool RefusalLog::take(std::string_view source) {
    auto& of_source = taken_of_[keyed_hash(source, seed_) % taken_of_.size()];
    if (taken_ == kPerMinute || of_source == kPerSource) {
        ++left_out_;
        return false;
    }
    ++taken_;
    ++of_source;
    return true;
}

Result<void> RefusalLog::write(const audit::CallIntent& intent, int status) {
    const auto call = journal_.intent(intent);
    if (!call) {
        return std::unexpected(call.error());
    }
    return journal_.outcome(*call, {.time = intent.time, .http_status = status});
}

Result<void> RefusalLog::turn_minute(const Moment& now) {
    if (now.steady < minute_ends_) {
        return {};
    }
    minute_ends_ = now.steady + std::chrono::minutes(1);
    taken_ = 0;
    taken_of_.fill(0);
    const auto left_out = std::exchange(left_out_, 0);
    if (left_out == 0) {
        return {};
    }
    const std::string count = R"({"gatehouse/left_out_requests":)" + std::to_string(left_out) + "}";
    return write({.time = now.wall, .effect = "deny", .reason = "left_out", .arguments = count},
                 401);
}

Result<bool> RefusalLog::record(const RefusedRequest& request, const Moment& now) {
    if (auto turned = turn_minute(now); !turned) {
        return std::unexpected(turned.error());
    }
    if (!take(request.source)) {
        return false;
    }
    const std::string method = sanitize_text(request.method, kMaxMethod);
    auto written = write({.time = now.wall,
                          .request_id = request.request_id,
                          .server = request.server,
                          .method = method,
                          .effect = "deny",
                          .reason = request.reason,
                          .bytes_in = request.bytes_in},
                         request.status);
    return written ? Result<bool>(true) : std::unexpected(written.error());
}

Result<void> RefusalLog::tick(const Moment& now) {
    return turn_minute(now);
}

}  // namespace gatehouse::proxy
