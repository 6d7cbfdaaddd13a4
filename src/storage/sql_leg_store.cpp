// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_leg_store.h"

#include "base/strings.h"
#include "storage/columns.h"

namespace gatehouse::storage {
namespace {

using grants::Leg;
using grants::PendingGrant;

constexpr std::string_view kPendingColumns =
    "id, server, profile, issuer, client_generation, scopes, sealed, renewable, account_subject, "
    "account_email, obtained_at, token_expires_at, expires_at";

PendingGrant to_pending(const Row& row) {
    return {.id = row.text(0),
            .server = row.text(1),
            .profile = row.text(2),
            .issuer = row.text(3),
            .client_generation = row.text(4),
            .scopes = split_words(row.text(5)),
            .sealed = row.blob(6),
            .renewable = row.integer(7) != 0,
            .account_subject = row.text(8),
            .account_email = row.text(9),
            .obtained_at = from_unix_millis(row.integer(10)),
            .token_expires_at = from_unix_millis(row.integer(11)),
            .expires_at = from_unix_millis(row.integer(12))};
}

Result<bool> changed_one(const Result<std::int64_t>& rows) {
    return rows ? Result<bool>(*rows == 1) : std::unexpected(rows.error());
}

}  // namespace

Result<void> SqlLegStore::insert(const Leg& leg) {
    return ignore_count(database_.execute(
        "INSERT INTO grant_legs (digest, browser_digest, transaction_id, server, profile, "
        "issuer, issuer_promised, redirect_uri, client_generation, scopes, sealed, "
        "expires_at, used) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
        {leg.digest, leg.browser_digest, leg.transaction_id, leg.server, leg.profile, leg.issuer,
         std::int64_t{leg.issuer_promised ? 1 : 0}, leg.redirect_uri, leg.client_generation,
         join(leg.scopes, " "), Blob{leg.sealed}, to_unix_millis(leg.expires_at)}));
}

Result<Leg> SqlLegStore::find(std::string_view digest) {
    const auto rows = database_.query(
        "SELECT digest, browser_digest, transaction_id, server, profile, issuer, "
        "issuer_promised, redirect_uri, client_generation, scopes, sealed, expires_at "
        "FROM grant_legs WHERE digest = ?",
        {std::string(digest)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        return fail(ErrorCode::kNotFound, "no such connection attempt");
    }
    const Row& row = rows->front();
    return Leg{.digest = row.text(0),
               .browser_digest = row.text(1),
               .transaction_id = row.text(2),
               .server = row.text(3),
               .profile = row.text(4),
               .issuer = row.text(5),
               .issuer_promised = row.integer(6) != 0,
               .redirect_uri = row.text(7),
               .client_generation = row.text(8),
               .scopes = split_words(row.text(9)),
               .sealed = row.blob(10),
               .expires_at = from_unix_millis(row.integer(11))};
}

Result<bool> SqlLegStore::mark_used(std::string_view digest) {
    return changed_one(database_.execute(
        "UPDATE grant_legs SET used = 1 WHERE digest = ? AND used = 0", {std::string(digest)}));
}

Result<void> SqlLegStore::remove_expired(Timestamp now) {
    return ignore_count(
        database_.execute("DELETE FROM grant_legs WHERE expires_at <= ?", {to_unix_millis(now)}));
}

Result<void> SqlLegStore::insert_pending(const PendingGrant& pending) {
    return ignore_count(database_.execute(
        "INSERT INTO pending_grants (" + std::string(kPendingColumns) +
            ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {pending.id, pending.server, pending.profile, pending.issuer, pending.client_generation,
         join(pending.scopes, " "), Blob{pending.sealed}, std::int64_t{pending.renewable ? 1 : 0},
         pending.account_subject, pending.account_email, to_unix_millis(pending.obtained_at),
         to_unix_millis(pending.token_expires_at), to_unix_millis(pending.expires_at)}));
}

Result<PendingGrant> SqlLegStore::find_pending(std::string_view id) {
    const auto rows = database_.query(
        "SELECT " + std::string(kPendingColumns) + " FROM pending_grants WHERE id = ?",
        {std::string(id)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        return fail(ErrorCode::kNotFound, "this connection attempt is over");
    }
    return to_pending(rows->front());
}

Result<void> SqlLegStore::set_account(std::string_view pending_id,
                                      std::string_view subject,
                                      std::string_view email) {
    return ignore_count(database_.execute(
        "UPDATE pending_grants SET account_subject = ?, account_email = ? WHERE id = ?",
        {std::string(subject), std::string(email), std::string(pending_id)}));
}

Result<bool> SqlLegStore::remove_pending(std::string_view id) {
    return changed_one(
        database_.execute("DELETE FROM pending_grants WHERE id = ?", {std::string(id)}));
}

Result<std::vector<PendingGrant>> SqlLegStore::expired_pending(Timestamp now, std::size_t limit) {
    const auto rows = database_.query(
        "SELECT " + std::string(kPendingColumns) +
            " FROM pending_grants WHERE expires_at <= ? ORDER BY expires_at LIMIT ?",
        {to_unix_millis(now), static_cast<std::int64_t>(limit)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<PendingGrant> found;
    for (const Row& row : *rows) {
        found.push_back(to_pending(row));
    }
    return found;
}

}  // namespace gatehouse::storage
