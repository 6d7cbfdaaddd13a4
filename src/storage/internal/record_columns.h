// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "audit/record_store.h"
#include "storage/database.h"

/// A record as a row of audit_records. The digest is made over every column, so that nothing of a
/// row can change unseen.
namespace gatehouse::storage {

inline constexpr std::array<std::string_view, 32> kRecordColumns{
    "id",         "kind",      "time",        "event",      "request_id",     "trace_id",
    "server",     "user_id",   "client",      "connection", "client_ip",      "revision",
    "method",     "item",      "effect",      "rule",       "reason",         "arguments",
    "detail",     "bytes_in",  "http_status", "rpc_code",   "is_error",       "duration_us",
    "runtime_us", "bytes_out", "last",        "units",      "client_version", "runtime",
    "error",      "result"};

/// A record where it is: a call with its outcome, if there is one, or an event.
struct RecordView {
    const audit::IntentEntry* call = nullptr;
    const audit::EventEntry* event = nullptr;
    const audit::CallOutcome* outcome = nullptr;

    [[nodiscard]] std::uint64_t id() const { return call != nullptr ? call->id : event->id; }
};

[[nodiscard]] RecordView view_of(const audit::StoredRecord& record);

using RecordCells = std::array<Cell, kRecordColumns.size()>;

/// "id, kind, …"
[[nodiscard]] const std::string& record_columns();

/// The columns of a record, in that order, looked at where they are.
[[nodiscard]] RecordCells to_cells(const RecordView& record);
/// From a row that begins with the columns, in that order.
[[nodiscard]] audit::StoredRecord read_record(const Row& row);
/// 32 bytes.
[[nodiscard]] std::string record_digest(const RecordCells& cells);
/// Of the row's first 32 fields.
[[nodiscard]] std::string record_digest(const Row& row);

}  // namespace gatehouse::storage
