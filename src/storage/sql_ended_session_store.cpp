// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_ended_session_store.h"

#include "storage/columns.h"

namespace gatehouse::storage {

Result<void> SqlEndedSessionStore::add(const std::vector<std::string>& sealed, Timestamp now) {
    if (sealed.empty()) {
        return {};
    }
    std::vector<std::vector<Field>> sets;
    sets.reserve(sealed.size());
    for (const std::string& id : sealed) {
        sets.push_back({id, time_column(now)});
    }
    auto added = database_.transaction([&](Session& session) {
        return session.execute_each(
            "INSERT INTO ended_sessions (sealed, ended_at) VALUES (?, ?) ON CONFLICT (sealed) DO "
            "NOTHING",
            sets);
    });
    if (added) {
        database_.announce();
    }
    return added;
}

Result<std::vector<std::string>> SqlEndedSessionStore::ended_since(Timestamp since,
                                                                   std::size_t limit) {
    const auto rows = database_.query(
        "SELECT sealed FROM ended_sessions WHERE ended_at >= ? ORDER BY ended_at DESC LIMIT ?",
        {time_column(since), static_cast<std::int64_t>(limit)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<std::string> sealed;
    sealed.reserve(rows->size());
    for (const Row& row : *rows) {
        sealed.push_back(row.text(0));
    }
    return sealed;
}

Result<void> SqlEndedSessionStore::remove_before(Timestamp before) {
    return ignore_count(
        database_.execute("DELETE FROM ended_sessions WHERE ended_at < ?", {time_column(before)}));
}

}  // namespace gatehouse::storage
