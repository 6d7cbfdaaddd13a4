// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_grant_store.h"

#include "base/strings.h"
#include "storage/columns.h"
#include "storage/sql_revocation_store.h"

namespace gatehouse::storage {
namespace {

using grants::Grant;
using grants::GrantState;

constexpr std::string_view kColumns =
    "id, user_id, server, profile, issuer, client_generation, scopes, sealed, renewable, "
    "account_subject, account_email, obtained_at, token_expires_at, created_at, updated_at, "
    "version, state";

Grant to_grant(const Row& row) {
    return {.id = row.text(0),
            .user_id = row.text(1),
            .server = row.text(2),
            .profile = row.text(3),
            .issuer = row.text(4),
            .client_generation = row.text(5),
            .scopes = split_words(row.text(6)),
            .sealed = row.blob(7),
            .renewable = row.integer(8) != 0,
            .account_subject = row.text(9),
            .account_email = row.text(10),
            .obtained_at = from_unix_millis(row.integer(11)),
            .token_expires_at = from_unix_millis(row.integer(12)),
            .created_at = from_unix_millis(row.integer(13)),
            .updated_at = from_unix_millis(row.integer(14)),
            .version = static_cast<std::uint64_t>(row.integer(15)),
            .state = row.integer(16) == 0 ? GrantState::kActive : GrantState::kNeedsReconnect};
}

std::vector<Field> to_fields(const Grant& grant) {
    return {grant.id,
            grant.user_id,
            grant.server,
            grant.profile,
            grant.issuer,
            grant.client_generation,
            join(grant.scopes, " "),
            Blob{grant.sealed},
            std::int64_t{grant.renewable ? 1 : 0},
            grant.account_subject,
            grant.account_email,
            to_unix_millis(grant.obtained_at),
            to_unix_millis(grant.token_expires_at),
            to_unix_millis(grant.created_at),
            to_unix_millis(grant.updated_at),
            static_cast<std::int64_t>(grant.version),
            std::int64_t{grant.state == GrantState::kActive ? 0 : 1}};
}

Result<bool> changed_one(const Result<std::int64_t>& rows) {
    return rows ? Result<bool>(*rows == 1) : std::unexpected(rows.error());
}

Result<Grant> only(const Result<std::vector<Row>>& rows) {
    if (!rows) {
        return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        return fail(ErrorCode::kNotFound, "no such grant");
    }
    return to_grant(rows->front());
}

}  // namespace

Result<void> SqlGrantStore::adopt(std::string_view pending_id, const Grant& grant) {
    return database_.transaction([&](Session& session) -> Result<void> {
        const auto taken =
            session.execute("DELETE FROM pending_grants WHERE id = ?", {std::string(pending_id)});
        if (!taken) {
            return std::unexpected(taken.error());
        }
        if (*taken != 1) {
            return fail(ErrorCode::kNotFound, "this connection attempt is over");
        }
        const auto freed = session.execute("DELETE FROM grants WHERE user_id = ? AND server = ?",
                                           {grant.user_id, grant.server});
        if (!freed) {
            return std::unexpected(freed.error());
        }
        const auto added = session.execute("INSERT INTO grants (" + std::string(kColumns) +
                                               ", lease_owner, lease_until) VALUES (?, ?, ?, ?, ?, "
                                               "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 0)",
                                           to_fields(grant));
        return ignore_count(added);
    });
}

Result<Grant> SqlGrantStore::find(std::string_view user_id, std::string_view server) {
    return only(database_.query(
        "SELECT " + std::string(kColumns) + " FROM grants WHERE user_id = ? AND server = ?",
        {std::string(user_id), std::string(server)}));
}

Result<std::vector<Grant>> SqlGrantStore::list(const grants::GrantFilter& filter) {
    const auto rows = database_.query(
        "SELECT " + std::string(kColumns) +
            " FROM grants WHERE (? = '' OR user_id = ?) AND (? = '' OR server = ?) AND "
            "(? = '' OR profile = ?) AND id > ? ORDER BY id LIMIT ?",
        {filter.user_id, filter.user_id, filter.server, filter.server, filter.profile,
         filter.profile, filter.after_id, static_cast<std::int64_t>(filter.limit)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<Grant> found;
    for (const Row& row : *rows) {
        found.push_back(to_grant(row));
    }
    return found;
}

Result<bool> SqlGrantStore::lease(const grants::GrantLease& lease) {
    return changed_one(database_.execute(
        "UPDATE grants SET lease_owner = ?, lease_until = ? WHERE id = ? AND "
        "version = ? AND state = 0 AND (lease_owner = ? OR lease_until <= ?)",
        {lease.owner, to_unix_millis(lease.until), lease.id,
         static_cast<std::int64_t>(lease.version), lease.owner, to_unix_millis(lease.now)}));
}

Result<void> SqlGrantStore::release(std::string_view id, std::string_view owner) {
    return ignore_count(database_.execute(
        "UPDATE grants SET lease_owner = '', lease_until = 0 WHERE id = ? AND lease_owner = ?",
        {std::string(id), std::string(owner)}));
}

Result<bool> SqlGrantStore::renew(const grants::RenewedGrant& renewed) {
    bool moved = false;
    const auto stored = database_.transaction([&](Session& session) -> Result<void> {
        const auto rows = session.execute(
            "UPDATE grants SET scopes = ?, sealed = ?, renewable = ?, obtained_at = ?, "
            "token_expires_at = ?, updated_at = ?, version = version + 1, state = 0, announced = "
            "0, "
            "lease_owner = '', lease_until = 0 WHERE id = ? AND version = ?",
            {join(renewed.scopes, " "), Blob{renewed.sealed},
             std::int64_t{renewed.renewable ? 1 : 0}, to_unix_millis(renewed.obtained_at),
             to_unix_millis(renewed.token_expires_at), to_unix_millis(renewed.obtained_at),
             renewed.id, static_cast<std::int64_t>(renewed.expected_version)});
        moved = rows.value_or(0) == 1;
        return ignore_count(rows);
    });
    return stored ? Result<bool>(moved) : std::unexpected(stored.error());
}

Result<bool> SqlGrantStore::mark_needs_reconnect(std::string_view id,
                                                 std::uint64_t version,
                                                 Timestamp now) {
    return changed_one(database_.execute(
        "UPDATE grants SET state = 1, updated_at = ?, lease_owner = '', lease_until = 0 WHERE "
        "id = ? AND version = ? AND state = 0",
        {to_unix_millis(now), std::string(id), static_cast<std::int64_t>(version)}));
}

Result<bool> SqlGrantStore::reseal(std::string_view id,
                                   std::uint64_t version,
                                   std::string_view sealed) {
    return changed_one(database_.execute(
        "UPDATE grants SET sealed = ? WHERE id = ? AND version = ?",
        {Blob{std::string(sealed)}, std::string(id), static_cast<std::int64_t>(version)}));
}

Result<bool> SqlGrantStore::remove(std::string_view id,
                                   std::uint64_t version,
                                   const grants::Revocation& revocation) {
    bool removed = false;
    const auto done = database_.transaction([&](Session& session) -> Result<void> {
        const auto rows = session.execute("DELETE FROM grants WHERE id = ? AND version = ?",
                                          {std::string(id), static_cast<std::int64_t>(version)});
        removed = rows.value_or(0) == 1;
        if (!rows || !removed || revocation.sealed.empty()) {
            return ignore_count(rows);
        }
        return insert_revocation(session, revocation);
    });
    return done ? Result<bool>(removed) : std::unexpected(done.error());
}

Result<std::vector<Grant>> SqlGrantStore::take_expiring(Timestamp now, std::chrono::hours notice) {
    const std::int64_t time = to_unix_millis(now);
    const auto rows = database_.query(
        "UPDATE grants SET announced = 1 WHERE state = 0 AND renewable = 0 AND announced = 0 AND "
        "token_expires_at > ? AND token_expires_at <= ? AND "
        "2 * (token_expires_at - ?) <= token_expires_at - obtained_at RETURNING " +
            std::string(kColumns),
        {time, to_unix_millis(now + notice), time});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<Grant> found;
    for (const Row& row : *rows) {
        found.push_back(to_grant(row));
    }
    return found;
}

}  // namespace gatehouse::storage
