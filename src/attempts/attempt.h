// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"

/// One client's way to a connection, as one story: what it asked, what it was told, and why it
/// stopped. Secrets appear as fingerprints only.
namespace gatehouse::attempts {

enum class Step {
    kChallenge,         ///< 401 at the MCP endpoint
    kResourceMetadata,  ///< RFC 9728 document
    kServerMetadata,    ///< RFC 8414 document
    kRegistration,
    kAuthorize,
    kSignIn,
    kConsent,
    kDownstream,  ///< back from the downstream authorization server
    kCode,        ///< the client was sent its code
    kToken,
    kRefresh,
    kFirstCall,
};

inline constexpr std::size_t kSteps = 12;

[[nodiscard]] std::string_view name_of(Step step);

struct Event {
    Timestamp time;
    Step step = Step::kChallenge;
    bool ok = true;  ///< it went as the protocol wants it; a first challenge does
    std::string method, path, ip, user_agent;
    int status = 0;
    std::string problem;          ///< the error code that the client was told, or our word for it
    json::Object sent, answered;  ///< what matters of both
};

struct Attempt {
    static constexpr std::size_t kMaxEvents = 40;

    std::string id;  ///< sorts by time
    Timestamp started_at, updated_at;
    std::string server, client, client_name;
    std::vector<Event> events;
    std::size_t left_out = 0;  ///< events in the middle that were too many

    [[nodiscard]] const Event* last(Step step) const;
    [[nodiscard]] const Event* last_good(Step step) const;

    [[nodiscard]] bool has(Step step) const { return last(step) != nullptr; }
};

/// What came of it, in plain words.
struct Verdict {
    std::string code;    ///< connected, in_progress, or the reason why not
    std::string text;    ///< what happened
    std::string remedy;  ///< what to do; empty when nothing is
};

/// `now` decides whether a client that is silent has stopped.
[[nodiscard]] Verdict judge(const Attempt& attempt, Timestamp now);

/// As the API shows it; `verdict` included.
[[nodiscard]] json::Object to_json(const Attempt& attempt, Timestamp now);
/// What `to_json` made, without the verdict; kept in the store. Empty id: it cannot be read.
[[nodiscard]] Attempt from_json(const json::Object& object);

/// Eight characters that tell one secret from another and give nothing away.
[[nodiscard]] std::string fingerprint(std::string_view secret);

}  // namespace gatehouse::attempts
