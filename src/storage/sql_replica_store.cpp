// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_replica_store.h"

#include <algorithm>

#include "storage/columns.h"

namespace gatehouse::storage {
namespace {

constexpr std::chrono::minutes kSilence{10};

/// The smallest number that nobody has, or that of the owner who was silent longest.
Result<std::int64_t> choose(Session& session, Timestamp now) {
    const auto rows = session.query("SELECT number, seen_at FROM replicas ORDER BY number", {});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::int64_t free = 0;
    const Row* silent = nullptr;
    for (const Row& row : *rows) {
        if (row.integer(0) != free) {
            return free;
        }
        ++free;
        if (silent == nullptr || row.integer(1) < silent->integer(1)) {
            silent = &row;
        }
    }
    if (free < SqlReplicaStore::kMost) {
        return free;
    }
    if (read_time(*silent, 1) > now - kSilence) {
        return fail(ErrorCode::kUnavailable, "128 gateways run on this store: that is the most");
    }
    return silent->integer(0);
}

}  // namespace

Result<std::uint32_t> SqlReplicaStore::join(std::string_view owner, Timestamp now) {
    std::int64_t number = 0;
    const auto done = database_.transaction([&](Session& session) -> Result<void> {
        const auto mine =
            session.query("SELECT number FROM replicas WHERE owner = ?", {std::string(owner)});
        if (!mine) {
            return std::unexpected(mine.error());
        }
        const auto chosen = mine->empty() ? choose(session, now) : mine->front().integer(0);
        if (!chosen) {
            return std::unexpected(chosen.error());
        }
        number = *chosen;
        return ignore_count(session.execute(
            "INSERT INTO replicas (number, owner, seen_at) VALUES (?, ?, ?) ON CONFLICT (number) "
            "DO UPDATE SET owner = excluded.owner, seen_at = excluded.seen_at",
            {number, std::string(owner), time_column(now)}));
    });
    return done ? Result<std::uint32_t>(static_cast<std::uint32_t>(number))
                : std::unexpected(done.error());
}

Result<void> SqlReplicaStore::stay(std::string_view owner, Timestamp now) {
    return ignore_count(database_.execute("UPDATE replicas SET seen_at = ? WHERE owner = ?",
                                          {time_column(now), std::string(owner)}));
}

Result<void> SqlReplicaStore::leave(std::string_view owner) {
    return ignore_count(
        database_.execute("DELETE FROM replicas WHERE owner = ?", {std::string(owner)}));
}

}  // namespace gatehouse::storage
