// SPDX-License-Identifier: Apache-2.0
#include "oauth/authorize_request.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "base/url.h"
#include "oauth/authorize_access.h"
#include "oauth/cimd_url.h"
#include "oauth/flow_walk.h"
#include "oauth/redirect_uri.h"

namespace gatehouse::oauth {
namespace {

constexpr std::size_t kMaxState = 4096;
constexpr std::size_t kMaxHint = 320;

/// A request while it is being judged.
struct Draft {
    const catalog::Catalog& catalog;
    std::string origin, user_agent;
    FormFields fields;
    Client client;
    Transaction transaction;
    const catalog::Server* server = nullptr;

    /// Empty values count as absent (D01).
    [[nodiscard]] std::string_view get(std::string_view name) const { return field(fields, name); }

    [[nodiscard]] std::size_t count(std::string_view name) const {
        return static_cast<std::size_t>(
            std::ranges::count_if(fields, [&](const auto& entry) { return entry.first == name; }));
    }
};

using Verdict = std::optional<AuthorizeError>;
using Check = Verdict (*)(Draft&);

AuthorizeError invalid(std::string description) {
    return {.code = "invalid_request", .description = std::move(description)};
}

/// First, so that every later error can carry the state.
Verdict take_state(Draft& draft) {
    if (draft.count("state") > 1) {
        return invalid("state was sent more than once");
    }
    const auto state = draft.get("state");
    if (state.size() > kMaxState) {
        return invalid("state is longer than 4 KiB");
    }
    if (!state.empty()) {
        draft.transaction.state = std::string(state);
    }
    return std::nullopt;
}

Verdict refuse_repeated_parameters(Draft& draft) {
    constexpr std::array<std::string_view, 13> kSingle{
        "response_type", "response_mode", "scope",      "code_challenge", "code_challenge_method",
        "prompt",        "max_age",       "login_hint", "acr_values",     "ui_locales",
        "request",       "request_uri",   "nonce"};
    for (const std::string_view name : kSingle) {
        if (draft.count(name) > 1) {
            return invalid(std::string(name) + " was sent more than once");
        }
    }
    return std::nullopt;
}

Verdict refuse_request_objects(Draft& draft) {
    if (!draft.get("request").empty()) {
        return AuthorizeError{.code = "request_not_supported",
                              .description = "request objects are not supported"};
    }
    if (!draft.get("request_uri").empty()) {
        return AuthorizeError{.code = "request_uri_not_supported",
                              .description = "request_uri is not supported"};
    }
    return std::nullopt;
}

Verdict check_response_type(Draft& draft) {
    const auto type = draft.get("response_type");
    if (type.empty()) {
        return invalid("response_type is missing");
    }
    if (type != "code") {
        return AuthorizeError{.code = "unsupported_response_type",
                              .description = "only response_type=code is supported"};
    }
    const auto mode = draft.get("response_mode");
    return mode.empty() || mode == "query" ? Verdict()
                                           : invalid("only response_mode=query is supported");
}

Verdict check_grant_type(Draft& draft) {
    return contains(draft.client.grant_types, "authorization_code")
               ? Verdict()
               : AuthorizeError{.code = "unauthorized_client",
                                .description = "this client may not use authorization codes"};
}

Verdict check_pkce(Draft& draft) {
    const auto challenge = draft.get("code_challenge");
    const bool well_formed = challenge.size() >= 43 && challenge.size() <= 128 &&
                             std::ranges::all_of(challenge, [](char c) {
                                 return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                        (c >= '0' && c <= '9') ||
                                        std::string_view("-._~").find(c) != std::string_view::npos;
                             });
    if (!well_formed) {
        return invalid("code_challenge is missing or malformed: PKCE is required");
    }
    if (draft.get("code_challenge_method") != "S256") {
        return invalid("code_challenge_method must be S256");
    }
    draft.transaction.code_challenge = std::string(challenge);
    return std::nullopt;
}

constexpr std::array<std::pair<std::string_view, Prompt>, 4> kPrompts{
    {{"none", Prompt::kNone},
     {"login", Prompt::kLogin},
     {"consent", Prompt::kConsent},
     {"select_account", Prompt::kSelectAccount}}};

Verdict take_prompt(Draft& draft) {
    const auto words = split_words(draft.get("prompt"));
    unsigned prompts = 0;
    for (const std::string& word : words) {
        for (const auto& [name, prompt] : kPrompts) {
            prompts |= word == name ? static_cast<unsigned>(prompt) : 0U;
        }
    }
    if (contains(words, "none") && words.size() > 1) {
        return invalid("prompt=none goes with nothing else");
    }
    draft.transaction.prompts = prompts;
    return std::nullopt;
}

Verdict take_max_age(Draft& draft) {
    const auto text = draft.get("max_age");
    if (text.empty()) {
        return std::nullopt;
    }
    const auto seconds = parse_uint(text);
    if (!seconds || *seconds > 1'000'000'000) {
        return invalid("max_age must be a number of seconds");
    }
    draft.transaction.max_age = std::chrono::seconds{*seconds};
    return std::nullopt;
}

/// Hints that cannot be used are no reason to fail.
Verdict take_hints(Draft& draft) {
    const auto take = [&](std::string_view name) {
        const auto hint = draft.get(name);
        return sanitize_text(hint, kMaxHint) == hint ? std::string(hint) : std::string();
    };
    draft.transaction.login_hint = take("login_hint");
    draft.transaction.acr_values = take("acr_values");
    draft.transaction.ui_locales = take("ui_locales");
    return std::nullopt;
}

const catalog::Server* find_by_resource(const Draft& draft, std::string_view canonical) {
    for (const catalog::Server* server : draft.catalog.servers_of_origin(draft.origin)) {
        if (canonical_resource(server->mcp_url).value_or("") == canonical) {
            return server;
        }
    }
    return nullptr;
}

Verdict find_server(Draft& draft) {
    for (const auto& [name, value] : draft.fields) {
        if (name != "resource" || value.empty()) {
            continue;
        }
        const auto canonical = canonical_resource(value);
        // D11: some clients name the origin only. That says no more than no resource (D12).
        if (canonical && *canonical == canonical_resource(draft.origin).value_or("")) {
            continue;
        }
        const auto* server = canonical ? find_by_resource(draft, *canonical) : nullptr;
        if (server == nullptr) {
            return AuthorizeError{.code = "invalid_target",
                                  .description = "resource is not a server of this gateway"};
        }
        if (draft.server != nullptr && draft.server != server) {
            return AuthorizeError{.code = "invalid_target",
                                  .description = "only one resource can be authorized at a time"};
        }
        draft.server = server;
    }
    return std::nullopt;
}

/// D12: clients of 2025-03-26 name no resource.
Verdict default_server(Draft& draft) {
    const auto usable = usable_servers(draft.catalog, draft.origin, draft.client);
    const bool allowed = draft.server == nullptr
                             ? !usable.empty()
                             : std::ranges::find(usable, draft.server) != usable.end();
    if (!allowed) {
        return AuthorizeError{.code = "unauthorized_client",
                              .description = "this client may not be used with this server"};
    }
    if (draft.server == nullptr && usable.size() == 1) {
        draft.server = usable.front();
    }
    if (draft.server != nullptr) {
        draft.transaction.server = draft.server->name;
    }
    return std::nullopt;
}

Verdict take_scopes(Draft& draft) {
    const auto servers = draft.server != nullptr ? std::vector<const catalog::Server*>{draft.server}
                                                 : draft.catalog.servers_of_origin(draft.origin);
    for (std::string& scope : split_words(draft.get("scope"))) {
        const bool known =
            scope == kOfflineAccess ||
            std::ranges::any_of(servers, [&](const auto* s) { return contains(s->scopes, scope); });
        if (known && !contains(draft.transaction.asked_scopes, scope)) {
            draft.transaction.asked_scopes.push_back(std::move(scope));
        }
    }
    if (draft.server != nullptr) {
        draft.transaction.scopes =
            select_scopes(*draft.server, draft.client, draft.transaction.asked_scopes);
    }
    return std::nullopt;
}

/// In this order; the first refusal is the answer.
constexpr std::array<Check, 12> kChecks{
    take_state,
    refuse_repeated_parameters,  // D01, D14
    refuse_request_objects,      // D28
    check_response_type,         // D07
    check_grant_type,            // C-rules: what the client registered for
    check_pkce,                  // D08
    take_prompt,
    take_max_age,    // D16
    take_hints,      // D16
    find_server,     // D09, D10
    default_server,  // D12 and registration per server
    take_scopes,     // D13
};

/// The client; nobody may be redirected before it is known (D02).
std::optional<http::Response> find_client(Draft& draft, ClientDirectory& clients) {
    if (draft.count("client_id") > 1) {
        return bad_request_page("The app sent its client id twice.");
    }
    if (draft.get("client_id").empty()) {
        return bad_request_page("The app did not say who it is (client_id is missing).");
    }
    auto client = clients.find(draft.origin, draft.get("client_id"));
    if (!client) {
        if (client.error().code != ErrorCode::kNotFound) {
            return unavailable_page(client.error());
        }
        return names_metadata_document(draft.get("client_id"))
                   ? bad_document_page(client.error().message)
                   : unknown_client_page(guess_client(draft.get("redirect_uri"), draft.user_agent));
    }
    draft.client = *std::move(client);
    draft.transaction.client_id = draft.client.id;
    return std::nullopt;
}

/// D05, D06.
std::optional<http::Response> find_redirect_uri(Draft& draft) {
    if (draft.count("redirect_uri") > 1) {
        return bad_request_page("The app sent its redirect URI twice.");
    }
    std::string uri(draft.get("redirect_uri"));
    if (uri.empty()) {
        if (draft.client.redirect_uris.size() != 1) {
            return bad_request_page(
                "The app did not say where to go next (redirect_uri is missing).");
        }
        uri = draft.client.redirect_uris.front();
    }
    if (!is_registered_redirect_uri(draft.client.redirect_uris, uri) || !check_redirect_uri(uri)) {
        return bad_request_page(
            "The app wants to continue at an address that it did not register (redirect_uri). "
            "Somebody may be trying to trick you.");
    }
    draft.transaction.redirect_uri = std::move(uri);
    return std::nullopt;
}

}  // namespace

std::optional<FormFields> read_authorize_parameters(const http::Request& request) {
    return request.method == "POST" ? read_form(request) : parse_form(request.query);
}

std::expected<AuthorizeRequest, AuthorizeRefusal> read_authorize_request(
    const RequestSource& source,
    FormFields parameters,
    const catalog::Catalog& catalog,
    ClientDirectory& clients) {
    Draft draft{.catalog = catalog,
                .origin = source.origin,
                .user_agent = source.user_agent,
                .fields = std::move(parameters),
                .client = {},
                .transaction = {.purpose = Purpose::kAuthorize, .origin = source.origin}};
    if (auto page = find_client(draft, clients)) {
        return std::unexpected(*std::move(page));
    }
    if (auto page = find_redirect_uri(draft)) {
        return std::unexpected(*std::move(page));
    }
    for (const Check check : kChecks) {
        if (auto error = check(draft)) {
            return std::unexpected(RedirectableRefusal{.client = std::move(draft.client),
                                                       .to = return_of(draft.transaction),
                                                       .error = *std::move(error)});
        }
    }
    return AuthorizeRequest{.client = std::move(draft.client),
                            .transaction = std::move(draft.transaction)};
}

}  // namespace gatehouse::oauth
