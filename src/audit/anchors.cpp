// SPDX-License-Identifier: Apache-2.0
#include "audit/anchors.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "base/encoding.h"
#include "base/units.h"
#include "crypto/jwt.h"

namespace gatehouse::audit {
namespace {

const std::vector<crypto::Alg> kAlgorithms{crypto::Alg::kEs256, crypto::Alg::kRs256};

json::Object line_of(const StoredAnchor& anchor) {
    return {{"v", 1},
            {"time", format_time(anchor.time)},
            {"replica", anchor.replica},
            {"seq", anchor.seq},
            {"hash", base64url_encode(anchor.hash)},
            {"statement", anchor.statement}};
}

/// Nothing for what a crash cut off.
std::optional<StoredAnchor> read_line(const std::string& line) {
    const auto object = json::parse_object(line);
    if (!object) {
        return std::nullopt;
    }
    StoredAnchor anchor;
    const auto time = parse_time(json::get_string(*object, "time").value_or(""));
    const auto hash = base64url_decode(json::get_string(*object, "hash").value_or(""));
    anchor.replica = json::get_string(*object, "replica").value_or("");
    anchor.seq = static_cast<std::uint64_t>(json::get_int(*object, "seq").value_or(0));
    if (time && hash) {
        anchor.time = *time;
        anchor.hash = *hash;
        anchor.statement = json::get_string(*object, "statement").value_or("");
    }
    return anchor;
}

bool says(const json::Object& claims, const StoredAnchor& anchor) {
    return json::get_string(claims, "replica") == anchor.replica &&
           json::get_int(claims, "seq") == static_cast<std::int64_t>(anchor.seq) &&
           json::get_string(claims, "hash") == base64url_encode(anchor.hash);
}

}  // namespace

Result<bool> Anchors::make() {
    const auto head = parts_.ingester.head();
    if (!head) {
        return std::unexpected(head.error());
    }
    if (!anchored_) {
        const auto known = parts_.store.anchors(head->replica);
        if (!known) {
            return std::unexpected(known.error());
        }
        anchored_ = known->empty() ? 0 : known->back().seq;
    }
    // The event of the last anchor alone is nothing new.
    if (head->seq <= *anchored_ + (*anchored_ == 0 ? 0 : 1)) {
        return false;
    }
    const Timestamp now = parts_.clock.now();
    StoredAnchor anchor{.replica = head->replica,
                        .seq = head->seq,
                        .hash = head->hash,
                        .time = now,
                        .statement = {}};
    anchor.statement =
        parts_.sign(kAnchorType, {{"iss", parts_.issuer()},
                                  {"iat", to_unix_seconds(now)},
                                  {"replica", anchor.replica},
                                  {"seq", anchor.seq},
                                  {"hash", base64url_encode(anchor.hash)},
                                  {"start_seq", head->start_seq},
                                  {"start_hash", base64url_encode(head->start_hash)}});
    if (auto stored = parts_.store.add_anchor(anchor); !stored) {
        return std::unexpected(stored.error());
    }
    anchored_ = anchor.seq;
    if (auto written = append(anchor); !written) {
        return std::unexpected(written.error());
    }
    const auto recorded = parts_.events.record({.name = "audit.anchored",
                                                .detail = {{"replica", anchor.replica},
                                                           {"seq", anchor.seq},
                                                           {"hash", base64url_encode(anchor.hash)},
                                                           {"statement", anchor.statement}}});
    return recorded ? Result<bool>(true) : std::unexpected(recorded.error());
}

Result<void> Anchors::append(const StoredAnchor& anchor) const {
    // The line end in front ends a line that a crash cut off.
    const std::string line = "\n" + json::dump(line_of(anchor)) + "\n";
    const int file = ::open(parts_.file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) {
        return fail(ErrorCode::kUnavailable, "the anchor file cannot be written",
                    parts_.file.string() + ": " + strerrordesc_np(errno));
    }
    const bool written =
        ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
        ::fdatasync(file) == 0;
    const int error = errno;
    ::close(file);
    if (!written) {
        return fail(ErrorCode::kUnavailable, "the anchor file cannot be written",
                    parts_.file.string() + ": " + strerrordesc_np(error));
    }
    return {};
}

AnchorTrust Anchors::judge(const StoredAnchor& anchor) const {
    const auto decoded = crypto::decode_jwt(anchor.statement);
    if (!decoded || decoded->typ != kAnchorType || !says(decoded->claims, anchor)) {
        return AnchorTrust::kForged;
    }
    const crypto::KeySet keys = parts_.public_keys();
    if (keys.find(decoded->kid, decoded->alg).empty()) {
        return AnchorTrust::kUnknownKey;
    }
    return crypto::verify_jwt(anchor.statement, keys, kAlgorithms) ? AnchorTrust::kGood
                                                                   : AnchorTrust::kForged;
}

Result<std::vector<StoredAnchor>> Anchors::exported() const {
    std::vector<StoredAnchor> anchors;
    std::ifstream file(parts_.file);
    std::string line;
    while (std::getline(file, line)) {
        if (auto anchor = read_line(line)) {
            anchors.push_back(std::move(*anchor));
        }
    }
    if (file.bad()) {
        return fail(ErrorCode::kUnavailable, "the anchor file cannot be read",
                    parts_.file.string());
    }
    return anchors;
}

}  // namespace gatehouse::audit
