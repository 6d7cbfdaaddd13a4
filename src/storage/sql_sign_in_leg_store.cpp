// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_sign_in_leg_store.h"

#include "storage/columns.h"

namespace gatehouse::storage {

using identity::SignInLeg;

Result<void> SqlSignInLegStore::insert(const SignInLeg& leg, std::size_t most) {
    return database_.transaction([&](Session& sql) -> Result<void> {
        const auto inserted = sql.execute(
            "INSERT INTO sign_in_legs (digest, browser_digest, transaction_id, provider, issuer, "
            "issuer_promised, redirect_uri, sealed, expires_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            {leg.digest, leg.browser_digest, leg.transaction_id, leg.provider, leg.issuer,
             std::int64_t{leg.issuer_promised ? 1 : 0}, leg.redirect_uri, Blob{leg.sealed},
             time_column(leg.expires_at)});
        if (!inserted) {
            return std::unexpected(inserted.error());
        }
        return ignore_count(sql.execute(
            "DELETE FROM sign_in_legs WHERE transaction_id = ? AND digest <> ? AND digest NOT IN "
            "(SELECT digest FROM sign_in_legs WHERE transaction_id = ? "
            "ORDER BY expires_at DESC, digest LIMIT ?)",
            {leg.transaction_id, leg.digest, leg.transaction_id, static_cast<std::int64_t>(most)}));
    });
}

Result<SignInLeg> SqlSignInLegStore::find(std::string_view digest) {
    const auto row = expect_row(database_.query(
        "SELECT digest, browser_digest, transaction_id, provider, issuer, issuer_promised, "
        "redirect_uri, sealed, expires_at FROM sign_in_legs WHERE digest = ?",
        {std::string(digest)}));
    if (!row) {
        return std::unexpected(row.error());
    }
    return SignInLeg{.digest = row->text(0),
                     .browser_digest = row->text(1),
                     .transaction_id = row->text(2),
                     .provider = row->text(3),
                     .issuer = row->text(4),
                     .issuer_promised = row->integer(5) != 0,
                     .redirect_uri = row->text(6),
                     .sealed = row->blob(7),
                     .expires_at = read_time(*row, 8)};
}

Result<bool> SqlSignInLegStore::mark_used(std::string_view digest) {
    const auto rows = database_.execute(
        "UPDATE sign_in_legs SET used = 1 WHERE digest = ? AND used = 0", {std::string(digest)});
    return rows ? Result<bool>(*rows == 1) : std::unexpected(rows.error());
}

Result<void> SqlSignInLegStore::remove_expired(Timestamp now) {
    return ignore_count(
        database_.execute("DELETE FROM sign_in_legs WHERE expires_at <= ?", {time_column(now)}));
}

}  // namespace gatehouse::storage
