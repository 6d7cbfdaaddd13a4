// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "base/strings.h"
#include "config/internal/build.h"
#include "config/internal/values.h"

namespace gatehouse::config {
namespace {

using catalog::ClientAuthMethod;
using catalog::ExchangeSubject;
using catalog::IdentitySource;
using catalog::RegistrationKind;
using catalog::SameUser;

constexpr std::array<std::string_view, 12> kOwnParameters{"response_type",
                                                          "client_id",
                                                          "client_secret",
                                                          "redirect_uri",
                                                          "state",
                                                          "scope",
                                                          "resource",
                                                          "audience",
                                                          "nonce",
                                                          "code_challenge",
                                                          "code_challenge_method",
                                                          "grant_type"};

ClientAuthMethod parse_method(std::string_view text) {
    if (text == "client_secret_basic") {
        return ClientAuthMethod::kClientSecretBasic;
    }
    if (text == "client_secret_post") {
        return ClientAuthMethod::kClientSecretPost;
    }
    return text == "private_key_jwt" ? ClientAuthMethod::kPrivateKeyJwt : ClientAuthMethod::kNone;
}

IdentitySource parse_source(std::string_view text) {
    if (text == "id_token") {
        return IdentitySource::kIdToken;
    }
    if (text == "userinfo") {
        return IdentitySource::kUserinfo;
    }
    if (text == "introspection") {
        return IdentitySource::kIntrospection;
    }
    return text == "access_token" ? IdentitySource::kAccessToken : IdentitySource::kNone;
}

RegistrationKind parse_registration(std::string_view text) {
    if (text == "cimd") {
        return RegistrationKind::kCimd;
    }
    return text == "dynamic" ? RegistrationKind::kDynamic : RegistrationKind::kStatic;
}

SameUser parse_same_user(std::string_view text) {
    if (text == "email") {
        return SameUser::kEmail;
    }
    return text == "subject" ? SameUser::kSubject : SameUser::kOff;
}

catalog::Endpoints read_endpoints(const Section& section) {
    return {.authorize = section.text("authorize"),
            .token = section.text("token"),
            .userinfo = section.text("userinfo"),
            .introspect = section.text("introspect"),
            .revoke = section.text("revoke"),
            .jwks = section.text("jwks")};
}

void check_endpoints(const Section& section,
                     const BuildContext& context,
                     const catalog::Profile& profile) {
    if (section.is_given("api_key")) {
        for (const char* key :
             {"issuer", "endpoints", "client", "identity", "registration", "exchange"}) {
            if (section.is_given(key)) {
                context.report(section, key, "a profile with `api_key` has none");
            }
        }
        return;
    }
    if (section.is_given("issuer") || section.is_bad("endpoints")) {
        return;
    }
    if (!section.is_given("endpoints")) {
        context.report(section, "issuer",
                       "`issuer` is missing; or write `endpoints`, or `api_key`");
    } else if (profile.exchange != ExchangeSubject::kNone && profile.endpoints.token.empty()) {
        context.report(section, "endpoints", "without an `issuer`, `token` is needed");
    } else if (profile.exchange == ExchangeSubject::kNone &&
               (profile.endpoints.authorize.empty() || profile.endpoints.token.empty())) {
        context.report(section, "endpoints",
                       "without an `issuer`, `authorize` and `token` are needed");
    }
}

ClientAuthMethod default_method(const catalog::Profile& profile) {
    if (!profile.client_secret.empty()) {
        return ClientAuthMethod::kClientSecretBasic;
    }
    return profile.client_key.empty() ? ClientAuthMethod::kNone : ClientAuthMethod::kPrivateKeyJwt;
}

void check_client(const Section& client,
                  const BuildContext& context,
                  const catalog::Profile& profile) {
    const bool is_static = profile.registration == RegistrationKind::kStatic;
    if (is_static && !client.is_given("id")) {
        context.report(client, "id", "missing; `registration: static` needs it");
    }
    if (!is_static && client.is_given("id")) {
        context.report(client, "id", "only `registration: static` has an id of its own");
    }
    if (client.is_bad("secret") || client.is_bad("key") || client.is_bad("auth_method")) {
        return;
    }
    const bool wants_secret = profile.auth_method == ClientAuthMethod::kClientSecretBasic ||
                              profile.auth_method == ClientAuthMethod::kClientSecretPost;
    if (is_static && wants_secret && profile.client_secret.empty()) {
        context.report(client, "auth_method", "it needs `client.secret`");
    }
    if (!wants_secret && !profile.client_secret.empty()) {
        context.report(client, "secret", "this `auth_method` never sends it");
    }
    if (is_static && profile.auth_method == ClientAuthMethod::kPrivateKeyJwt &&
        profile.client_key.empty()) {
        context.report(client, "auth_method", "it needs `client.key`");
    }
    if (profile.auth_method != ClientAuthMethod::kPrivateKeyJwt && !profile.client_key.empty()) {
        context.report(client, "key", "only `auth_method: private_key_jwt` uses it");
    }
}

void read_client(const Section& client, const BuildContext& context, catalog::Profile& profile) {
    profile.client_id = client.text("id");
    profile.client_secret = client.secret("secret");
    profile.client_key = client.secret("key");
    profile.auth_method = client.is_given("auth_method") ? parse_method(client.text("auth_method"))
                                                         : default_method(profile);
    if (!profile.key.wanted) {
        check_client(client, context, profile);
    }
}

catalog::Quirks read_quirks(const Section& section) {
    return {.comma_scopes = section.text("scope_separator") == "comma",
            .scope_parameter = section.text("scope_parameter"),
            .json_token_requests = section.text("token_request") == "json",
            .any_token_type = section.text("token_type") == "any",
            .token_member = section.text("token_member")};
}

void check_identity(const Section& section,
                    const Section& identity,
                    const BuildContext& context,
                    const catalog::Profile& profile) {
    if (section.is_given("identity") && !identity.is_given("from")) {
        context.report(identity, "from", "missing");
        return;
    }
    if (profile.exchange != ExchangeSubject::kNone &&
        profile.identity.from == IdentitySource::kIdToken) {
        context.report(identity, "from", "an exchange brings no ID token of the account");
    }
    if (section.is_bad("identity") || section.is_given("issuer") ||
        !section.is_given("endpoints")) {
        return;
    }
    const IdentitySource from = profile.identity.from;
    if (from == IdentitySource::kIdToken || from == IdentitySource::kAccessToken) {
        context.report(identity, "from",
                       "without the profile's `issuer` nobody knows whose tokens to accept");
    }
    if (from == IdentitySource::kUserinfo && profile.endpoints.userinfo.empty()) {
        context.report(identity, "from", "it needs `issuer` or `endpoints.userinfo`");
    }
    if (from == IdentitySource::kIntrospection && profile.endpoints.introspect.empty()) {
        context.report(identity, "from", "it needs `issuer` or `endpoints.introspect`");
    }
}

void read_identity(const Section& section, const BuildContext& context, catalog::Profile& profile) {
    const Section identity = section.section("identity");
    profile.identity = {.from = parse_source(identity.text("from")),
                        .subject = identity.text("subject"),
                        .email = identity.text("email"),
                        .name = identity.text("name"),
                        .groups = identity.text("groups"),
                        .same_user = parse_same_user(identity.text("same_user"))};
    check_identity(section, identity, context, profile);
    // The file is refused already; servers of this profile should not be blamed as well.
    if (section.is_given("identity") && (!identity.is_given("from") || identity.is_bad("from"))) {
        profile.identity.from = IdentitySource::kIdToken;
    }
    if (profile.identity.from == IdentitySource::kNone && identity.is_given("from") &&
        !identity.is_bad("from") && profile.identity.same_user != SameUser::kOff) {
        context.report(identity, "same_user", "with `from: none` there is nothing to compare");
    }
}

void read_exchange(const Section& section, catalog::Profile& profile) {
    if (section.is_given("exchange")) {
        const bool is_id = section.section("exchange").text("subject") == "id_token";
        profile.exchange = is_id ? ExchangeSubject::kIdToken : ExchangeSubject::kAccessToken;
    }
}

void check_parameters(const Section& section, std::string_view name, const BuildContext& context) {
    for (const auto& [parameter, value] : section.pairs(name)) {
        if (std::ranges::find(kOwnParameters, parameter) != kOwnParameters.end()) {
            context.report(section, name, "the gateway itself sets " + in_ticks(parameter));
        }
    }
}

catalog::Profile build_profile(const Section& section, const BuildContext& context) {
    catalog::Profile profile{
        .name = section.name(),
        .issuer = section.text("issuer"),
        .endpoints = read_endpoints(section.section("endpoints")),
        .registration = parse_registration(section.text("registration")),
        .resource = section.text("resource"),
        .audience = section.text("audience"),
        .scopes = section.texts("scopes"),
        .authorize_params = section.pairs("authorize_params"),
        .token_params = section.pairs("token_params"),
        .refresh_before =
            std::chrono::floor<std::chrono::seconds>(section.duration("refresh_before")),
        .default_token_ttl =
            std::chrono::floor<std::chrono::seconds>(section.duration("default_token_ttl")),
        .quirks = read_quirks(section.section("quirks"))};
    const Section key = section.section("api_key");
    profile.key = {.wanted = section.is_given("api_key"),
                   .label = key.text("label"),
                   .help_url = key.text("help")};
    read_exchange(section, profile);
    check_endpoints(section, context, profile);
    read_client(section.section("client"), context, profile);
    read_identity(section, context, profile);
    check_parameters(section, "authorize_params", context);
    check_parameters(section, "token_params", context);
    return profile;
}

}  // namespace

void build_profiles(const Section& root, const BuildContext& context, catalog::Catalog& catalog) {
    for (const Section& section : root.named("profiles")) {
        catalog.profiles.push_back(build_profile(section, context));
    }
}

}  // namespace gatehouse::config
