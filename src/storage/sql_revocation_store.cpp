// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_revocation_store.h"

#include "storage/columns.h"

namespace gatehouse::storage {

using grants::Revocation;

Result<void> insert_revocation(Session& session, const Revocation& revocation) {
    return ignore_count(session.execute(
        "INSERT INTO grant_revocations (id, server, profile, client_generation, sealed, attempts, "
        "next_at, ends_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        {revocation.id, revocation.server, revocation.profile, revocation.client_generation,
         Blob{revocation.sealed}, std::int64_t{revocation.attempts},
         to_unix_millis(revocation.next_at), to_unix_millis(revocation.ends_at)}));
}

Result<void> SqlRevocationStore::insert(const Revocation& revocation) {
    return database_.transaction(
        [&](Session& session) { return insert_revocation(session, revocation); });
}

Result<std::vector<Revocation>> SqlRevocationStore::due(Timestamp now, std::size_t limit) {
    const auto rows = database_.query(
        "SELECT id, server, profile, client_generation, sealed, attempts, next_at, ends_at FROM "
        "grant_revocations WHERE next_at <= ? ORDER BY next_at LIMIT ?",
        {to_unix_millis(now), static_cast<std::int64_t>(limit)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<Revocation> found;
    for (const Row& row : *rows) {
        found.push_back({.id = row.text(0),
                         .server = row.text(1),
                         .profile = row.text(2),
                         .client_generation = row.text(3),
                         .sealed = row.blob(4),
                         .attempts = static_cast<int>(row.integer(5)),
                         .next_at = from_unix_millis(row.integer(6)),
                         .ends_at = from_unix_millis(row.integer(7))});
    }
    return found;
}

Result<bool> SqlRevocationStore::postpone(std::string_view id, int attempts, Timestamp next_at) {
    const auto rows = database_.execute(
        "UPDATE grant_revocations SET attempts = attempts + 1, next_at = ? WHERE id = ? AND "
        "attempts = ?",
        {to_unix_millis(next_at), std::string(id), std::int64_t{attempts}});
    return rows ? Result<bool>(*rows == 1) : std::unexpected(rows.error());
}

Result<void> SqlRevocationStore::remove(std::string_view id) {
    return ignore_count(
        database_.execute("DELETE FROM grant_revocations WHERE id = ?", {std::string(id)}));
}

}  // namespace gatehouse::storage
