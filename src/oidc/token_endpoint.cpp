// SPDX-License-Identifier: Apache-2.0
#include "oidc/token_endpoint.h"

#include <utility>

#include "base/strings.h"
#include "crypto/jwk.h"
#include "crypto/jwt.h"
#include "crypto/random.h"
#include "telemetry/log.h"

namespace gatehouse::oidc {
namespace {

using catalog::ClientAuthMethod;

constexpr std::chrono::milliseconds kTokenTimeout{10'000};
constexpr std::chrono::milliseconds kRevokeTimeout{5'000};
constexpr std::size_t kMaxAnswer = 256UL * 1024;
constexpr std::string_view kIdTokenType = "urn:ietf:params:oauth:token-type:id_token";
constexpr std::string_view kAccessTokenType = "urn:ietf:params:oauth:token-type:access_token";

void add_resource(FormFields& form, const catalog::Profile& profile) {
    if (!profile.resource.empty()) {
        form.emplace_back("resource", profile.resource);
    }
    if (!profile.audience.empty()) {
        form.emplace_back("audience", profile.audience);
    }
    for (const auto& [name, value] : profile.token_params) {
        if (std::ranges::find(form, name, &std::pair<std::string, std::string>::first) ==
            form.end()) {
            form.emplace_back(name, value);
        }
    }
}

// RFC 6749 §2.3.1 wants both halves form-encoded before they are joined.
std::string basic_credentials(const ClientCredentials& client) {
    return "Basic " + base64_encode(percent_encode(client.client_id) + ':' +
                                    percent_encode(client.secret.reveal()));
}

void write_as_json(http::ClientRequest& request) {
    json::Object object;
    for (const auto& [name, value] : parse_form(request.body).value_or(FormFields{})) {
        object[name] = value;
    }
    request.body = json::dump(object);
    request.headers.set("Content-Type", "application/json");
}

}  // namespace

Result<std::string> TokenEndpoint::assertion(const Party& party) const {
    const auto key = crypto::SigningKey::from_pem(party.client.key);
    if (!key) {
        return fail(ErrorCode::kInternal, "the client key of a profile is not usable");
    }
    const std::int64_t now = to_unix_seconds(clock_.now());
    const std::string& audience =
        party.provider.issuer.empty() ? party.provider.endpoints.token : party.provider.issuer;
    return crypto::sign_jwt(*key, "JWT",
                            {{"iss", party.client.client_id},
                             {"sub", party.client.client_id},
                             {"aud", audience},
                             {"jti", crypto::random_token(16)},
                             {"iat", now},
                             {"exp", now + 60}});
}

Result<http::ClientRequest> TokenEndpoint::authenticated(const Party& party,
                                                         const std::string& url,
                                                         FormFields form) const {
    http::ClientRequest request{.method = "POST",
                                .url = url,
                                .headers = {{"Accept", "application/json"},
                                            {"Content-Type", "application/x-www-form-urlencoded"}},
                                .timeout = kTokenTimeout,
                                .max_body = kMaxAnswer};
    const ClientCredentials& client = party.client;
    if (client.method == ClientAuthMethod::kClientSecretBasic) {
        request.headers.add("Authorization", basic_credentials(client));
    } else {
        form.emplace_back("client_id", client.client_id);
    }
    if (client.method == ClientAuthMethod::kClientSecretPost) {
        form.emplace_back("client_secret", std::string(client.secret.reveal()));
    }
    if (client.method == ClientAuthMethod::kPrivateKeyJwt) {
        auto proof = assertion(party);
        if (!proof) {
            return std::unexpected(proof.error());
        }
        form.emplace_back("client_assertion_type",
                          "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        form.emplace_back("client_assertion", std::move(*proof));
    }
    request.body = encode_form(form);
    return request;
}

std::expected<TokenAnswer, TokenFailure> TokenEndpoint::ask(const Party& party, FormFields form) {
    add_resource(form, party.profile);
    auto request = authenticated(party, party.provider.endpoints.token, std::move(form));
    if (!request) {
        return std::unexpected(
            TokenFailure{.refusal = TokenRefusal::kOperator, .code = request.error().message});
    }
    if (party.profile.quirks.json_token_requests) {
        write_as_json(*request);
    }
    const auto response = http_.send(*request);
    if (response) {
        return read_token_answer(*response, party.profile.quirks);
    }
    const bool oversize = response.error().code == ErrorCode::kTooLarge;
    return std::unexpected(
        TokenFailure{.refusal = oversize ? TokenRefusal::kNonsense : TokenRefusal::kTransient,
                     .code = response.error().message});
}

std::expected<TokenAnswer, TokenFailure> TokenEndpoint::redeem(const Party& party,
                                                               const Code& code) {
    return ask(party, {{"grant_type", "authorization_code"},
                       {"code", std::string(code.code)},
                       {"redirect_uri", std::string(code.redirect_uri)},
                       {"code_verifier", std::string(code.verifier)}});
}

std::expected<TokenAnswer, TokenFailure> TokenEndpoint::refresh(const Party& party,
                                                                const Secret& refresh_token,
                                                                std::string_view scope) {
    FormFields form{{"grant_type", "refresh_token"},
                    {"refresh_token", std::string(refresh_token.reveal())}};
    if (!scope.empty()) {
        form.emplace_back("scope", std::string(scope));
    }
    return ask(party, std::move(form));
}

std::expected<TokenAnswer, TokenFailure> TokenEndpoint::exchange(const Party& party,
                                                                 const Secret& subject,
                                                                 const std::string& scope) {
    const bool is_id = party.profile.exchange == catalog::ExchangeSubject::kIdToken;
    FormFields form{{"grant_type", std::string(kTokenExchange)},
                    {"subject_token", std::string(subject.reveal())},
                    {"subject_token_type", std::string(is_id ? kIdTokenType : kAccessTokenType)},
                    {"requested_token_type", std::string(kAccessTokenType)}};
    if (!scope.empty()) {
        form.emplace_back("scope", scope);
    }
    auto answer = ask(party, std::move(form));
    if (!answer) {
        // §2.2.2: what a server says of a subject token that is over or that it will not have.
        if (answer.error().code == "invalid_request") {
            answer.error().refusal = TokenRefusal::kGrantGone;
        }
        return answer;
    }
    if (answer->issued_token_type != kAccessTokenType) {
        return std::unexpected(TokenFailure{.refusal = TokenRefusal::kNonsense,
                                            .code = "issued_token_type is not access_token"});
    }
    // It is for the gateway alone, and a runtime would get it.
    if (answer->access.reveal() == subject.reveal()) {
        return std::unexpected(TokenFailure{.refusal = TokenRefusal::kNonsense,
                                            .code = "the subject token itself came back"});
    }
    return answer;
}

Result<json::Object> TokenEndpoint::introspect(const Party& party, const Secret& token) {
    const auto request = authenticated(
        party, party.provider.endpoints.introspect,
        {{"token", std::string(token.reveal())}, {"token_type_hint", "access_token"}});
    if (!request) {
        return std::unexpected(request.error());
    }
    const auto response = http_.send(*request);
    if (!response) {
        return std::unexpected(response.error());
    }
    if (response->status >= 500 || response->status == 429) {
        return fail(ErrorCode::kUnavailable, "introspection is failing");
    }
    auto object = json::parse_object(response->body);
    if (response->status != 200 || !object || !json::get_bool(*object, "active").value_or(false)) {
        return fail(ErrorCode::kPeer, "introspection does not vouch for the token",
                    "HTTP " + std::to_string(response->status));
    }
    return object;
}

bool TokenEndpoint::revoke(const Party& party, const Tokens& tokens) {
    constexpr int kAttempts = 2;
    if (party.provider.endpoints.revoke.empty()) {
        return true;
    }
    const auto revoke_one = [&](const Secret& token, std::string hint) -> bool {
        auto request = authenticated(
            party, party.provider.endpoints.revoke,
            {{"token", std::string(token.reveal())}, {"token_type_hint", std::move(hint)}});
        if (!request) {
            return true;
        }
        request->timeout = kRevokeTimeout;
        for (int attempt = 0; attempt < kAttempts; ++attempt) {
            const auto response = http_.send(*request);
            if (response && response->status < 500 && response->status != 429) {
                return true;
            }
        }
        telemetry::warn("oidc", "a token of profile {} could not be revoked", party.profile.name);
        return false;
    };
    const bool refresh = tokens.refresh.empty() || revoke_one(tokens.refresh, "refresh_token");
    // The access token, too: not every server ends it with the refresh token.
    return revoke_one(tokens.access, "access_token") && refresh;
}

}  // namespace gatehouse::oidc
