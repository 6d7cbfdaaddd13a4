// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_downstream_client_store.h"

#include <algorithm>
#include <iterator>

#include "storage/columns.h"

namespace gatehouse::storage {
namespace {

using grants::DownstreamClient;

constexpr std::string_view kSelect =
    "SELECT generation, profile, issuer, fingerprint, sealed, created_at, expires_at FROM "
    "downstream_clients WHERE retired = 0 AND ";

DownstreamClient to_client(const Row& row) {
    return DownstreamClient{.generation = row.text(0),
                            .profile = row.text(1),
                            .issuer = row.text(2),
                            .fingerprint = row.text(3),
                            .sealed = row.blob(4),
                            .created_at = from_unix_millis(row.integer(5)),
                            .expires_at = from_unix_millis(row.integer(6))};
}

Result<DownstreamClient> first(const Result<std::vector<Row>>& rows) {
    if (!rows) {
        return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        return fail(ErrorCode::kNotFound, "no such registration");
    }
    return to_client(rows->front());
}

}  // namespace

Result<void> SqlDownstreamClientStore::insert(const DownstreamClient& client) {
    return ignore_count(database_.execute(
        "INSERT INTO downstream_clients (generation, profile, issuer, fingerprint, sealed, "
        "created_at, expires_at, retired) VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
        {client.generation, client.profile, client.issuer, client.fingerprint, Blob{client.sealed},
         to_unix_millis(client.created_at), to_unix_millis(client.expires_at)}));
}

Result<DownstreamClient> SqlDownstreamClientStore::find(std::string_view generation) {
    return first(
        database_.query(std::string(kSelect) + "generation = ?", {std::string(generation)}));
}

Result<DownstreamClient> SqlDownstreamClientStore::newest(std::string_view profile,
                                                          std::string_view fingerprint) {
    return first(database_.query(std::string(kSelect) +
                                     "profile = ? AND fingerprint = ? ORDER BY created_at DESC, "
                                     "generation LIMIT 1",
                                 {std::string(profile), std::string(fingerprint)}));
}

Result<void> SqlDownstreamClientStore::retire(std::string_view generation) {
    return ignore_count(
        database_.execute("UPDATE downstream_clients SET retired = 1 WHERE generation = ?",
                          {std::string(generation)}));
}

Result<std::vector<DownstreamClient>> SqlDownstreamClientStore::list() {
    const auto rows = database_.query(std::string(kSelect) + "1 = 1 ORDER BY generation", {});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<DownstreamClient> clients;
    std::ranges::transform(*rows, std::back_inserter(clients), to_client);
    return clients;
}

Result<void> SqlDownstreamClientStore::reseal(std::string_view generation,
                                              std::string_view sealed) {
    return ignore_count(
        database_.execute("UPDATE downstream_clients SET sealed = ? WHERE generation = ?",
                          {Blob{std::string(sealed)}, std::string(generation)}));
}

}  // namespace gatehouse::storage
