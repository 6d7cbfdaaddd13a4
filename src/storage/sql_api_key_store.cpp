// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_api_key_store.h"

#include "storage/columns.h"

namespace gatehouse::storage {
namespace {

constexpr std::string_view kByDigest =
    "SELECT id, name, role, digest, made_by, created_at, expires_at, last_used_at FROM api_keys "
    "WHERE digest = ?";
constexpr std::string_view kAll =
    "SELECT id, name, role, digest, made_by, created_at, expires_at, last_used_at FROM api_keys "
    "ORDER BY name";

admin::ApiKey read_key(const Row& row) {
    return {.id = row.text(0),
            .name = row.text(1),
            .role = row.text(2),
            .digest = row.text(3),
            .made_by = row.text(4),
            .created_at = read_time(row, 5),
            .expires_at = read_optional_time(row, 6),
            .last_used_at = read_optional_time(row, 7)};
}

}  // namespace

Result<void> SqlApiKeyStore::insert(const admin::ApiKey& key) {
    return ignore_count(database_.execute(
        "INSERT INTO api_keys (id, name, role, digest, made_by, created_at, expires_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        {key.id, key.name, key.role, key.digest, key.made_by, time_column(key.created_at),
         time_column(key.expires_at)}));
}

Result<admin::ApiKey> SqlApiKeyStore::find_by_digest(std::string_view digest) {
    const auto row = expect_row(database_.query(kByDigest, {std::string(digest)}));
    return row ? Result<admin::ApiKey>(read_key(*row)) : std::unexpected(row.error());
}

Result<std::vector<admin::ApiKey>> SqlApiKeyStore::list() {
    const auto rows = database_.query(kAll, {});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<admin::ApiKey> keys;
    keys.reserve(rows->size());
    for (const Row& row : *rows) {
        keys.push_back(read_key(row));
    }
    return keys;
}

Result<bool> SqlApiKeyStore::remove(std::string_view id) {
    const auto removed = database_.execute("DELETE FROM api_keys WHERE id = ?", {std::string(id)});
    return removed ? Result<bool>(*removed == 1) : std::unexpected(removed.error());
}

Result<void> SqlApiKeyStore::note_use(std::string_view id, Timestamp now) {
    return ignore_count(database_.execute("UPDATE api_keys SET last_used_at = ? WHERE id = ?",
                                          {time_column(now), std::string(id)}));
}

}  // namespace gatehouse::storage
