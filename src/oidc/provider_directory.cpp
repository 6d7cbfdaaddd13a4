// SPDX-License-Identifier: Apache-2.0
#include "oidc/provider_directory.h"

#include <array>
#include <utility>

#include "base/json.h"
#include "base/strings.h"
#include "base/url.h"

namespace gatehouse::oidc {
namespace {

using catalog::IdentitySource;

constexpr std::chrono::milliseconds kFetchTimeout{5000};
constexpr std::chrono::milliseconds kKeyAge{60'000};

Result<void> check_endpoint(std::string_view url) {
    const auto parsed = parse_url(url);
    if (!parsed) {
        return fail(ErrorCode::kPeer, "endpoint is not a URL");
    }
    const bool secure =
        parsed->scheme == "https" || (parsed->scheme == "http" && parsed->is_loopback());
    if (!secure || parsed->host.empty() || parsed->has_fragment || parsed->has_userinfo) {
        return fail(ErrorCode::kPeer, "endpoints must be https URLs", to_safe_ascii(url, 200));
    }
    return {};
}

// RFC 8414 §3.1 puts the well-known part between host and path, OpenID Connect after the path.
Result<std::vector<std::string>> metadata_urls(const std::string& issuer) {
    const auto url = parse_url(issuer);
    if (!url) {
        return fail(ErrorCode::kPeer, "issuer is not a URL");
    }
    std::string path = url->path;
    if (path.ends_with('/')) {
        path.pop_back();
    }
    std::vector<std::string> urls{url->origin() + "/.well-known/oauth-authorization-server" + path,
                                  url->origin() + "/.well-known/openid-configuration" + path};
    if (!path.empty()) {
        urls.push_back(url->origin() + path + "/.well-known/openid-configuration");
    }
    return urls;
}

Result<json::Object> fetch_document(http::Client& http, const std::string& url) {
    auto response = http.send({.url = url,
                               .headers = {{"Accept", "application/json"}},
                               .timeout = kFetchTimeout,
                               .max_body = 256UL * 1024});
    if (!response) {
        return std::unexpected(response.error());
    }
    if (response->status >= 500 || response->status == 429) {
        return fail(ErrorCode::kUnavailable, "authorization server is failing",
                    url + ": HTTP " + std::to_string(response->status));
    }
    if (response->status != 200) {
        return fail(ErrorCode::kPeer, "no such document",
                    url + ": HTTP " + std::to_string(response->status));
    }
    auto object = json::parse_object(response->body);
    if (!object) {
        return fail(ErrorCode::kPeer, "the document is not readable", url);
    }
    return std::move(*object);
}

Provider to_provider(const json::Object& document) {
    const auto text = [&](std::string_view name) {
        return json::get_string(document, name).value_or("");
    };
    return {
        .issuer = text("issuer"),
        .endpoints = {.authorize = text("authorization_endpoint"),
                      .token = text("token_endpoint"),
                      .userinfo = text("userinfo_endpoint"),
                      .introspect = text("introspection_endpoint"),
                      .revoke = text("revocation_endpoint"),
                      .jwks = text("jwks_uri")},
        .registration_endpoint = text("registration_endpoint"),
        .auth_methods = json::get_strings(document, "token_endpoint_auth_methods_supported")
                            .value_or(std::vector<std::string>{}),
        .promises_iss = json::get_bool(document, "authorization_response_iss_parameter_supported")
                            .value_or(false)};
}

void overlay(catalog::Endpoints& endpoints, const catalog::Endpoints& chosen) {
    const auto take = [](std::string& place, const std::string& value) {
        if (!value.empty()) {
            place = value;
        }
    };
    take(endpoints.authorize, chosen.authorize);
    take(endpoints.token, chosen.token);
    take(endpoints.userinfo, chosen.userinfo);
    take(endpoints.introspect, chosen.introspect);
    take(endpoints.revoke, chosen.revoke);
    take(endpoints.jwks, chosen.jwks);
}

// What the profile cannot work without.
std::string_view missing_endpoint(const catalog::Endpoints& endpoints,
                                  const catalog::Profile& profile) {
    const IdentitySource from = profile.identity.from;
    if (endpoints.authorize.empty() && profile.exchange == catalog::ExchangeSubject::kNone) {
        return "authorization_endpoint";
    }
    if (endpoints.token.empty()) {
        return "token_endpoint";
    }
    if (endpoints.jwks.empty() &&
        (from == IdentitySource::kIdToken || from == IdentitySource::kAccessToken)) {
        return "jwks_uri";
    }
    if (endpoints.userinfo.empty() && from == IdentitySource::kUserinfo) {
        return "userinfo_endpoint";
    }
    if (endpoints.introspect.empty() && from == IdentitySource::kIntrospection) {
        return "introspection_endpoint";
    }
    return {};
}

Result<void> check(const Provider& provider, const catalog::Profile& profile) {
    if (const auto missing = missing_endpoint(provider.endpoints, profile); !missing.empty()) {
        return fail(ErrorCode::kPeer, "authorization server lacks an endpoint",
                    std::string(missing) + " of profile " + profile.name);
    }
    const auto& e = provider.endpoints;
    for (const auto* url : std::array{&e.authorize, &e.token, &e.userinfo, &e.introspect, &e.revoke,
                                      &e.jwks, &provider.registration_endpoint}) {
        if (url->empty()) {
            continue;
        }
        if (auto fine = check_endpoint(*url); !fine) {
            return fine;
        }
    }
    return {};
}

}  // namespace

Result<Provider> ProviderDirectory::provider_of(const catalog::Profile& profile) {
    Provider provider;
    provider.issuer = profile.issuer;
    // An issuer without metadata can still be used when every endpoint is spelt out.
    const bool spelt_out = missing_endpoint(profile.endpoints, profile).empty();
    if (!profile.issuer.empty() && !spelt_out) {
        const auto found = metadata_.get(profile.name + ' ' + profile.issuer, internal::kFresh,
                                         [&] { return discover(profile.issuer, profile); });
        if (!found) {
            return std::unexpected(found.error());
        }
        provider = **found;
    }
    overlay(provider.endpoints, profile.endpoints);
    if (auto fine = check(provider, profile); !fine) {
        return std::unexpected(fine.error());
    }
    return provider;
}

Result<Provider> ProviderDirectory::discover(const std::string& issuer,
                                             const catalog::Profile& profile) {
    if (auto fine = check_endpoint(issuer); !fine) {
        return std::unexpected(fine.error());
    }
    const auto urls = metadata_urls(issuer);
    if (!urls) {
        return std::unexpected(urls.error());
    }
    std::optional<Provider> incomplete;
    Error error;
    for (const std::string& url : *urls) {
        const auto document = fetch_document(http_, url);
        if (!document) {
            // That it was out of reach says more than that another place had nothing.
            error = error.code == ErrorCode::kUnavailable ? error : document.error();
            continue;
        }
        Provider provider = to_provider(*document);
        if (provider.issuer != issuer) {
            error = {.code = ErrorCode::kPeer,
                     .message = "metadata is of another issuer",
                     .detail = url + " names " + to_safe_ascii(provider.issuer, 200)};
            continue;
        }
        catalog::Endpoints effective = provider.endpoints;
        overlay(effective, profile.endpoints);
        if (missing_endpoint(effective, profile).empty()) {
            return provider;
        }
        if (!incomplete) {
            incomplete = std::move(provider);
        }
    }
    if (incomplete) {
        return std::move(*incomplete);
    }
    if (error.code == ErrorCode::kTimeout) {
        error.code = ErrorCode::kUnavailable;
    }
    return std::unexpected(std::move(error));
}

Result<crypto::KeySet> ProviderDirectory::fetch_keys(const std::string& url) {
    const auto document = fetch_document(http_, url);
    if (!document) {
        return std::unexpected(document.error());
    }
    return crypto::KeySet::from_json(*document);
}

Result<crypto::VerifiedJwt> ProviderDirectory::verify(const Provider& provider,
                                                      std::string_view token) {
    const auto decoded = crypto::decode_jwt(token);
    if (!decoded) {
        return fail(ErrorCode::kPeer, "token is not readable", describe(decoded.error()));
    }
    const std::string& url = provider.endpoints.jwks;
    if (url.empty()) {
        return fail(ErrorCode::kPeer, "authorization server publishes no keys");
    }
    const auto fetch = [&] { return fetch_keys(url); };
    auto keys = keys_.get(url, internal::kFresh, fetch);
    if (keys && (*keys)->find(decoded->kid, decoded->alg).empty()) {
        keys = keys_.get(url, kKeyAge, fetch);
    }
    if (!keys) {
        return std::unexpected(keys.error());
    }
    using enum crypto::Alg;
    auto verified = crypto::verify_jwt(token, **keys, {kEs256, kEs384, kRs256, kPs256, kEdDsa});
    if (!verified) {
        return fail(ErrorCode::kPeer, "token is not genuine", describe(verified.error()));
    }
    return verified;
}

}  // namespace gatehouse::oidc
