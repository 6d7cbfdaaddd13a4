// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_export_store.h"

#include "storage/columns.h"
#include "storage/internal/record_columns.h"

namespace gatehouse::storage {

Result<std::vector<audit::ChainedRecord>> SqlExportStore::records_after(std::string_view replica,
                                                                        std::uint64_t seq,
                                                                        std::size_t limit) {
    const auto rows = database_.query(
        "SELECT " + record_columns() +
            ", seq FROM audit_records WHERE replica = ? AND seq > ? ORDER BY seq LIMIT ?",
        {std::string(replica), static_cast<std::int64_t>(seq), static_cast<std::int64_t>(limit)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<audit::ChainedRecord> records;
    for (const Row& row : *rows) {
        records.push_back({.seq = static_cast<std::uint64_t>(row.integer(kRecordColumns.size())),
                           .record = read_record(row)});
    }
    return records;
}

Result<std::uint64_t> SqlExportStore::position(std::string_view name, std::string_view replica) {
    const auto rows =
        database_.query("SELECT seq FROM export_positions WHERE export = ? AND replica = ?",
                        {std::string(name), std::string(replica)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    return rows->empty() ? 0 : static_cast<std::uint64_t>(rows->front().integer(0));
}

Result<void> SqlExportStore::set_position(std::string_view name,
                                          std::string_view replica,
                                          std::uint64_t seq) {
    return ignore_count(database_.execute(
        "INSERT INTO export_positions (export, replica, seq) VALUES (?, ?, ?) "
        "ON CONFLICT (export, replica) DO UPDATE SET seq = excluded.seq",
        {std::string(name), std::string(replica), static_cast<std::int64_t>(seq)}));
}

}  // namespace gatehouse::storage
