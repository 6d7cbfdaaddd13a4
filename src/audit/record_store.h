// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

struct RecordFilter {
    std::string server, user, client, tool, effect, kind, event;  ///< empty: any
    std::optional<Timestamp> since;
    std::uint64_t before_id = 0;  ///< 0: from the newest
    std::uint64_t after_id = 0;   ///< only newer than this; the answer is then oldest first
    std::size_t limit = 100;
};

class RecordStore {
  public:
    RecordStore() = default;
    RecordStore(const RecordStore&) = delete;
    RecordStore& operator=(const RecordStore&) = delete;
    RecordStore(RecordStore&&) = delete;
    RecordStore& operator=(RecordStore&&) = delete;
    virtual ~RecordStore() = default;

    /// Entries in journal order and the new positions, in one durable transaction: each entry is
    /// taken over exactly once.
    [[nodiscard]] virtual Result<void> take_over(const std::vector<Entry>& entries,
                                                 const std::vector<JournalPosition>& positions) = 0;
    [[nodiscard]] virtual Result<std::vector<JournalPosition>> positions() = 0;
    [[nodiscard]] virtual Result<void> forget_position(std::string_view segment) = 0;
    /// Newest first, unless `after_id` is given.
    [[nodiscard]] virtual Result<std::vector<StoredRecord>> find(const RecordFilter& filter) = 0;
};

}  // namespace gatehouse::audit
