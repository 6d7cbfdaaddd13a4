// SPDX-License-Identifier: Apache-2.0
#include "grants/client_registry.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "base/url.h"
#include "crypto/digest.h"
#include "crypto/jwk.h"
#include "crypto/random.h"
#include "grants/callback.h"
#include "telemetry/log.h"

namespace gatehouse::grants {
namespace {

using catalog::ClientAuthMethod;
using catalog::RegistrationKind;

constexpr std::chrono::milliseconds kRegisterTimeout{10'000};
constexpr std::chrono::seconds kPatience{20};

std::string_view method_name(ClientAuthMethod method) {
    switch (method) {
        case ClientAuthMethod::kNone:
            return "none";
        case ClientAuthMethod::kClientSecretBasic:
            return "client_secret_basic";
        case ClientAuthMethod::kClientSecretPost:
            return "client_secret_post";
        case ClientAuthMethod::kPrivateKeyJwt:
            return "private_key_jwt";
    }
    return "none";
}

std::optional<ClientAuthMethod> parse_method(std::string_view name) {
    using enum ClientAuthMethod;
    for (const auto method : {kNone, kClientSecretBasic, kClientSecretPost, kPrivateKeyJwt}) {
        if (method_name(method) == name) {
            return method;
        }
    }
    return std::nullopt;
}

// A profile that names no method still needs one that the server knows.
ClientAuthMethod method_to_register(const catalog::Profile& profile,
                                    const oidc::Provider& provider) {
    const auto& known = provider.auth_methods;
    if (profile.auth_method != ClientAuthMethod::kNone || known.empty() ||
        contains(known, "none")) {
        return profile.auth_method;
    }
    return contains(known, "client_secret_basic") ? ClientAuthMethod::kClientSecretBasic
                                                  : ClientAuthMethod::kClientSecretPost;
}

std::vector<std::string> callbacks(const catalog::Catalog& catalog, const std::string& profile) {
    std::set<std::string> uris{callback_url(catalog.public_origin, profile)};
    for (const catalog::Server& server : catalog.servers) {
        if (server.profile == profile) {
            uris.insert(callback_url(server.origin, profile));
        }
    }
    return {uris.begin(), uris.end()};
}

bool is_loopback_http(std::string_view origin) {
    const auto url = parse_url(origin);
    return url && url->scheme == "http" && url->is_loopback();
}

Result<json::Object> client_metadata(const catalog::Catalog& catalog,
                                     const catalog::Profile& profile,
                                     ClientAuthMethod method) {
    const bool exchanges = profile.exchange != catalog::ExchangeSubject::kNone;
    json::Object metadata{
        {"client_name", "Gatehouse"},
        {"redirect_uris", json::to_array(callbacks(catalog, profile.name))},
        {"grant_types",
         json::Array{exchanges ? oidc::kTokenExchange : "authorization_code", "refresh_token"}},
        {"response_types", exchanges ? json::Array{} : json::Array{"code"}},
        {"token_endpoint_auth_method", method_name(method)},
        // Servers refuse http on loopback for applications of type web.
        {"application_type", is_loopback_http(catalog.public_origin) ? "native" : "web"}};
    if (!profile.scopes.empty()) {
        metadata["scope"] = join(profile.scopes, " ");
    }
    if (method == ClientAuthMethod::kPrivateKeyJwt) {
        const auto key = crypto::SigningKey::from_pem(profile.client_key);
        if (!key) {
            return fail(ErrorCode::kInternal, "the client key of a profile is not usable");
        }
        metadata["jwks"] = {{"keys", json::Array{key->public_key().to_jwk()}}};
    }
    return metadata;
}

std::string document_url(const catalog::Catalog& catalog, const std::string& profile) {
    return catalog.public_origin + "/.well-known/oauth-client/" + profile + ".json";
}

// Of a client that names itself by its document: the method is public or by key.
ClientAuthMethod cimd_method(const catalog::Profile& profile) {
    return profile.auth_method == ClientAuthMethod::kPrivateKeyJwt
               ? ClientAuthMethod::kPrivateKeyJwt
               : ClientAuthMethod::kNone;
}

oidc::ClientCredentials fixed_client(const catalog::Catalog& catalog,
                                     const catalog::Profile& profile) {
    if (profile.registration == RegistrationKind::kCimd) {
        const std::string id = document_url(catalog, profile.name);
        return {.client_id = id,
                .method = cimd_method(profile),
                .key = profile.client_key,
                .generation = "cimd:" + id};
    }
    return {.client_id = profile.client_id,
            .method = profile.auth_method,
            .secret = profile.client_secret,
            .key = profile.client_key,
            .generation = "static:" + profile.client_id};
}

bool is_storable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c != 0x7f; });
}

// The method that the server chose, which may differ from what was asked for (RFC 7591 §3.2.1).
Result<oidc::ClientCredentials> read_registration(const json::Object& answer,
                                                  ClientAuthMethod asked) {
    const auto id = json::get_string(answer, "client_id").value_or("");
    const auto secret = json::get_string(answer, "client_secret").value_or("");
    const auto name = json::get_string(answer, "token_endpoint_auth_method");
    const auto method = name ? parse_method(*name) : asked;
    if (id.empty() || !is_storable(id) || !is_storable(secret) || !method) {
        return fail(ErrorCode::kPeer, "downstream registration answered nonsense");
    }
    const bool needs_secret = method == ClientAuthMethod::kClientSecretBasic ||
                              method == ClientAuthMethod::kClientSecretPost;
    if (needs_secret && secret.empty()) {
        return fail(ErrorCode::kPeer, "downstream registration gave no secret");
    }
    return oidc::ClientCredentials{.client_id = id, .method = *method, .secret = Secret(secret)};
}

Timestamp secret_end(const json::Object& answer) {
    const auto seconds = json::get_int(answer, "client_secret_expires_at").value_or(0);
    // Beyond the year 9999 there is nothing to keep in mind.
    return seconds > 0 && seconds < 253'402'300'800 ? Timestamp{std::chrono::seconds{seconds}}
                                                    : Timestamp::max();
}

}  // namespace

Result<oidc::ClientCredentials> ClientRegistry::current(const catalog::Profile& profile,
                                                        const oidc::Provider& provider) {
    if (profile.registration == RegistrationKind::kDynamic) {
        return dynamic(profile, provider);
    }
    return fixed_client(*parts_.catalog.get(), profile);
}

Result<oidc::ClientCredentials> ClientRegistry::of_generation(const catalog::Profile& profile,
                                                              std::string_view generation) {
    if (profile.registration != RegistrationKind::kDynamic) {
        auto client = fixed_client(*parts_.catalog.get(), profile);
        if (client.generation != generation) {
            return fail(ErrorCode::kNotFound, "the grant is bound to another client");
        }
        return client;
    }
    const auto stored = parts_.store.find(generation);
    if (!stored) {
        return std::unexpected(stored.error());
    }
    if (stored->profile != profile.name || stored->expires_at <= parts_.clock.now()) {
        return fail(ErrorCode::kNotFound, "the grant is bound to another client");
    }
    return unseal(profile, *stored);
}

void ClientRegistry::retire(const catalog::Profile& profile, std::string_view generation) {
    if (profile.registration != RegistrationKind::kDynamic) {
        return;
    }
    if (const auto done = parts_.store.retire(generation); !done) {
        telemetry::error("grants", "registration not retired: {}", describe(done.error()));
    }
}

Result<json::Object> ClientRegistry::document(std::string_view profile) const {
    const auto catalog = parts_.catalog.get();
    const auto* found = catalog->find_profile(profile);
    if (found == nullptr || found->registration != RegistrationKind::kCimd) {
        return fail(ErrorCode::kNotFound, "no such client");
    }
    auto metadata = client_metadata(*catalog, *found, cimd_method(*found));
    if (metadata) {
        (*metadata)["client_id"] = document_url(*catalog, found->name);
        (*metadata)["client_uri"] = catalog->public_origin;
    }
    return metadata;
}

Result<oidc::ClientCredentials> ClientRegistry::unseal(const catalog::Profile& profile,
                                                       const DownstreamClient& stored) const {
    const auto lines = parts_.vault.open_lines(stored.sealed, stored.generation);
    if (!lines || lines->size() != 3) {
        return fail(ErrorCode::kCorrupt, "a stored registration cannot be opened");
    }
    const auto method = parse_method(lines->at(1));
    if (!method) {
        return fail(ErrorCode::kCorrupt, "a stored registration cannot be read");
    }
    return oidc::ClientCredentials{.client_id = lines->at(0),
                                   .method = *method,
                                   .secret = Secret(lines->at(2)),
                                   .key = profile.client_key,
                                   .generation = stored.generation};
}

Result<oidc::ClientCredentials> ClientRegistry::dynamic(const catalog::Profile& profile,
                                                        const oidc::Provider& provider) {
    const auto metadata =
        client_metadata(*parts_.catalog.get(), profile, method_to_register(profile, provider));
    if (!metadata) {
        return std::unexpected(metadata.error());
    }
    const auto turn = flights_.enter(profile.name, kPatience);
    if (!turn) {
        return fail(ErrorCode::kUnavailable, "downstream registration is slow");
    }
    const auto stored = parts_.store.newest(
        profile.name, crypto::token_digest(provider.issuer + json::dump(*metadata)));
    if (!stored && stored.error().code != ErrorCode::kNotFound) {
        return std::unexpected(stored.error());
    }
    if (stored && stored->expires_at > parts_.clock.now()) {
        return unseal(profile, *stored);
    }
    return register_client(profile, provider, *metadata);
}

Result<oidc::ClientCredentials> ClientRegistry::register_client(const catalog::Profile& profile,
                                                                const oidc::Provider& provider,
                                                                const json::Object& metadata) {
    if (provider.registration_endpoint.empty()) {
        return fail(ErrorCode::kPeer, "downstream server offers no registration", profile.name);
    }
    const std::string body = json::dump(metadata);
    const auto response = parts_.http.send(
        {.method = "POST",
         .url = provider.registration_endpoint,
         .headers = {{"Accept", "application/json"}, {"Content-Type", "application/json"}},
         .body = body,
         .timeout = kRegisterTimeout,
         .max_body = 64UL * 1024});
    if (!response) {
        return std::unexpected(response.error());
    }
    const auto answer = json::parse_object(response->body);
    if (response->status < 200 || response->status > 299 || !answer) {
        const bool passing = response->status >= 500 || response->status == 429;
        return fail(passing ? ErrorCode::kUnavailable : ErrorCode::kPeer,
                    "downstream server refuses to register us",
                    profile.name + ": HTTP " + std::to_string(response->status));
    }
    auto client = read_registration(*answer, method_to_register(profile, provider));
    if (!client) {
        return client;
    }
    client->generation = "dynamic:" + crypto::random_token(12);
    client->key = profile.client_key;
    const auto kept =
        parts_.store.insert({.generation = client->generation,
                             .profile = profile.name,
                             .issuer = provider.issuer,
                             .fingerprint = crypto::token_digest(provider.issuer + body),
                             .sealed = parts_.vault.seal_lines(
                                 {client->client_id, std::string(method_name(client->method)),
                                  std::string(client->secret.reveal())},
                                 client->generation),
                             .created_at = parts_.clock.now(),
                             .expires_at = secret_end(*answer)});
    if (!kept) {
        return std::unexpected(kept.error());
    }
    telemetry::info("grants", "registered at the server of profile {}", profile.name);
    return client;
}

}  // namespace gatehouse::grants
