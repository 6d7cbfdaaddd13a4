// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/strings.h"
#include "base/url.h"
#include "config/internal/build.h"

namespace gatehouse::config {
namespace {

constexpr std::array<std::string_view, 8> kRefusedSchemes{
    "about", "blob", "data", "file", "filesystem", "ftp", "javascript", "vbscript"};

/// The client that policies and records name for personal access tokens.
constexpr std::string_view kReservedId = "personal-token";

/// Why answers cannot go there, or nothing.
std::string_view redirect_complaint(std::string_view text) {
    const auto url = parse_url(text);
    if (!url) {
        return "is not an absolute URI";
    }
    if (url->has_userinfo || text.contains('*')) {
        return "may have neither user information nor wildcards";
    }
    if (url->scheme == "http" && !url->is_loopback()) {
        return "uses http, which is for loopback hosts only";
    }
    if (std::ranges::find(kRefusedSchemes, url->scheme) != kRefusedSchemes.end()) {
        return "has a scheme that is not possible for redirects";
    }
    return {};
}

void check_redirect_uris(const Section& section, const BuildContext& context) {
    const std::string path = section.path_of("redirect_uris");
    for (const Located& uri : section.located("redirect_uris")) {
        if (const auto complaint = redirect_complaint(uri.text); !complaint.empty()) {
            context.problems.add(
                uri.at, path,
                in_ticks(path) + ": " + in_ticks(uri.text) + " " + std::string(complaint));
        }
    }
}

bool is_client_id(std::string_view id) {
    return id.size() <= 255 && std::ranges::all_of(id, [](char c) { return c > ' ' && c <= '~'; });
}

/// A JWK Set of public keys only; what each key is worth is found out when it is used.
bool is_public_key_set(std::string_view text) {
    constexpr std::array<std::string_view, 3> kPrivate{"d", "k", "p"};
    const auto set = json::parse_object(text);
    const auto* const keys = set ? set->if_contains("keys") : nullptr;
    return keys != nullptr && keys->is_array() && !keys->get_array().empty() &&
           std::ranges::all_of(keys->get_array(), [&](const json::Value& key) {
               return key.is_object() &&
                      std::ranges::none_of(kPrivate, [&](std::string_view member) {
                          return key.get_object().contains(member);
                      });
           });
}

void check_keys(const Section& section,
                const BuildContext& context,
                const catalog::PreregisteredClient& client) {
    const int ways = (section.is_given("secret") ? 1 : 0) + (section.is_given("jwks") ? 1 : 0) +
                     (section.is_given("jwks_uri") ? 1 : 0);
    if (ways > 1) {
        context.report(section, section.is_given("jwks") ? "jwks" : "jwks_uri",
                       "a client has one of `secret`, `jwks` and `jwks_uri`");
    }
    if (section.is_given("jwks") && !section.is_bad("jwks") && !is_public_key_set(client.jwks)) {
        context.report(section, "jwks", "expected a JWK Set with public keys only");
    }
    if (section.is_given("jwks_uri") && !section.is_bad("jwks_uri")) {
        const auto url = parse_url(client.jwks_uri);
        if (!url || (url->scheme != "https" && !(url->scheme == "http" && url->is_loopback()))) {
            context.report(section, "jwks_uri", "expected an https URL");
        }
    }
}

void check_client(const Section& section,
                  const BuildContext& context,
                  const catalog::PreregisteredClient& client) {
    if (!is_client_id(client.id)) {
        context.report(section, "id", "expected visible ASCII without spaces, at most 255");
    } else if (client.id == kReservedId) {
        context.report(section, "id", "this id stands for personal access tokens");
    }
    check_redirect_uris(section, context);
    check_keys(section, context, client);
    if (section.is_bad("grants")) {
        return;
    }
    if (client.grants.empty()) {
        context.report(section, "grants", "the list is empty");
    }
    if (contains(client.grants, "authorization_code") && !section.is_given("redirect_uris")) {
        context.report(section, "redirect_uris", "missing; authorization_code needs one");
    }
    const bool proves_itself =
        section.is_given("secret") || section.is_given("jwks") || section.is_given("jwks_uri");
    if (contains(client.grants, "client_credentials") && !proves_itself) {
        context.report(section, "secret", "missing; client_credentials needs it, or `jwks`");
    }
}

}  // namespace

void build_clients(const Section& server_section,
                   const BuildContext& context,
                   catalog::Server& server) {
    for (const Section& section : server_section.items("clients")) {
        const std::string id = section.text("id");
        catalog::PreregisteredClient client{
            .id = id,
            .name = section.is_given("name") ? section.text("name") : id,
            .secret = section.secret("secret"),
            .jwks = section.text("jwks"),
            .jwks_uri = section.text("jwks_uri"),
            .redirect_uris = section.texts("redirect_uris"),
            .grants = section.texts("grants"),
            .scopes = section.is_given("scopes") ? section.texts("scopes") : server.scopes};
        check_client(section, context, client);
        if (!server_section.is_bad("scopes")) {
            check_subset(section, "scopes", server.scopes, server_section.path_of("scopes"),
                         context);
        }
        server.clients.push_back(std::move(client));
    }
}

}  // namespace gatehouse::config
