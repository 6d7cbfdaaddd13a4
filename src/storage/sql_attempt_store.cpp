// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_attempt_store.h"

#include "storage/columns.h"

namespace gatehouse::storage {

using attempts::StoredAttempt;

Result<void> SqlAttemptStore::put(const std::vector<StoredAttempt>& attempts, std::size_t most) {
    return database_.transaction([&](Session& session) -> Result<void> {
        for (const StoredAttempt& attempt : attempts) {
            const auto stored = session.execute(
                "INSERT INTO attempts (id, updated_at, story) VALUES (?, ?, ?) ON CONFLICT (id) DO "
                "UPDATE SET updated_at = excluded.updated_at, story = excluded.story",
                {attempt.id, time_column(attempt.updated_at), attempt.story});
            if (!stored) {
                return std::unexpected(stored.error());
            }
        }
        return ignore_count(session.execute(
            "DELETE FROM attempts WHERE id <= (SELECT id FROM attempts ORDER BY id DESC LIMIT 1 "
            "OFFSET ?)",
            {static_cast<std::int64_t>(most)}));
    });
}

Result<std::vector<StoredAttempt>> SqlAttemptStore::newest(std::size_t most) {
    const auto rows =
        database_.query("SELECT id, updated_at, story FROM attempts ORDER BY id DESC LIMIT ?",
                        {static_cast<std::int64_t>(most)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<StoredAttempt> found;
    for (const Row& row : *rows) {
        found.push_back({.id = row.text(0), .updated_at = read_time(row, 1), .story = row.text(2)});
    }
    return found;
}

}  // namespace gatehouse::storage
