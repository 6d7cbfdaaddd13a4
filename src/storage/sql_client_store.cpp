// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_client_store.h"

#include "storage/columns.h"

namespace gatehouse::storage {
namespace {

using oauth::ClientKind;
using oauth::ClientState;
using oauth::KnownClient;

std::string kind_name(ClientKind kind) {
    switch (kind) {
        case ClientKind::kPreregistered:
            return "preregistered";
        case ClientKind::kDynamic:
            return "dynamic";
        case ClientKind::kMetadataDocument:
            return "metadata_document";
    }
    return {};
}

Result<ClientKind> parse_kind(std::string_view name) {
    for (const ClientKind kind :
         {ClientKind::kPreregistered, ClientKind::kDynamic, ClientKind::kMetadataDocument}) {
        if (name == kind_name(kind)) {
            return kind;
        }
    }
    return fail(ErrorCode::kCorrupt, "a stored client cannot be read");
}

Result<KnownClient> read_client(const Row& row) {
    const auto kind = parse_kind(row.text(2));
    if (!kind) {
        return std::unexpected(kind.error());
    }
    auto redirect_uris = read_strings(row, 5);
    if (!redirect_uris) {
        return std::unexpected(redirect_uris.error());
    }
    return KnownClient{
        .origin = row.text(0),
        .id = row.text(1),
        .name = row.text(3),
        .client_uri = row.text(4),
        .kind = *kind,
        .redirect_uris = *std::move(redirect_uris),
        .state = row.integer(6) == 0 ? ClientState::kEnabled : ClientState::kDisabled,
        .first_seen_at = read_time(row, 7),
        .auth_method = row.text(8),
        .jwks = row.text(9),
        .jwks_uri = row.text(10)};
}

}  // namespace

Result<void> SqlClientStore::remember(const oauth::Client& client,
                                      std::string_view origin,
                                      Timestamp now) {
    return ignore_count(database_.execute(
        "INSERT INTO clients (origin, id, kind, name, client_uri, redirect_uris, first_seen_at, "
        "auth_method, jwks, jwks_uri) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (origin, id) DO UPDATE SET "
        "kind = excluded.kind, name = excluded.name, client_uri = excluded.client_uri, "
        "redirect_uris = excluded.redirect_uris, auth_method = excluded.auth_method, "
        "jwks = excluded.jwks, jwks_uri = excluded.jwks_uri",
        {std::string(origin), client.id, kind_name(client.kind), client.name, client.client_uri,
         strings_column(client.redirect_uris), time_column(now), client.auth_method, client.jwks,
         client.jwks_uri}));
}

Result<KnownClient> SqlClientStore::find(std::string_view origin, std::string_view id) {
    const auto row = expect_row(database_.query(
        "SELECT origin, id, kind, name, client_uri, redirect_uris, disabled, "
        "first_seen_at, auth_method, jwks, jwks_uri FROM clients WHERE origin = ? AND id = ?",
        {std::string(origin), std::string(id)}));
    if (!row) {
        return std::unexpected(row.error());
    }
    return read_client(*row);
}

Result<std::vector<KnownClient>> SqlClientStore::list() {
    const auto rows = database_.query(
        "SELECT origin, id, kind, name, client_uri, redirect_uris, disabled, "
        "first_seen_at, auth_method, jwks, jwks_uri FROM clients ORDER BY first_seen_at, origin, "
        "id",
        {});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<KnownClient> clients;
    clients.reserve(rows->size());
    for (const Row& row : *rows) {
        auto client = read_client(row);
        if (!client) {
            return std::unexpected(client.error());
        }
        clients.push_back(*std::move(client));
    }
    return clients;
}

Result<void> SqlClientStore::set_state(std::string_view origin,
                                       std::string_view id,
                                       ClientState state) {
    return expect_changed(
        database_.execute("UPDATE clients SET disabled = ? WHERE origin = ? AND id = ?",
                          {std::int64_t{state == ClientState::kDisabled ? 1 : 0},
                           std::string(origin), std::string(id)}));
}

Result<void> SqlClientStore::remove(std::string_view origin, std::string_view id) {
    return expect_changed(database_.execute("DELETE FROM clients WHERE origin = ? AND id = ?",
                                            {std::string(origin), std::string(id)}));
}

}  // namespace gatehouse::storage
