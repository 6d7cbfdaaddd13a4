// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_connection_store.h"

#include <algorithm>

#include "storage/connection_columns.h"

namespace gatehouse::storage {
namespace {

using oauth::Connection;
using oauth::RefreshToken;

Result<void> insert_refresh_token(Session& session, const RefreshToken& token) {
    return ignore_count(session.execute(
        "INSERT INTO refresh_tokens (digest, connection_id, issued_at) VALUES (?, ?, ?)",
        {token.digest, token.connection_id, time_column(token.issued_at)}));
}

Result<std::vector<std::string>> read_ids(const Result<std::vector<Row>>& rows) {
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<std::string> ids;
    ids.reserve(rows->size());
    for (const Row& row : *rows) {
        ids.push_back(row.text(0));
    }
    return ids;
}

constexpr std::size_t kBatch = 500;

/// Looks with a reading connection, so that only the removal itself holds up writers.
Result<void> remove_found(Database& database,
                          std::string_view find,
                          std::string_view remove,
                          const std::vector<Field>& fields) {
    const auto ids = read_ids(database.query(find, fields));
    if (!ids) {
        return std::unexpected(ids.error());
    }
    for (std::size_t at = 0; at < ids->size(); at += kBatch) {
        const auto done = database.transaction([&](Session& session) -> Result<void> {
            for (std::size_t i = at; i < std::min(at + kBatch, ids->size()); ++i) {
                if (auto gone = ignore_count(session.execute(remove, {(*ids)[i]})); !gone) {
                    return gone;
                }
            }
            return {};
        });
        if (!done) {
            return done;
        }
    }
    return {};
}

}  // namespace

Result<void> SqlConnectionStore::insert(const Connection& connection,
                                        const std::optional<RefreshToken>& first) {
    return database_.transaction([&](Session& session) -> Result<void> {
        auto inserted = insert_connection(session, connection);
        if (!inserted || !first) {
            return inserted;
        }
        return insert_refresh_token(session, *first);
    });
}

Result<Connection> SqlConnectionStore::find(std::string_view id) {
    const auto row = expect_row(database_.query("SELECT " GATEHOUSE_CONNECTION_COLUMNS
                                                " FROM connections WHERE id = ?",
                                                {std::string(id)}));
    if (!row) {
        return std::unexpected(row.error());
    }
    return read_connection(*row);
}

Result<RefreshToken> SqlConnectionStore::find_refresh_token(std::string_view digest) {
    const auto row = expect_row(database_.query(
        "SELECT digest, connection_id, issued_at, retired_at, successor_digest, successor_box "
        "FROM refresh_tokens WHERE digest = ?",
        {std::string(digest)}));
    if (!row) {
        return std::unexpected(row.error());
    }
    return RefreshToken{.digest = row->text(0),
                        .connection_id = row->text(1),
                        .issued_at = read_time(*row, 2),
                        .retired_at = read_optional_time(*row, 3),
                        .successor_digest = row->text(4),
                        .successor_box = row->blob(5)};
}

Result<bool> SqlConnectionStore::rotate(const oauth::RotateRefreshToken& rotation) {
    bool rotated = false;
    const auto done = database_.transaction([&](Session& session) -> Result<void> {
        rotated = false;
        const auto alive = session.execute(
            "UPDATE connections SET last_used_at = ? WHERE id = ? AND revoked_at IS NULL",
            {time_column(rotation.now), rotation.next.connection_id});
        if (!alive || *alive == 0) {
            return ignore_count(alive);
        }
        const auto retired = session.execute(
            "UPDATE refresh_tokens SET retired_at = ?, successor_digest = ?, successor_box = ? "
            "WHERE digest = ? AND connection_id = ? AND retired_at IS NULL",
            {time_column(rotation.now), rotation.next.digest, Blob{rotation.successor_box},
             rotation.old_digest, rotation.next.connection_id});
        if (!retired || *retired == 0) {
            return ignore_count(retired);
        }
        rotated = true;
        return insert_refresh_token(session, rotation.next);
    });
    if (!done) {
        return std::unexpected(done.error());
    }
    return rotated;
}

Result<void> SqlConnectionStore::erase_successors(Timestamp retired_before) {
    return ignore_count(
        database_.execute("UPDATE refresh_tokens SET successor_box = NULL "
                          "WHERE successor_box IS NOT NULL AND retired_at < ?",
                          {time_column(retired_before)}));
}

Result<bool> SqlConnectionStore::revoke(std::string_view id, Timestamp now) {
    const auto changed = database_.execute(
        "UPDATE connections SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
        {time_column(now), std::string(id)});
    if (!changed) {
        return std::unexpected(changed.error());
    }
    if (*changed == 1) {
        database_.announce();
    }
    return *changed == 1;
}

Result<std::vector<Connection>> SqlConnectionStore::list(const oauth::ConnectionFilter& filter) {
    std::string sql = "SELECT " GATEHOUSE_CONNECTION_COLUMNS " FROM connections WHERE 1 = 1";
    std::vector<Field> fields;
    const auto require = [&](std::string_view condition, const std::string& value) {
        if (!value.empty()) {
            sql += condition;
            fields.emplace_back(value);
        }
    };
    require(" AND user_id = ?", filter.user_id);
    require(" AND server = ?", filter.server);
    require(" AND client_id = ?", filter.client_id);
    if (!filter.include_revoked) {
        sql += " AND revoked_at IS NULL";
    }
    const auto rows = database_.query(sql + " ORDER BY created_at, id", fields);
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<Connection> connections;
    connections.reserve(rows->size());
    for (const Row& row : *rows) {
        connections.push_back(read_connection(row));
    }
    return connections;
}

Result<std::vector<std::string>> SqlConnectionStore::revoked_since(Timestamp since) {
    return read_ids(
        database_.query("SELECT id FROM connections WHERE revoked_at >= ?", {time_column(since)}));
}

Result<void> SqlConnectionStore::revoke_token(std::string_view jti, Timestamp expires_at) {
    auto revoked = ignore_count(database_.execute(
        "INSERT INTO revoked_tokens (jti, expires_at) VALUES (?, ?) ON CONFLICT (jti) DO NOTHING",
        {std::string(jti), time_column(expires_at)}));
    if (revoked) {
        database_.announce();
    }
    return revoked;
}

Result<std::vector<std::string>> SqlConnectionStore::revoked_tokens(Timestamp now) {
    return read_ids(
        database_.query("SELECT jti FROM revoked_tokens WHERE expires_at > ?", {time_column(now)}));
}

Result<void> SqlConnectionStore::remove_dead(const oauth::DeadBefore& before) {
    constexpr std::string_view kConnection = "DELETE FROM connections WHERE id = ?";
    if (auto done = remove_found(
            database_, "SELECT id FROM connections WHERE revoked_at < ? OR expires_at < ?",
            kConnection, {time_column(before.ended), time_column(before.ended)});
        !done) {
        return done;
    }
    if (auto done = remove_found(database_,
                                 "SELECT id FROM connections WHERE last_used_at < ? AND id NOT IN "
                                 "(SELECT connection_id FROM personal_tokens)",
                                 kConnection, {time_column(before.idle)});
        !done) {
        return done;
    }
    if (auto done = remove_found(
            database_, "SELECT digest FROM refresh_tokens WHERE retired_at < ?",
            "DELETE FROM refresh_tokens WHERE digest = ?", {time_column(before.retired)});
        !done) {
        return done;
    }
    return ignore_count(database_.execute("DELETE FROM revoked_tokens WHERE expires_at < ?",
                                          {time_column(before.expired)}));
}

}  // namespace gatehouse::storage
