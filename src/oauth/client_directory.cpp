// SPDX-License-Identifier: Apache-2.0
#include "oauth/client_directory.h"

#include "crypto/digest.h"

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
    }
    return client;
}

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

}  // namespace

Result<Client> Clients::find(std::string_view origin, std::string_view client_id) {
    Result<Client> client = fail(ErrorCode::kNotFound, "unknown client");
    if (auto configured = find_preregistered(*catalog_.get(), origin, client_id)) {
        client = *std::move(configured);
    } else if (client_id.starts_with("https://")) {
        return fail(ErrorCode::kNotFound, "client metadata documents are not accepted here");
    } else {
        client = sealed_.open(client_id, origin);
    }
    if (!client) {
        return client;
    }
    const auto known = store_.find(origin, client_id);
    if (!known && known.error().code != ErrorCode::kNotFound) {
        return std::unexpected(known.error());
    }
    if (known && known->state == ClientState::kDisabled) {
        return fail(ErrorCode::kNotFound, "unknown client", "disabled by an operator");
    }
    return client;
}

}  // namespace gatehouse::oauth
