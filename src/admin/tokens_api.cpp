// SPDX-License-Identifier: Apache-2.0
#include "admin/tokens_api.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "admin/answers.h"
#include "admin/listing.h"
#include "admin/problem.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "base/units.h"

namespace gatehouse::admin {
namespace {

using oauth::PersonalToken;

constexpr std::string_view kPattern = "/api/v1/tokens";
constexpr std::string_view kItemPattern = "/api/v1/tokens/{id}";
constexpr std::string_view kDefaultLifetime = "30d";

json::Object view(const PersonalToken& token) {
    const oauth::Connection& connection = token.connection;
    return {{"id", connection.id},
            {"origin", "api"},
            {"name", connection.client_name},
            {"user", connection.user_id},
            {"server", connection.server},
            {"scopes", json::to_array(connection.scopes)},
            {"tools", json::to_array(token.tools)},
            {"created_at", format_time(connection.created_at)},
            {"expires_at", format_time(connection.expires_at)}};
}

Result<std::optional<PersonalToken>> addressed_token(const Dependencies& dependencies,
                                                     const http::Request& request) {
    const auto parameters = http::path_parameters(kItemPattern, request.path);
    const auto id = parameters.empty() ? std::nullopt : percent_decode(parameters[0]);
    auto tokens = dependencies.personal_tokens.living({}, dependencies.clock.now());
    if (!tokens) {
        return std::unexpected(tokens.error());
    }
    const auto found = std::ranges::find_if(
        *tokens, [&](const PersonalToken& token) { return token.connection.id == id; });
    return found == tokens->end() ? std::nullopt : std::optional(std::move(*found));
}

http::Response no_such_token() {
    return problem(404, "Not Found", "there is no living token of this id");
}

http::Response list_tokens(const Dependencies& dependencies, const http::Request& request) {
    const auto query = parse_list_query(request.query);
    if (!query) {
        return problem(query.error());
    }
    const auto tokens =
        dependencies.personal_tokens.living(query->filter("user"), dependencies.clock.now());
    if (!tokens) {
        return problem(tokens.error());
    }
    std::vector<json::Object> views;
    std::ranges::transform(*tokens, std::back_inserter(views), view);
    return page_response(cut_page(std::move(views), *query));
}

http::Response show_token(const Dependencies& dependencies, const http::Request& request) {
    const auto token = addressed_token(dependencies, request);
    if (!token) {
        return problem(token.error());
    }
    return *token ? object_response(200, view(**token)) : no_such_token();
}

Error wrong_member(std::string_view name, std::string_view wanted) {
    return {.code = ErrorCode::kInvalid,
            .message = std::string(name) + " must be " + std::string(wanted)};
}

Result<std::vector<std::string>> list_member(const json::Object& object, std::string_view name) {
    if (!object.contains(name)) {
        return std::vector<std::string>{};
    }
    auto texts = json::get_strings(object, name);
    return texts ? Result<std::vector<std::string>>(*std::move(texts))
                 : std::unexpected(wrong_member(name, "a list of texts"));
}

Result<oauth::NewPersonalToken> parse_new_token(const Dependencies& dependencies,
                                                const http::Request& request) {
    constexpr std::array<std::string_view, 6> kMembers{"user",  "server", "name",
                                                       "tools", "scopes", "expires"};
    const auto object = json::parse_object(request.body);
    if (!object) {
        return std::unexpected(object.error());
    }
    for (const auto& member : *object) {
        if (std::ranges::find(kMembers, std::string_view(member.key())) == kMembers.end()) {
            return fail(ErrorCode::kInvalid, "unknown member: " + to_safe_ascii(member.key(), 40));
        }
    }
    const auto login = json::get_string(*object, "user");
    const auto server = json::get_string(*object, "server");
    if (!login || !server) {
        return std::unexpected(wrong_member(login ? "server" : "user", "a text"));
    }
    const auto expires = json::get_string(*object, "expires");
    const auto lifetime = parse_duration(expires.value_or(std::string(kDefaultLifetime)));
    if (!lifetime) {
        return std::unexpected(wrong_member("expires", "a duration such as 30d"));
    }
    auto tools = list_member(*object, "tools");
    auto scopes = list_member(*object, "scopes");
    if (!tools || !scopes) {
        return std::unexpected(tools ? scopes.error() : tools.error());
    }
    const auto user = dependencies.users.find_by_id_or_login(*login);
    if (!user) {
        return user.error().code == ErrorCode::kNotFound
                   ? fail(ErrorCode::kNotFound, "there is no user " + sanitize_text(*login, 100))
                   : std::unexpected(user.error());
    }
    return oauth::NewPersonalToken{
        .user_id = user->id,
        .server = *server,
        .name = json::get_string(*object, "name").value_or(""),
        .tools = *std::move(tools),
        .scopes = *std::move(scopes),
        .lifetime = std::chrono::duration_cast<std::chrono::seconds>(*lifetime),
        .made_by = "operator",
        .client_ip = request.client_ip,
        .request_id = request.request_id};
}

http::Response add_token(const Dependencies& dependencies, const http::Request& request) {
    const auto wanted = parse_new_token(dependencies, request);
    if (!wanted) {
        return problem(wanted.error());
    }
    const auto made = dependencies.token_maker.make(*wanted);
    if (!made) {
        return problem(made.error());
    }
    json::Object object = view(made->kept);
    object["token"] = made->token.reveal();
    return object_response(201, object);
}

http::Response revoke_token(const Dependencies& dependencies, const http::Request& request) {
    const auto token = addressed_token(dependencies, request);
    if (!token) {
        return problem(token.error());
    }
    if (!*token) {
        return no_such_token();
    }
    const oauth::Connection& connection = (*token)->connection;
    if (const auto revoked = dependencies.revoke_connection(connection.id); !revoked) {
        return problem(revoked.error());
    }
    const auto recorded = dependencies.events.record(
        {.name = "token.revoked",
         .server = connection.server,
         .user = connection.user_id,
         .client = connection.client_id,
         .connection = connection.id,
         .request_id = request.request_id,
         .client_ip = request.client_ip,
         .detail = {{"token_type", "personal_token"}, {"by", "operator"}}});
    return recorded ? http::Response{.status = 204, .headers = {}, .body = {}}
                    : problem(recorded.error());
}

using Handler = http::Response (*)(const Dependencies&, const http::Request&);

}  // namespace

void add_tokens_routes(http::Router& router, const Dependencies& dependencies) {
    const auto add = [&](Role least, std::string method, std::string_view pattern, Handler handle) {
        router.add(std::move(method), std::string(pattern), http::WorkClass::kSlow,
                   dependencies.guard.protect(
                       least, [&dependencies, handle](const http::Request& request) {
                           return handle(dependencies, request);
                       }));
    };
    add(Role::kViewer, "GET", kPattern, list_tokens);
    // Who makes one for somebody can act as them.
    add(Role::kAdmin, "POST", kPattern, add_token);
    add(Role::kViewer, "GET", kItemPattern, show_token);
    add(Role::kOperator, "DELETE", kItemPattern, revoke_token);
}

}  // namespace gatehouse::admin
