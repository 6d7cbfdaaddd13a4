// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_session_store.h"

#include "storage/columns.h"

namespace gatehouse::storage {

using identity::BrowserSession;
using identity::SignedIn;

namespace {

#define GATEHOUSE_SESSION_COLUMNS "s.digest, s.last_used_at, s.origin, s.user_agent, s.client_ip"
#define GATEHOUSE_PERSON_COLUMNS "p.source, p.user_id, p.auth_time, p.signed_in_at"

BrowserSession read_session(const Row& row) {
    return {.digest = row.text(0),
            .people = {},
            .last_used_at = read_time(row, 1),
            .origin = row.text(2),
            .user_agent = row.text(3),
            .client_ip = row.text(4)};
}

SignedIn read_person(const Row& row) {
    return {.source = row.text(5),
            .user_id = row.text(6),
            .auth_time = read_time(row, 7),
            .signed_in_at = read_time(row, 8)};
}

}  // namespace

Result<BrowserSession> SqlSessionStore::find(std::string_view digest) {
    const auto rows =
        database_.query("SELECT " GATEHOUSE_SESSION_COLUMNS ", " GATEHOUSE_PERSON_COLUMNS
                        " FROM browser_sessions s LEFT JOIN signed_in p ON p.session = s.digest "
                        "WHERE s.digest = ? ORDER BY p.source",
                        {std::string(digest)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        return fail(ErrorCode::kNotFound, "no such session");
    }
    BrowserSession session = read_session(rows->front());
    for (const Row& row : *rows) {
        if (!row.is_null(5)) {
            session.people.push_back(read_person(row));
        }
    }
    return session;
}

Result<std::vector<BrowserSession>> SqlSessionStore::list(std::string_view user_id) {
    const auto rows =
        database_.query("SELECT " GATEHOUSE_SESSION_COLUMNS ", " GATEHOUSE_PERSON_COLUMNS
                        " FROM signed_in p JOIN browser_sessions s ON s.digest = p.session "
                        "WHERE p.user_id = ? ORDER BY s.last_used_at DESC, s.digest",
                        {std::string(user_id)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<BrowserSession> sessions;
    for (const Row& row : *rows) {
        sessions.push_back(read_session(row));
        sessions.back().people.push_back(read_person(row));
    }
    return sessions;
}

Result<void> SqlSessionStore::replace(std::string_view old_digest, const BrowserSession& next) {
    return database_.transaction([&](Session& sql) -> Result<void> {
        if (auto removed = sql.execute("DELETE FROM browser_sessions WHERE digest = ?",
                                       {std::string(old_digest)});
            !removed) {
            return std::unexpected(removed.error());
        }
        if (auto inserted =
                sql.execute("INSERT INTO browser_sessions (digest, last_used_at, origin, "
                            "user_agent, client_ip) VALUES (?, ?, ?, ?, ?)",
                            {next.digest, time_column(next.last_used_at), next.origin,
                             next.user_agent, next.client_ip});
            !inserted) {
            return std::unexpected(inserted.error());
        }
        for (const SignedIn& person : next.people) {
            if (auto inserted = sql.execute(
                    "INSERT INTO signed_in (session, source, user_id, auth_time, signed_in_at) "
                    "VALUES (?, ?, ?, ?, ?)",
                    {next.digest, person.source, person.user_id, time_column(person.auth_time),
                     time_column(person.signed_in_at)});
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

Result<bool> SqlSessionStore::remove_person(std::string_view digest, std::string_view user_id) {
    const auto rows = database_.execute("DELETE FROM signed_in WHERE session = ? AND user_id = ?",
                                        {std::string(digest), std::string(user_id)});
    return rows ? Result<bool>(*rows > 0) : std::unexpected(rows.error());
}

Result<void> SqlSessionStore::remove_user(std::string_view user_id, std::string_view kept_digest) {
    return ignore_count(
        database_.execute("DELETE FROM signed_in WHERE user_id = ? AND session <> ?",
                          {std::string(user_id), std::string(kept_digest)}));
}

Result<void> SqlSessionStore::remove_idle(Timestamp last_used_before) {
    return ignore_count(database_.execute("DELETE FROM browser_sessions WHERE last_used_at < ?",
                                          {time_column(last_used_before)}));
}

}  // namespace gatehouse::storage
