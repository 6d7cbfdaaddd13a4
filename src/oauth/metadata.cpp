// SPDX-License-Identifier: Apache-2.0
#include "oauth/metadata.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/strings.h"
#include "crypto/digest.h"
#include "crypto/jwk.h"
#include "oauth/client_assertion.h"
#include "oauth/cors.h"
#include "oauth/services.h"

namespace gatehouse::oauth {
namespace {

constexpr std::string_view kResourcePrefix = "/.well-known/oauth-protected-resource";
constexpr std::string_view kServerPrefix = "/.well-known/oauth-authorization-server";

bool is_known_version(const http::Request& request, std::string_view tag) {
    for (const std::string_view value : request.headers.get_all("If-None-Match")) {
        for (std::string_view candidate : split(value, ',')) {
            candidate = trim(candidate);
            if (candidate.starts_with("W/")) {
                candidate.remove_prefix(2);
            }
            if (candidate == tag || candidate == "*") {
                return true;
            }
        }
    }
    return false;
}

http::Response cacheable(const http::Request& request, std::string body) {
    const std::string tag = '"' + crypto::token_digest(body).substr(0, 22) + '"';
    http::Response response = is_known_version(request, tag)
                                  ? http::Response{.status = 304}
                                  : http::json_response(200, std::move(body));
    response.headers.set("Cache-Control", "public, max-age=300");
    response.headers.set("ETag", tag);
    return open_to_all_origins(std::move(response));
}

http::Response not_found() {
    return open_to_all_origins(http::text_response(404, "not found\n"));
}

/// What a client may be told to ask for: the protocol's own scopes are accepted, not listed (A04,
/// B06, B07).
void add_scopes(std::vector<std::string>& list, const std::vector<std::string>& scopes) {
    for (const std::string& scope : scopes) {
        if (scope != "offline_access" && scope != "openid" && !contains(list, scope)) {
            list.push_back(scope);
        }
    }
}

void set_unless_empty(json::Object& document,
                      std::string_view name,
                      const std::vector<std::string>& values) {
    if (!values.empty()) {
        document[name] = json::to_array(values);
    }
}

bool grants_without_a_person(const catalog::Server* server) {
    return std::ranges::any_of(server->clients, [](const catalog::PreregisteredClient& client) {
        return contains(client.grants, kClientCredentials);
    });
}

json::Object describe_server(const std::string& issuer,
                             const std::vector<const catalog::Server*>& servers) {
    std::vector<std::string> scopes;
    for (const catalog::Server* server : servers) {
        add_scopes(scopes, server->scopes);
    }
    const bool dynamic = std::ranges::any_of(
        servers, [](const catalog::Server* server) { return server->allow_dynamic; });
    // "none" comes first because some clients take the first method that they see.
    const json::Array client_auth{"none", "client_secret_basic", "client_secret_post",
                                  kPrivateKeyJwt};
    json::Array algs;
    for (const crypto::Alg alg : assertion_algs()) {
        algs.emplace_back(crypto::alg_name(alg));
    }
    json::Object document{{"issuer", issuer},
                          {"authorization_endpoint", issuer + "/authorize"},
                          {"token_endpoint", issuer + "/token"},
                          {"jwks_uri", issuer + "/jwks.json"},
                          {"response_types_supported", {"code"}},
                          {"response_modes_supported", {"query"}},
                          {"grant_types_supported", {"authorization_code", "refresh_token"}},
                          {"code_challenge_methods_supported", {"S256"}},
                          {"token_endpoint_auth_methods_supported", client_auth},
                          {"token_endpoint_auth_signing_alg_values_supported", algs},
                          {"authorization_response_iss_parameter_supported", true},
                          {"pushed_authorization_request_endpoint", issuer + "/par"},
                          {"revocation_endpoint", issuer + "/revoke"},
                          {"revocation_endpoint_auth_methods_supported", client_auth},
                          {"revocation_endpoint_auth_signing_alg_values_supported", algs},
                          {"introspection_endpoint", issuer + "/introspect"},
                          {"introspection_endpoint_auth_methods_supported",
                           {"client_secret_basic", "client_secret_post", kPrivateKeyJwt}},
                          {"introspection_endpoint_auth_signing_alg_values_supported", algs}};
    if (std::ranges::any_of(servers, grants_without_a_person)) {
        document["grant_types_supported"].as_array().emplace_back(kClientCredentials);
    }
    if (dynamic) {
        document["registration_endpoint"] = issuer + "/register";
    }
    if (std::ranges::any_of(servers, &catalog::Server::allow_cimd)) {
        document["client_id_metadata_document_supported"] = true;
    }
    set_unless_empty(document, "scopes_supported", scopes);
    return document;
}

}  // namespace

http::Response Metadata::protected_resource(const http::Request& request) const {
    const auto catalog = catalog_.get();
    const std::string issuer = issuer_of(*catalog, request);
    std::string_view path = request.path;
    path.remove_prefix(std::min(path.size(), kResourcePrefix.size()));

    const catalog::Server* server = nullptr;
    std::string resource;
    if (path.empty() || path == "/") {
        const auto servers = catalog->servers_of_origin(issuer);
        if (servers.size() == 1) {
            server = servers.front();
            resource = server->mcp_url;
        }
    } else if ((server = catalog->find_by_path(issuer, path)) != nullptr) {
        // Several clients compare this with the URL that the person typed, byte for byte.
        resource = server->mcp_url + (path == server->mcp_path ? "" : "/");
    }
    if (server == nullptr) {
        return not_found();
    }
    std::vector<std::string> scopes;
    add_scopes(scopes, server->initial_scopes);
    json::Object document{{"resource", resource},
                          {"authorization_servers", json::Array{json::Value(issuer)}},
                          {"bearer_methods_supported", json::Array{json::Value("header")}},
                          {"resource_name", server->title.empty() ? server->name : server->title}};
    set_unless_empty(document, "scopes_supported", scopes);
    return cacheable(request, json::dump(document));
}

http::Response Metadata::authorization_server(const http::Request& request) const {
    const auto catalog = catalog_.get();
    const std::string issuer = issuer_of(*catalog, request);
    std::string_view path = request.path;
    path.remove_prefix(std::min(path.size(), kServerPrefix.size()));
    if (!path.empty() && path != "/" && catalog->find_by_path(issuer, path) == nullptr) {
        return not_found();
    }
    const auto servers = catalog->servers_of_origin(issuer);
    return cacheable(request, json::dump(describe_server(issuer, servers)));
}

http::Response Metadata::key_set(const http::Request& request) const {
    return cacheable(request, keys_.current()->jwks);
}

}  // namespace gatehouse::oauth
