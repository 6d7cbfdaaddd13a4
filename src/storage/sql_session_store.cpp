// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_session_store.h"

#include "storage/columns.h"

namespace gatehouse::storage {

using identity::BrowserSession;
using identity::SignedIn;

Result<BrowserSession> SqlSessionStore::find(std::string_view digest) {
    const auto rows = database_.query(
        "SELECT s.last_used_at, p.source, p.user_id, p.auth_time FROM browser_sessions s "
        "LEFT JOIN signed_in p ON p.session = s.digest WHERE s.digest = ? ORDER BY p.source",
        {std::string(digest)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        return fail(ErrorCode::kNotFound, "no such session");
    }
    BrowserSession session{
        .digest = std::string(digest), .people = {}, .last_used_at = read_time(rows->front(), 0)};
    for (const Row& row : *rows) {
        if (!row.is_null(1)) {
            session.people.push_back(SignedIn{
                .source = row.text(1), .user_id = row.text(2), .auth_time = read_time(row, 3)});
        }
    }
    return session;
}

Result<void> SqlSessionStore::replace(std::string_view old_digest, const BrowserSession& next) {
    return database_.transaction([&](Session& sql) -> Result<void> {
        if (auto removed = sql.execute("DELETE FROM browser_sessions WHERE digest = ?",
                                       {std::string(old_digest)});
            !removed) {
            return std::unexpected(removed.error());
        }
        if (auto inserted =
                sql.execute("INSERT INTO browser_sessions (digest, last_used_at) VALUES (?, ?)",
                            {next.digest, time_column(next.last_used_at)});
            !inserted) {
            return std::unexpected(inserted.error());
        }
        for (const SignedIn& person : next.people) {
            if (auto inserted = sql.execute(
                    "INSERT INTO signed_in (session, source, user_id, auth_time) "
                    "VALUES (?, ?, ?, ?)",
                    {next.digest, person.source, person.user_id, time_column(person.auth_time)});
                !inserted) {
                return std::unexpected(inserted.error());
            }
        }
        return {};
    });
}

Result<void> SqlSessionStore::touch(std::string_view digest, Timestamp now) {
    return ignore_count(
        database_.execute("UPDATE browser_sessions SET last_used_at = ? WHERE digest = ?",
                          {time_column(now), std::string(digest)}));
}

Result<void> SqlSessionStore::remove(std::string_view digest) {
    return ignore_count(
        database_.execute("DELETE FROM browser_sessions WHERE digest = ?", {std::string(digest)}));
}

Result<void> SqlSessionStore::remove_user(std::string_view user_id) {
    return ignore_count(
        database_.execute("DELETE FROM signed_in WHERE user_id = ?", {std::string(user_id)}));
}

Result<void> SqlSessionStore::remove_idle(Timestamp last_used_before) {
    return ignore_count(database_.execute("DELETE FROM browser_sessions WHERE last_used_at < ?",
                                          {time_column(last_used_before)}));
}

}  // namespace gatehouse::storage
