// SPDX-License-Identifier: Apache-2.0
#include "oauth/client_directory.h"

#include "crypto/digest.h"
#include "oauth/authorize_access.h"
#include "oauth/cimd_url.h"
#include "oauth/client_assertion.h"

namespace gatehouse::oauth {
namespace {

Client from_catalog(const catalog::PreregisteredClient& configured, const catalog::Server& server) {
    Client client{.id = configured.id,
                  .kind = ClientKind::kPreregistered,
                  .name = configured.name.empty() ? configured.id : configured.name,
                  .redirect_uris = configured.redirect_uris,
                  .server = server.name,
                  .scopes = configured.scopes};
    if (!configured.grants.empty()) {
        client.grant_types = configured.grants;
    }
    if (!configured.secret.empty()) {
        client.auth_method = "client_secret_basic";
        client.secret_digest = crypto::token_digest(configured.secret.reveal());
    } else if (!configured.jwks.empty() || !configured.jwks_uri.empty()) {
        client.auth_method = kPrivateKeyJwt;
        client.jwks = configured.jwks;
        client.jwks_uri = configured.jwks_uri;
    }
    return client;
}

Client to_client(const KnownClient& known) {
    return {.id = known.id,
            .kind = known.kind,
            .name = known.name,
            .client_uri = known.client_uri,
            .redirect_uris = known.redirect_uris,
            .auth_method = known.auth_method,
            .jwks = known.jwks,
            .jwks_uri = known.jwks_uri};
}

}  // namespace

std::optional<Client> find_preregistered(const catalog::Catalog& catalog,
                                         std::string_view origin,
                                         std::string_view id) {
    for (const catalog::Server* server : catalog.servers_of_origin(origin)) {
        for (const auto& configured : server->clients) {
            if (configured.id == id) {
                return from_catalog(configured, *server);
            }
        }
    }
    return std::nullopt;
}

Result<Client> Clients::find(std::string_view origin, std::string_view client_id) {
    const auto blocks = blocks_.current();
    // Before anything is fetched from there.
    if (blocks->blocks_document(client_id)) {
        return fail(ErrorCode::kNotFound, "unknown client", "its host is blocked");
    }
    auto client = find_any(origin, client_id);
    return client ? admit(*std::move(client), *blocks) : client;
}

Result<Client> Clients::find_any(std::string_view origin, std::string_view client_id) {
    auto configured = find_preregistered(*catalog_.get(), origin, client_id);
    Result<Client> client = fail(ErrorCode::kNotFound, "unknown client");
    const bool names_document = !configured && names_metadata_document(client_id);
    if (configured) {
        client = *std::move(configured);
    } else if (!names_document) {
        client = sealed_.open(client_id, origin);
        if (!client) {
            return client;
        }
    }
    const auto known = store_.find(origin, client_id);
    if (!known && known.error().code != ErrorCode::kNotFound) {
        return std::unexpected(known.error());
    }
    if (known && known->state == ClientState::kDisabled) {
        return fail(ErrorCode::kNotFound, "unknown client", "disabled by an operator");
    }
    return names_document
               ? find_document(origin, client_id, known ? std::optional(*known) : std::nullopt)
               : client;
}

Result<Client> Clients::find_document(std::string_view origin,
                                      std::string_view client_id,
                                      const std::optional<KnownClient>& known) {
    const Client named{.id = std::string(client_id), .kind = ClientKind::kMetadataDocument};
    if (usable_servers(*catalog_.get(), origin, named).empty()) {
        return fail(ErrorCode::kNotFound, "client metadata documents are not accepted here");
    }
    return documents_.find(client_id, known && known->kind == ClientKind::kMetadataDocument
                                          ? std::optional(to_client(*known))
                                          : std::nullopt);
}

}  // namespace gatehouse::oauth
