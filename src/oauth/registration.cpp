// SPDX-License-Identifier: Apache-2.0
#include "oauth/registration.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/strings.h"
#include "base/url.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "oauth/client_assertion.h"
#include "oauth/cors.h"
#include "oauth/form_request.h"
#include "oauth/redirect_uri.h"

namespace gatehouse::oauth {
namespace {

constexpr std::size_t kMaxBodyBytes = 16 * 1024;
constexpr std::size_t kMaxRedirectUris = 20;
constexpr std::size_t kMaxNameBytes = 128;
constexpr std::size_t kMaxUriBytes = 256;

std::unexpected<OAuthError> invalid_metadata(std::string_view description) {
    return refuse("invalid_client_metadata", description);
}

/// A member that may be absent or null, and else must have the right type.
OAuthResult<std::string> read_text(const json::Object& metadata, std::string_view name) {
    const auto* value = metadata.if_contains(name);
    if (value == nullptr || value->is_null()) {
        return std::string();
    }
    if (!value->is_string()) {
        return invalid_metadata(std::string(name) + " must be a string");
    }
    return std::string(value->get_string());
}

OAuthResult<std::optional<std::vector<std::string>>> read_list(const json::Object& metadata,
                                                               std::string_view name) {
    const auto* value = metadata.if_contains(name);
    if (value == nullptr || value->is_null()) {
        return std::nullopt;
    }
    auto list = json::get_strings(metadata, name);
    if (!list) {
        return invalid_metadata(std::string(name) + " must be an array of strings");
    }
    return list;
}

OAuthResult<void> read_redirect_uris(const json::Object& metadata, Client& client) {
    const auto uris = read_list(metadata, "redirect_uris");
    if (!uris || !*uris || (*uris)->empty()) {
        return refuse("invalid_redirect_uri", "redirect_uris must be a non-empty array of strings");
    }
    if ((*uris)->size() > kMaxRedirectUris) {
        return refuse("invalid_redirect_uri", "more than 20 redirect_uris");
    }
    for (const std::string& uri : **uris) {
        if (const auto kind = check_redirect_uri(uri); !kind) {
            return refuse("invalid_redirect_uri",
                          to_safe_ascii(uri, 200) + ": " + kind.error().message);
        }
        if (!contains(client.redirect_uris, uri)) {
            client.redirect_uris.push_back(uri);
        }
    }
    return {};
}

bool is_native(const Client& client) {
    return std::ranges::any_of(client.redirect_uris, [](const std::string& uri) {
        return check_redirect_uri(uri) != RedirectKind::kWeb;
    });
}

OAuthResult<void> read_application_type(const json::Object& metadata, Client& client) {
    const auto type = read_text(metadata, "application_type");
    if (!type) {
        return std::unexpected(type.error());
    }
    if (!type->empty() && *type != "native" && *type != "web") {
        return invalid_metadata("application_type must be native or web");
    }
    // Shipping clients call themselves "web" with loopback or private-scheme URIs; what they are
    // is decided by their URIs, and the reply says so (C10).
    client.application_type = is_native(client) ? "native" : (type->empty() ? "web" : *type);
    return {};
}

OAuthResult<void> read_auth_method(const json::Object& metadata, Client& client) {
    const auto method = read_text(metadata, "token_endpoint_auth_method");
    if (!method) {
        return std::unexpected(method.error());
    }
    client.auth_method = *method;
    if (method->empty()) {
        client.auth_method = is_native(client) ? "none" : "client_secret_basic";
    }
    if (client.auth_method == kPrivateKeyJwt) {
        return read_client_keys(metadata, client);
    }
    if (client.auth_method != "none" && client.auth_method != "client_secret_basic" &&
        client.auth_method != "client_secret_post") {
        return invalid_metadata(
            "token_endpoint_auth_method must be none, client_secret_basic, client_secret_post or "
            "private_key_jwt");
    }
    return {};
}

OAuthResult<void> read_grants(const json::Object& metadata, Client& client) {
    const auto grants = read_list(metadata, "grant_types");
    if (!grants) {
        return std::unexpected(grants.error());
    }
    if (*grants) {
        const std::vector<std::string> offered = std::exchange(client.grant_types, {});
        for (const std::string& grant : offered) {
            if (contains(**grants, grant)) {
                client.grant_types.push_back(grant);
            }
        }
        if (!contains(client.grant_types, "authorization_code")) {
            return invalid_metadata("grant_types must have authorization_code");
        }
    }
    const auto responses = read_list(metadata, "response_types");
    if (!responses) {
        return std::unexpected(responses.error());
    }
    if (*responses && !contains(**responses, "code")) {
        return invalid_metadata("response_types must have code");
    }
    return {};
}

/// I11: no page would show such a link, but what asks for it is no client of good faith.
bool would_run(std::string_view link) {
    constexpr std::array<std::string_view, 5> kSchemes{"blob", "data", "file", "javascript",
                                                       "vbscript"};
    const std::string scheme = to_lower(trim(link.substr(0, link.find(':'))));
    return link.contains(':') && std::ranges::find(kSchemes, scheme) != kSchemes.end();
}

OAuthResult<void> read_description(const json::Object& metadata, Client& client) {
    const auto name = read_text(metadata, "client_name");
    if (!name) {
        return std::unexpected(name.error());
    }
    client.name = sanitize_text(*name, kMaxNameBytes);
    for (const std::string_view member : {"client_uri", "logo_uri", "policy_uri", "tos_uri"}) {
        const auto link = read_text(metadata, member);
        if (!link) {
            return std::unexpected(link.error());
        }
        if (would_run(*link)) {
            return invalid_metadata(std::string(member) + " must be an https URL");
        }
    }
    const auto uri = read_text(metadata, "client_uri");
    if (!uri) {
        return std::unexpected(uri.error());
    }
    // Only a link on a page: one that cannot be shown is left out rather than refused.
    const auto url = parse_url(*uri);
    if (url && url->scheme == "https" && !url->has_userinfo && uri->size() <= kMaxUriBytes) {
        client.client_uri = *uri;
    }
    return {};
}

std::vector<std::string> scopes_of_origin(const catalog::Catalog& catalog,
                                          std::string_view origin) {
    std::vector<std::string> scopes{"offline_access"};
    for (const catalog::Server* server : catalog.servers_of_origin(origin)) {
        scopes.insert(scopes.end(), server->scopes.begin(), server->scopes.end());
    }
    return scopes;
}

json::Object to_reply(const Registration& registration, Timestamp now) {
    const Client& client = registration.client;
    json::Object reply{{"client_id", client.id},
                       {"client_id_issued_at", to_unix_seconds(now)},
                       {"redirect_uris", json::to_array(client.redirect_uris)},
                       {"grant_types", json::to_array(client.grant_types)},
                       {"response_types", json::Array{json::Value("code")}},
                       {"token_endpoint_auth_method", client.auth_method},
                       {"application_type", client.application_type}};
    // Neither nulls nor empty strings: strict client-side schemas reject them.
    if (!client.name.empty()) {
        reply["client_name"] = client.name;
    }
    if (!client.client_uri.empty()) {
        reply["client_uri"] = client.client_uri;
    }
    if (!client.jwks.empty()) {
        reply["jwks"] = json::parse(client.jwks).value_or(nullptr);
    }
    if (!client.jwks_uri.empty()) {
        reply["jwks_uri"] = client.jwks_uri;
    }
    if (!registration.scope.empty()) {
        reply["scope"] = registration.scope;
    }
    return reply;
}

}  // namespace

OAuthResult<Registration> read_registration(const json::Object& metadata,
                                            const std::vector<std::string>& known_scopes) {
    Registration registration;
    Client& client = registration.client;
    for (const auto read : {read_redirect_uris, read_application_type, read_auth_method,
                            read_grants, read_description}) {
        if (auto done = read(metadata, client); !done) {
            return std::unexpected(done.error());
        }
    }
    const auto scope = read_text(metadata, "scope");
    if (!scope) {
        return std::unexpected(scope.error());
    }
    std::vector<std::string> kept;
    for (const std::string& word : split_words(*scope)) {
        if (contains(known_scopes, word) && !contains(kept, word)) {
            kept.push_back(word);
        }
    }
    registration.scope = join(kept, " ");
    return registration;
}

http::Response RegistrationEndpoint::handle(const http::Request& request) const {
    auto response = register_client(request);
    return open_to_all_origins(response ? *std::move(response) : error_response(response.error()));
}

Result<void> RegistrationEndpoint::record(const http::Request& request,
                                          const Client& client) const {
    const auto left_out = recorded_->take();
    if (!left_out) {
        return {};
    }
    audit::Event event{.name = "client.registered",
                       .client = client.id,
                       .request_id = request.request_id,
                       .client_ip = request.client_ip};
    event.detail = {{"client_name", client.name},
                    {"redirect_uris", json::to_array(client.redirect_uris)}};
    if (*left_out > 0) {
        event.detail["not_recorded"] = *left_out;
    }
    return services_.events.record(event);
}

OAuthResult<http::Response> RegistrationEndpoint::register_client(
    const http::Request& request) const {
    const auto catalog = services_.catalog.get();
    const std::string issuer = issuer_of(*catalog, request);
    const auto servers = catalog->servers_of_origin(issuer);
    if (std::ranges::none_of(servers, &catalog::Server::allow_dynamic)) {
        return refuse("invalid_request", "dynamic registration is not offered here", 404);
    }
    if (!has_media_type(request, "application/json")) {
        return refuse("invalid_client_metadata", "the body must be application/json", 415);
    }
    if (request.body.size() > kMaxBodyBytes) {
        return refuse("invalid_client_metadata", "the body is larger than 16 KiB", 413);
    }
    const auto metadata = json::parse_object(request.body);
    if (!metadata) {
        return invalid_metadata("the body must be a JSON object");
    }
    auto registration = read_registration(*metadata, scopes_of_origin(*catalog, issuer));
    if (!registration) {
        return std::unexpected(registration.error());
    }

    Client& client = registration->client;
    std::string secret;
    if (client.auth_method.starts_with("client_secret")) {
        secret = crypto::random_token();
        client.secret_digest = crypto::token_digest(secret);
    }
    auto id = services_.sealed_clients.seal(client, issuer);
    if (!id) {
        return invalid_metadata(
            "the registration is too large: fewer or shorter redirect_uris, jwks_uri for jwks");
    }
    client.id = *std::move(id);

    if (auto recorded = record(request, client); !recorded) {
        return refuse_unavailable(recorded.error());
    }
    json::Object reply = to_reply(*registration, services_.clock.now());
    if (!secret.empty()) {
        reply["client_secret"] = secret;
        reply["client_secret_expires_at"] = 0;
    }
    return uncached_json(201, json::dump(reply));
}

}  // namespace gatehouse::oauth
