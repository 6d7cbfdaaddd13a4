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

/// "id, kind, …"
[[nodiscard]] const std::string& record_columns();

/// The columns of a record, in that order.
[[nodiscard]] std::vector<Field> to_columns(const audit::StoredRecord& record);
/// From a row that begins with the columns, in that order.
[[nodiscard]] audit::StoredRecord read_record(const Row& row);
/// Of the first 32 fields.
[[nodiscard]] std::string record_digest(const std::vector<Field>& columns);
[[nodiscard]] std::string record_digest(const Row& row);

}  // namespace gatehouse::storage
