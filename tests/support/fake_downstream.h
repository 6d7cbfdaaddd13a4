// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/url.h"
#include "crypto/digest.h"
#include "crypto/jwk.h"
#include "crypto/jwt.h"
#include "crypto/random.h"
#include "support/fake_http_client.h"

namespace gatehouse::test {

inline std::string field(const FormFields& fields, std::string_view name) {
    for (const auto& [key, value] : fields) {
        if (key == name) {
            return value;
        }
    }
    return {};
}

inline FormFields query_of(const std::string& url) {
    return parse_form(parse_url(url).value().query).value();
}

/// An authorization server behind a FakeHttpClient: discovery, code with PKCE, rotating refresh
/// tokens that die as a family when one is replayed, userinfo, introspection, revocation,
/// registration. Tests spoil its parts. Thread-safe where several threads refresh.
class FakeDownstream {
  public:
    using Answer = std::function<Result<http::ClientResponse>(const FormFields&)>;

    FakeDownstream(FakeHttpClient& http, const Clock& clock, std::string issuer_url)
        : issuer(std::move(issuer_url)), clock_(clock) {
        metadata = {{"issuer", issuer},
                    {"authorization_endpoint", issuer + "/authorize"},
                    {"token_endpoint", issuer + "/token"},
                    {"userinfo_endpoint", issuer + "/userinfo"},
                    {"introspection_endpoint", issuer + "/introspect"},
                    {"revocation_endpoint", issuer + "/revoke"},
                    {"registration_endpoint", issuer + "/register"},
                    {"jwks_uri", issuer + "/jwks"},
                    {"authorization_response_iss_parameter_supported", true}};
        http.on(issuer + "/.well-known/oauth-authorization-server",
                [this](const auto&) { return reply(200, metadata); });
        http.on(issuer + "/jwks", [this](const auto&) {
            return reply(200, {{"keys", json::Array{key.public_key().to_jwk()}}});
        });
        http.on(issuer + "/token", [this](const http::ClientRequest& request) {
            const FormFields form = parse_form(request.body).value();
            return token_answer ? token_answer(form) : token(form);
        });
        http.on(issuer + "/userinfo", [this](const auto&) { return reply(200, account); });
        http.on(issuer + "/introspect", [this](const auto&) {
            json::Object answer = account;
            answer["active"] = introspection_active;
            return reply(200, answer);
        });
        http.on(issuer + "/revoke", [this](const http::ClientRequest& request) {
            const std::lock_guard lock(mutex_);
            revoked.push_back(field(parse_form(request.body).value(), "token"));
            return Result<http::ClientResponse>(http::ClientResponse{.status = 200});
        });
    }

    static Result<http::ClientResponse> reply(int status, const json::Object& body) {
        return http::ClientResponse{.status = status,
                                    .headers = {{"Content-Type", "application/json"}},
                                    .body = json::dump(body)};
    }

    static Result<http::ClientResponse> error(int status, std::string_view code) {
        return reply(status, {{"error", code}, {"error_description", "<script>"}});
    }

    /// The person signs in and agrees: the parameters of the callback.
    FormFields approve(const std::string& redirect_url) {
        const std::lock_guard lock(mutex_);
        const FormFields query = query_of(redirect_url);
        const std::string code = crypto::random_token(16);
        codes_[code] = query;
        return {{"state", field(query, "state")}, {"code", code}, {"iss", issuer}};
    }

    /// What a good answer of the token endpoint holds; reads `answer_extra` over it.
    Result<http::ClientResponse> issue(const FormFields& query, const std::string& family) {
        const std::string refresh = "rt-" + crypto::random_token(16);
        refresh_tokens_[refresh] = family;
        families_[family] = query;
        last_access = "at-" + crypto::random_token(16);
        last_refresh = refresh;
        json::Object answer{{"access_token", last_access},
                            {"token_type", "Bearer"},
                            {"expires_in", 3600},
                            {"refresh_token", refresh},
                            {"scope", field(query, "scope")}};
        if (!field(query, "nonce").empty()) {
            answer["id_token"] = id_token(query);
        }
        for (const auto& [name, value] : answer_extra) {
            if (value.is_null()) {
                answer.erase(name);
            } else {
                answer[name] = value;
            }
        }
        return reply(200, answer);
    }

    std::string id_token(const FormFields& query) {
        json::Object claims = account;
        claims["iss"] = issuer;
        claims["aud"] = field(query, "client_id");
        claims["nonce"] = field(query, "nonce");
        claims["iat"] = to_unix_seconds(clock_.now());
        claims["exp"] = to_unix_seconds(clock_.now()) + 300;
        for (const auto& [name, value] : claims_extra) {
            if (value.is_null()) {
                claims.erase(name);
            } else {
                claims[name] = value;
            }
        }
        return crypto::sign_jwt(key, "JWT", claims);
    }

    /// What the token endpoint does when nothing is scripted.
    Result<http::ClientResponse> token(const FormFields& form) {
        const std::lock_guard lock(mutex_);
        if (field(form, "grant_type") == "refresh_token") {
            return refresh(form);
        }
        const auto it = codes_.find(field(form, "code"));
        if (it == codes_.end() ||
            field(it->second, "redirect_uri") != field(form, "redirect_uri") ||
            field(it->second, "code_challenge") !=
                crypto::pkce_challenge(field(form, "code_verifier"))) {
            return error(400, "invalid_grant");
        }
        const FormFields query = it->second;
        codes_.erase(it);
        return issue(query, crypto::random_token(8));
    }

    const std::string issuer;
    json::Object metadata;
    json::Object account{{"sub", "alice"},
                         {"email", "alice@example.com"},
                         {"email_verified", true},
                         {"name", "Alice"},
                         {"groups", json::Array{"staff"}}};
    json::Object claims_extra;  ///< over the ID token's; null removes
    json::Object answer_extra;  ///< over the token answer's; null removes
    bool introspection_active = true;
    Answer token_answer;  ///< instead of `token`
    crypto::SigningKey key = crypto::SigningKey::generate();
    std::string last_access, last_refresh;
    std::vector<std::string> revoked;

  private:
    Result<http::ClientResponse> refresh(const FormFields& form) {
        const auto it = refresh_tokens_.find(field(form, "refresh_token"));
        if (it == refresh_tokens_.end()) {
            return error(400, "invalid_grant");
        }
        const std::string family = it->second;
        if (!families_.contains(family) || !spent_.insert(it->first).second) {
            families_.erase(family);
            return error(400, "invalid_grant");
        }
        return issue(FormFields(families_[family]), family);
    }

    const Clock& clock_;
    std::mutex mutex_;  // guards the members below and what issuing changes
    std::map<std::string, FormFields> codes_, families_;
    std::map<std::string, std::string> refresh_tokens_;
    std::set<std::string> spent_;
};

}  // namespace gatehouse::test
