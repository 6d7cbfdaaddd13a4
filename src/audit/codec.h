// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "audit/record.h"
#include "base/result.h"

/// The bytes of one journal entry: a kind byte, then fields in a fixed order, integers little
/// endian, texts with a 32-bit length. Private to the machine that wrote them: the documented,
/// versioned shape is the JSON of `to_json`.
namespace gatehouse::audit {

/// Reused by a writer so that encoding allocates nothing once warm.
using EntryBuffer = std::string;

void encode_intent(EntryBuffer& out, std::uint64_t call, const CallIntent& intent);
void encode_outcome(EntryBuffer& out, std::uint64_t call, const CallOutcome& outcome);
void encode_event(EntryBuffer& out, std::uint64_t id, Timestamp time, const Event& event);

/// Decoded entries own their texts.
struct IntentEntry {
    std::uint64_t id = 0;
    Timestamp time;
    std::string request_id, trace_id, server, user, client, connection, revision, method, item;
    std::string effect, rule, reason, arguments;
    std::uint64_t bytes_in = 0;
    std::string client_version, runtime;
};

struct OutcomeEntry {
    std::uint64_t id = 0;
    CallOutcome outcome;
};

struct EventEntry {
    std::uint64_t id = 0;
    Timestamp time;
    std::string name, server, user, client, connection, request_id, client_ip, detail;
};

using Entry = std::variant<IntentEntry, OutcomeEntry, EventEntry>;

/// kCorrupt for anything that `encode_*` did not write whole.
[[nodiscard]] Result<Entry> decode_entry(std::string_view bytes);

}  // namespace gatehouse::audit
