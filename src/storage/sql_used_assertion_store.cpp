// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_used_assertion_store.h"

#include "storage/columns.h"

namespace gatehouse::storage {

Result<bool> SqlUsedAssertionStore::use(std::string_view digest,
                                        Timestamp expires_at,
                                        Timestamp now) {
    if (auto removed = database_.execute("DELETE FROM used_assertions WHERE expires_at < ?",
                                         {time_column(now)});
        !removed) {
        return std::unexpected(removed.error());
    }
    const auto inserted = database_.execute(
        "INSERT INTO used_assertions (digest, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
        {std::string(digest), time_column(expires_at)});
    if (!inserted) {
        return std::unexpected(inserted.error());
    }
    return *inserted == 1;
}

}  // namespace gatehouse::storage
