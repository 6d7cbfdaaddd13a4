// SPDX-License-Identifier: Apache-2.0
#include "admin/views.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/units.h"
#include "crypto/digest.h"

namespace gatehouse::admin {
namespace {

std::string fingerprint(const Secret& secret) {
    return admin::fingerprint(secret.reveal());
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

std::string_view registration_name(catalog::RegistrationKind kind) {
    switch (kind) {
        case catalog::RegistrationKind::kStatic:
            return "static";
        case catalog::RegistrationKind::kCimd:
            return "cimd";
        case catalog::RegistrationKind::kDynamic:
            return "dynamic";
    }
    return "static";
}

std::string_view source_name(catalog::IdentitySource source) {
    switch (source) {
        case catalog::IdentitySource::kNone:
            return "none";
        case catalog::IdentitySource::kIdToken:
            return "id_token";
        case catalog::IdentitySource::kUserinfo:
            return "userinfo";
        case catalog::IdentitySource::kIntrospection:
            return "introspection";
        case catalog::IdentitySource::kAccessToken:
            return "access_token";
    }
    return "none";
}

std::string_view same_user_name(catalog::SameUser same_user) {
    switch (same_user) {
        case catalog::SameUser::kOff:
            return "off";
        case catalog::SameUser::kEmail:
            return "email";
        case catalog::SameUser::kSubject:
            return "subject";
    }
    return "off";
}

std::string_view capture_name(catalog::Capture capture) {
    switch (capture) {
        case catalog::Capture::kNone:
            return "none";
        case catalog::Capture::kRedacted:
            return "redacted";
        case catalog::Capture::kFull:
            return "full";
    }
    return "none";
}

void put_text(json::Object& out, std::string_view name, const std::string& text) {
    if (!text.empty()) {
        out[name] = text;
    }
}

json::Object view_of(const catalog::Worker& worker) {
    json::Array secrets;
    for (const Secret& secret : worker.secrets) {
        secrets.emplace_back(fingerprint(secret));
    }
    json::Object static_headers;
    for (const auto& [name, value] : worker.static_headers) {
        static_headers[name] = fingerprint(value);
    }
    return {{"secret", std::move(secrets)},
            {"secret_header", worker.secret_header},
            {"token_header", worker.token_header},
            {"plain_http", worker.plain_http},
            {"static_headers", std::move(static_headers)},
            {"identity_headers", worker.identity_headers}};
}

void put_time(json::Object& out, std::string_view name, Timestamp time) {
    if (to_unix_millis(time) != 0) {
        out[name] = format_time(time);
    }
}

}  // namespace

std::string fingerprint(std::string_view secret) {
    return secret.empty() ? std::string()
                          : "sha256:" + hex_encode(crypto::sha256(secret).substr(0, 4));
}

json::Object view(const catalog::PreregisteredClient& client, const catalog::Server& server) {
    json::Object out{{"id", client.id},
                     {"origin", "file"},
                     {"kind", "preregistered"},
                     {"issuer", server.origin},
                     {"server", server.name},
                     {"redirect_uris", json::to_array(client.redirect_uris)},
                     {"grants", json::to_array(client.grants)},
                     {"scopes", json::to_array(client.scopes)}};
    put_text(out, "name", client.name);
    put_text(out, "secret", fingerprint(client.secret));
    return out;
}

json::Object view(const catalog::Server& server) {
    json::Array clients;
    for (const catalog::PreregisteredClient& client : server.clients) {
        clients.emplace_back(client.id);
    }
    json::Object out{
        {"id", server.name},
        {"name", server.name},
        {"title", server.title},
        {"origin", "file"},
        {"url", server.mcp_url},
        {"runtime", json::to_array(server.runtimes)},
        {"sign_in", server.sign_in},
        {"scopes", json::to_array(server.scopes)},
        {"initial_scopes", json::to_array(server.initial_scopes)},
        {"worker", view_of(server.worker)},
        {"registration", json::Object{{"cimd", server.allow_cimd},
                                      {"dynamic", server.allow_dynamic},
                                      {"cimd_hosts", json::to_array(server.cimd_hosts)}}},
        {"clients", std::move(clients)},
        {"cors", json::Object{{"origins", json::to_array(server.cors_origins)}}},
        {"access", json::Object{{"emails", json::to_array(server.access.emails)},
                                {"domains", json::to_array(server.access.domains)},
                                {"groups", json::to_array(server.access.groups)}}},
        {"default_policy",
         server.default_policy == catalog::DefaultPolicy::kAllow ? "allow" : "deny"},
        {"audit", json::Object{{"arguments", capture_name(server.audit_arguments)},
                               {"results", capture_name(server.audit_results)},
                               {"retain", fmt::format("{}h", server.audit_retain.count())}}}};
    put_text(out, "path", server.path);
    put_text(out, "host", server.host);
    put_text(out, "profile", server.profile);
    return out;
}

json::Object view(const catalog::Profile& profile) {
    json::Object out{
        {"id", profile.name},
        {"name", profile.name},
        {"origin", "file"},
        {"registration", registration_name(profile.registration)},
        {"scopes", json::to_array(profile.scopes)},
        {"client", json::Object{{"id", profile.client_id},
                                {"secret", fingerprint(profile.client_secret)},
                                {"auth_method", method_name(profile.auth_method)}}},
        {"identity", json::Object{{"from", source_name(profile.identity.from)},
                                  {"subject", profile.identity.subject},
                                  {"email", profile.identity.email},
                                  {"name", profile.identity.name},
                                  {"groups", profile.identity.groups},
                                  {"same_user", same_user_name(profile.identity.same_user)}}},
        {"refresh_before", fmt::format("{}s", profile.refresh_before.count())}};
    put_text(out, "issuer", profile.issuer);
    put_text(out, "resource", profile.resource);
    put_text(out, "audience", profile.audience);
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
