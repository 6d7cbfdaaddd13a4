// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/strings.h"
#include "oauth/connection_store.h"
#include "storage/columns.h"

#define GATEHOUSE_CONNECTION_COLUMNS                                                          \
    "id, user_id, client_id, client_name, origin, server, redirect_host, scopes, auth_time, " \
    "created_at, last_used_at, expires_at, revoked_at"

/// How a connection becomes the columns above and back.
namespace gatehouse::storage {

[[nodiscard]] inline oauth::Connection read_connection(const Row& row) {
    return {.id = row.text(0),
            .user_id = row.text(1),
            .client_id = row.text(2),
            .client_name = row.text(3),
            .origin = row.text(4),
            .server = row.text(5),
            .redirect_host = row.text(6),
            .scopes = split_words(row.text(7)),
            .auth_time = read_time(row, 8),
            .created_at = read_time(row, 9),
            .last_used_at = read_time(row, 10),
            .expires_at = read_time(row, 11),
            .revoked_at = read_optional_time(row, 12)};
}

[[nodiscard]] inline Result<void> insert_connection(Session& session,
                                                    const oauth::Connection& connection) {
    return ignore_count(session.execute(
        "INSERT INTO connections (" GATEHOUSE_CONNECTION_COLUMNS
        ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {connection.id, connection.user_id, connection.client_id, connection.client_name,
         connection.origin, connection.server, connection.redirect_host,
         join(connection.scopes, " "), time_column(connection.auth_time),
         time_column(connection.created_at), time_column(connection.last_used_at),
         time_column(connection.expires_at), time_column(connection.revoked_at)}));
}

}  // namespace gatehouse::storage
