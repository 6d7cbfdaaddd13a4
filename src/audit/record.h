// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"

/// What is recorded of calls and security events (contract.md §10). No member ever holds a secret;
/// redaction happens before a record is made.
namespace gatehouse::audit {

/// What was known when a call was about to go out. Views live during the call that takes it.
struct CallIntent {
    Timestamp time;
    std::string_view request_id, trace_id, server, user, client, connection, revision, method, item;
    std::string_view client_version;        ///< name and version as the client gives them
    std::string_view runtime;               ///< the replica that it goes to; empty: to none
    std::string_view effect, rule, reason;  ///< the decision
    std::uint64_t bytes_in = 0;
    std::string_view arguments;  ///< JSON text as `audit.arguments` allows, or empty
};

/// The id of a record begins with the milliseconds when it was made, above so many other bits.
inline constexpr unsigned kRecordTimeShift = 21;

/// The smallest id that a record of this time can have. Ids sort by time; a record's time is read a
/// moment before its id is made, and never after.
[[nodiscard]] inline std::uint64_t first_id_at(Timestamp time) {
    const auto millis = to_unix_millis(time);
    return millis <= 0 ? 0 : static_cast<std::uint64_t>(millis) << kRecordTimeShift;
}

struct CallOutcome {
    Timestamp time;
    int http_status = 0;
    std::optional<std::int64_t> rpc_code;
    std::optional<bool> is_error;
    std::chrono::microseconds duration{0}, runtime{0};
    std::uint64_t bytes_out = 0;
    std::optional<std::int64_t> units;  ///< what it cost, where the operator counts
    std::string error;   ///< what the runtime said went wrong, shortened and redacted
    std::string result;  ///< JSON text as `audit.results` allows, or empty
    /// False for the first outcome of a stream, whose last one follows.
    bool last = true;
};

/// A security event: sign-in, consent, registration, token.issued, grant.connected, …
struct Event {
    std::string name;
    std::string server, user, client, connection, request_id, client_ip;
    json::Object detail;  ///< facts that belong to this kind of event
};

}  // namespace gatehouse::audit
