// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_connect_link_store.h"

#include "storage/columns.h"

namespace gatehouse::storage {

Result<bool> SqlConnectLinkStore::use(std::string_view digest,
                                      Timestamp expires_at,
                                      Timestamp now) {
    if (auto removed = database_.execute("DELETE FROM used_connect_links WHERE expires_at < ?",
                                         {time_column(now)});
        !removed) {
        return std::unexpected(removed.error());
    }
    const auto inserted = database_.execute(
        "INSERT INTO used_connect_links (digest, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
        {std::string(digest), time_column(expires_at)});
    return inserted ? Result<bool>(*inserted == 1) : std::unexpected(inserted.error());
}

Result<bool> SqlConnectLinkStore::is_used(std::string_view digest) {
    const auto rows = database_.query("SELECT expires_at FROM used_connect_links WHERE digest = ?",
                                      {std::string(digest)});
    return rows ? Result<bool>(!rows->empty()) : std::unexpected(rows.error());
}

}  // namespace gatehouse::storage
