// SPDX-License-Identifier: Apache-2.0
#include "admin/views.h"

#include "base/encoding.h"
#include "base/units.h"
#include "crypto/digest.h"

namespace gatehouse::admin {
namespace {

std::string fingerprint(const Secret& secret) {
    if (secret.empty()) {
        return {};
    }
    return "sha256:" + hex_encode(crypto::sha256(secret.reveal()).substr(0, 4));
}

std::string_view method_name(catalog::ClientAuthMethod method) {
    switch (method) {
        case catalog::ClientAuthMethod::kNone:
            return "none";
        case catalog::ClientAuthMethod::kClientSecretBasic:
            return "client_secret_basic";
        case catalog::ClientAuthMethod::kClientSecretPost:
            return "client_secret_post";
        case catalog::ClientAuthMethod::kPrivateKeyJwt:
            return "private_key_jwt";
    }
    return "none";
}

void put_time(json::Object& out, std::string_view name, Timestamp time) {
    if (to_unix_millis(time) != 0) {
        out[name] = format_time(time);
    }
}

}  // namespace

json::Object view(const catalog::Server& server) {
    json::Object worker{{"secret_header", server.worker.secret_header},
                        {"token_header", server.worker.token_header},
                        {"identity_headers", server.worker.identity_headers}};
    json::Array secrets;
    for (const Secret& secret : server.worker.secrets) {
        secrets.emplace_back(fingerprint(secret));
    }
    worker["secret"] = std::move(secrets);
    json::Object out{{"id", server.name},
                     {"name", server.name},
                     {"title", server.title},
                     {"origin", "file"},
                     {"url", server.mcp_url},
                     {"runtime", json::to_array(server.runtimes)},
                     {"sign_in", server.sign_in},
                     {"scopes", json::to_array(server.scopes)},
                     {"initial_scopes", json::to_array(server.initial_scopes)},
                     {"default_policy",
                      server.default_policy == catalog::DefaultPolicy::kAllow ? "allow" : "deny"},
                     {"worker", std::move(worker)}};
    if (!server.profile.empty()) {
        out["profile"] = server.profile;
    }
    return out;
}

json::Object view(const catalog::Profile& profile) {
    json::Object out{{"id", profile.name},
                     {"name", profile.name},
                     {"origin", "file"},
                     {"issuer", profile.issuer},
                     {"scopes", json::to_array(profile.scopes)},
                     {"client", json::Object{{"id", profile.client_id},
                                             {"secret", fingerprint(profile.client_secret)},
                                             {"auth_method", method_name(profile.auth_method)}}}};
    if (!profile.resource.empty()) {
        out["resource"] = profile.resource;
    }
    if (!profile.audience.empty()) {
        out["audience"] = profile.audience;
    }
    return out;
}

json::Object view(const identity::User& user) {
    json::Object out{{"id", user.id},
                     {"origin", "api"},
                     {"source", user.source},
                     {"subject", user.subject},
                     {"name", user.name},
                     {"email", user.email},
                     {"email_verified", user.email_verified},
                     {"groups", json::to_array(user.groups)},
                     {"disabled", user.disabled}};
    put_time(out, "created_at", user.created_at);
    put_time(out, "last_sign_in_at", user.last_sign_in_at);
    return out;
}

json::Object view(const oauth::Connection& connection) {
    json::Object out{{"id", connection.id},
                     {"origin", "api"},
                     {"user", connection.user_id},
                     {"client", connection.client_id},
                     {"client_name", connection.client_name},
                     {"server", connection.server},
                     {"redirect_host", connection.redirect_host},
                     {"scopes", json::to_array(connection.scopes)}};
    put_time(out, "created_at", connection.created_at);
    put_time(out, "last_used_at", connection.last_used_at);
    put_time(out, "expires_at", connection.expires_at);
    if (connection.revoked_at) {
        put_time(out, "revoked_at", *connection.revoked_at);
    }
    return out;
}

}  // namespace gatehouse::admin
