// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_pause_store.h"

#include "storage/columns.h"

namespace gatehouse::storage {

Result<bool> SqlPauseStore::add(const budget::Pause& pause) {
    const auto added = database_.execute(
        "INSERT INTO pauses (kind, name, label, paused_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (kind, name) DO NOTHING",
        {pause.kind, pause.name, pause.label, time_column(pause.paused_at)});
    if (!added) {
        return std::unexpected(added.error());
    }
    database_.announce();
    return *added == 1;
}

Result<bool> SqlPauseStore::remove(std::string_view kind, std::string_view name) {
    const auto removed = database_.execute("DELETE FROM pauses WHERE kind = ? AND name = ?",
                                           {std::string(kind), std::string(name)});
    if (!removed) {
        return std::unexpected(removed.error());
    }
    database_.announce();
    return *removed == 1;
}

Result<std::vector<budget::Pause>> SqlPauseStore::list() {
    const auto rows =
        database_.query("SELECT kind, name, label, paused_at FROM pauses ORDER BY kind, name", {});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<budget::Pause> pauses;
    pauses.reserve(rows->size());
    for (const Row& row : *rows) {
        pauses.push_back({.kind = row.text(0),
                          .name = row.text(1),
                          .label = row.text(2),
                          .paused_at = read_time(row, 3)});
    }
    return pauses;
}

}  // namespace gatehouse::storage
