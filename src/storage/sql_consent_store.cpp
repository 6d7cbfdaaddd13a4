// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_consent_store.h"

#include "base/strings.h"
#include "storage/columns.h"

namespace gatehouse::storage {

using oauth::Consent;

Result<void> SqlConsentStore::remember(const Consent& consent) {
    return ignore_count(database_.execute(
        "INSERT INTO consents (user_id, client_id, server, redirect_host, scopes, given_at) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (user_id, client_id, server, redirect_host) "
        "DO UPDATE SET scopes = excluded.scopes, given_at = excluded.given_at",
        {consent.user_id, consent.client_id, consent.server, consent.redirect_host,
         join(consent.scopes, " "), time_column(consent.given_at)}));
}

Result<std::vector<Consent>> SqlConsentStore::list(std::string_view user_id,
                                                   std::string_view client_id) {
    const auto rows = database_.query(
        "SELECT user_id, client_id, server, redirect_host, scopes, given_at FROM consents "
        "WHERE user_id = ? AND (client_id = ? OR '' = ?) "
        "ORDER BY client_id, server, redirect_host",
        {std::string(user_id), std::string(client_id), std::string(client_id)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<Consent> found;
    for (const Row& row : *rows) {
        found.push_back({.user_id = row.text(0),
                         .client_id = row.text(1),
                         .server = row.text(2),
                         .redirect_host = row.text(3),
                         .scopes = split_words(row.text(4)),
                         .given_at = read_time(row, 5)});
    }
    return found;
}

Result<void> SqlConsentStore::forget(std::string_view user_id,
                                     std::string_view client_id,
                                     std::string_view server) {
    return ignore_count(
        database_.execute("DELETE FROM consents WHERE user_id = ? AND client_id = ? AND server = ?",
                          {std::string(user_id), std::string(client_id), std::string(server)}));
}

Result<void> SqlConsentStore::forget_user(std::string_view user_id) {
    return ignore_count(
        database_.execute("DELETE FROM consents WHERE user_id = ?", {std::string(user_id)}));
}

}  // namespace gatehouse::storage
