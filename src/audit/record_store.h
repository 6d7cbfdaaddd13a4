// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/chain_store.h"
#include "audit/codec.h"
#include "base/json.h"
#include "base/result.h"

namespace gatehouse::audit {

/// A record as it is found again: an intent with what became of it, or an event.
struct StoredRecord {
    std::variant<IntentEntry, EventEntry> what;
    std::optional<CallOutcome>
        outcome;  ///< of a call; absent while it runs, or when the gateway died
};

/// The documented shape of contract.md §10, version 1: members that do not apply are left out.
[[nodiscard]] json::Object to_json(const StoredRecord& record);

/// How far a journal file has been taken over.
struct JournalPosition {
    std::string segment;  ///< file name
    std::uint64_t offset = 0;
};

/// Which calls `outcome` picks out: `ok`, `error` (an HTTP status from 400 on, a JSON-RPC error, or
/// a tool's isError), or `open` (no last answer: it runs, or the gateway died).
enum class OutcomeFilter { kAny, kOk, kError, kOpen };

struct RecordFilter {
    std::string server, user, client, tool, effect, kind, event;  ///< empty: any
    std::string method, connection, request_id, trace_id, rule, reason;
    /// Somewhere in item, error, arguments, result or an event's detail; case does not matter.
    std::string text;
    OutcomeFilter outcome = OutcomeFilter::kAny;
    std::optional<Timestamp> since, until;  ///< from the first on, before the second
    std::uint64_t before_id = 0;            ///< 0: from the newest
    std::uint64_t after_id = 0;  ///< only newer than this; the answer is then oldest first
    std::size_t limit = 100;
};

struct RecordPage {
    std::vector<StoredRecord> records;
    /// Where to go on (as before_id, or after_id), also when the page is short because a search had
    /// looked at enough; 0: that was all.
    std::uint64_t next = 0;
};

class RecordStore {
  public:
    RecordStore() = default;
    RecordStore(const RecordStore&) = delete;
    RecordStore& operator=(const RecordStore&) = delete;
    RecordStore(RecordStore&&) = delete;
    RecordStore& operator=(RecordStore&&) = delete;
    virtual ~RecordStore() = default;

    /// Entries in journal order, their links and the new positions, in one durable transaction:
    /// each entry is taken over exactly once. `seal` closes the head that is stored. Gives the new
    /// head; kConflict when the chain does not stand where `head` says.
    [[nodiscard]] virtual Result<ChainHead> take_over(
        const std::vector<Entry>& entries,
        const std::vector<JournalPosition>& positions,
        const ChainHead& head,
        const std::function<std::string(const ChainHead&)>& seal) = 0;
    [[nodiscard]] virtual Result<std::vector<JournalPosition>> positions() = 0;
    [[nodiscard]] virtual Result<void> forget_position(std::string_view segment) = 0;
    /// 0 when there is no record.
    [[nodiscard]] virtual Result<std::uint64_t> newest_id() = 0;
    /// Newest first, unless `after_id` is given.
    [[nodiscard]] virtual Result<RecordPage> find(const RecordFilter& filter) = 0;
};

}  // namespace gatehouse::audit
