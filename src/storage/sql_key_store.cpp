// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_key_store.h"

#include "storage/columns.h"

namespace gatehouse::storage {

Result<bool> SqlKeyStore::insert(const oauth::StoredKey& key) {
    const auto changed = database_.execute(
        "INSERT INTO sealed_keys (id, purpose, box, created_at, sign_from) "
        "VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        {key.id, key.purpose, Blob{key.box}, time_column(key.created_at),
         time_column(key.sign_from)});
    if (!changed) {
        return std::unexpected(changed.error());
    }
    database_.announce();
    return *changed == 1;
}

Result<std::vector<oauth::StoredKey>> SqlKeyStore::list(std::string_view purpose) {
    const auto rows = database_.query(
        "SELECT id, purpose, box, created_at, sign_from FROM sealed_keys WHERE purpose = ? "
        "ORDER BY sign_from, id",
        {std::string(purpose)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<oauth::StoredKey> keys;
    keys.reserve(rows->size());
    for (const Row& row : *rows) {
        keys.push_back({.id = row.text(0),
                        .purpose = row.text(1),
                        .box = row.blob(2),
                        .created_at = read_time(row, 3),
                        .sign_from = read_time(row, 4)});
    }
    return keys;
}

Result<void> SqlKeyStore::replace_box(std::string_view id, std::string_view box) {
    return expect_changed(database_.execute("UPDATE sealed_keys SET box = ? WHERE id = ?",
                                            {Blob{std::string(box)}, std::string(id)}));
}

Result<void> SqlKeyStore::remove(std::string_view id) {
    auto removed =
        ignore_count(database_.execute("DELETE FROM sealed_keys WHERE id = ?", {std::string(id)}));
    if (removed) {
        database_.announce();
    }
    return removed;
}

}  // namespace gatehouse::storage
