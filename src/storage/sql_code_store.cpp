// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_code_store.h"

#include "base/strings.h"
#include "storage/columns.h"

namespace gatehouse::storage {

Result<void> SqlCodeStore::insert(std::string_view digest, const oauth::AuthorizationCode& code) {
    return ignore_count(database_.execute(
        "INSERT INTO authorization_codes (digest, client_id, redirect_uri, code_challenge, origin, "
        "server, user_id, scopes, connection_id, auth_time, expires_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {std::string(digest), code.client_id, code.redirect_uri, code.code_challenge, code.origin,
         code.server, code.user_id, join(code.scopes, " "), code.connection_id,
         time_column(code.auth_time), time_column(code.expires_at)}));
}

Result<oauth::StoredCode> SqlCodeStore::find(std::string_view digest) {
    const auto row = expect_row(database_.query(
        "SELECT client_id, redirect_uri, code_challenge, origin, server, user_id, scopes, "
        "connection_id, auth_time, expires_at, used FROM authorization_codes WHERE digest = ?",
        {std::string(digest)}));
    if (!row) {
        return std::unexpected(row.error());
    }
    return oauth::StoredCode{
        .code = {.client_id = row->text(0),
                 .redirect_uri = row->text(1),
                 .code_challenge = row->text(2),
                 .origin = row->text(3),
                 .server = row->text(4),
                 .user_id = row->text(5),
                 .scopes = split_words(row->text(6)),
                 .connection_id = row->text(7),
                 .auth_time = read_time(*row, 8),
                 .expires_at = read_time(*row, 9)},
        .state = row->integer(10) == 0 ? oauth::CodeState::kFresh : oauth::CodeState::kUsed};
}

Result<bool> SqlCodeStore::mark_used(std::string_view digest) {
    const auto changed =
        database_.execute("UPDATE authorization_codes SET used = 1 WHERE digest = ? AND used = 0",
                          {std::string(digest)});
    if (!changed) {
        return std::unexpected(changed.error());
    }
    return *changed == 1;
}

Result<void> SqlCodeStore::remove_expired(Timestamp before) {
    return ignore_count(database_.execute("DELETE FROM authorization_codes WHERE expires_at < ?",
                                          {time_column(before)}));
}

}  // namespace gatehouse::storage
