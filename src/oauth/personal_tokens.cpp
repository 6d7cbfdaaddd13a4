// SPDX-License-Identifier: Apache-2.0
#include "oauth/personal_tokens.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "base/units.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "oauth/authorize_access.h"

namespace gatehouse::oauth {
namespace {

constexpr std::size_t kMaxTools = 200;
constexpr std::size_t kMaxToolName = 256;
constexpr std::size_t kMaxName = 80;
constexpr std::chrono::seconds kLongest{366 * 86400};

bool may_have_one(const catalog::Server& server, const identity::User& user) {
    return server.personal_tokens && !user.disabled && sign_in_source(server) == user.source &&
           may_authorize(server.access, user);
}

Result<void> check_tools(const std::vector<std::string>& tools) {
    const bool fine = std::ranges::all_of(tools, [](const std::string& tool) {
        return !tool.empty() && tool.size() <= kMaxToolName;
    });
    if (!fine || tools.size() > kMaxTools) {
        return fail(ErrorCode::kInvalid, "tools must be names, at most 200");
    }
    return {};
}

Result<std::vector<std::string>> choose_scopes(const catalog::Server& server,
                                               const std::vector<std::string>& asked) {
    const auto all = select_scopes(server, {}, {});
    for (const std::string& scope : asked) {
        if (!contains(all, scope)) {
            return fail(ErrorCode::kInvalid, "the server " + server.name + " has no scope " +
                                                 sanitize_text(scope, kMaxName));
        }
    }
    return asked.empty() ? all : asked;
}

}  // namespace

std::vector<const catalog::Server*> personal_token_servers(const catalog::Catalog& catalog,
                                                           const identity::User& user) {
    std::vector<const catalog::Server*> servers;
    for (const catalog::Server& server : catalog.servers) {
        if (may_have_one(server, user)) {
            servers.push_back(&server);
        }
    }
    return servers;
}

Result<PersonalToken> PersonalTokenMaker::prepare(const NewPersonalToken& wanted,
                                                  const catalog::Server& server) {
    const auto user = needs_.users.find(wanted.user_id);
    if (!user) {
        return std::unexpected(user.error());
    }
    if (!server.personal_tokens) {
        return fail(ErrorCode::kForbidden,
                    "the server " + server.name +
                        " takes no personal tokens; `personal_tokens: true` allows them");
    }
    if (!may_have_one(server, *user)) {
        return fail(ErrorCode::kForbidden,
                    display_name(*user) + " may not use the server " + server.name);
    }
    if (wanted.lifetime < std::chrono::seconds{1} || wanted.lifetime > kLongest) {
        return fail(ErrorCode::kInvalid, "a token lives from one second to 366 days");
    }
    if (auto checked = check_tools(wanted.tools); !checked) {
        return std::unexpected(checked.error());
    }
    auto scopes = choose_scopes(server, wanted.scopes);
    if (!scopes) {
        return std::unexpected(scopes.error());
    }
    const Timestamp now = needs_.clock.now();
    const std::string name = sanitize_text(wanted.name, kMaxName);
    return PersonalToken{.digest = {},
                         .connection = {.id = crypto::random_token(16),
                                        .user_id = user->id,
                                        .client_id = std::string(kPersonalTokenClient),
                                        .client_name = name.empty() ? "Personal token" : name,
                                        .origin = server.origin,
                                        .server = server.name,
                                        .redirect_host = {},
                                        .scopes = *std::move(scopes),
                                        .auth_time = now,
                                        .created_at = now,
                                        .last_used_at = now,
                                        .expires_at = now + wanted.lifetime},
                         .tools = wanted.tools};
}

Result<MadePersonalToken> PersonalTokenMaker::make(const NewPersonalToken& wanted) {
    const auto catalog = needs_.catalog.get();
    const catalog::Server* server = catalog->find_server(wanted.server);
    if (server == nullptr) {
        return fail(ErrorCode::kNotFound, "there is no such server");
    }
    auto kept = prepare(wanted, *server);
    if (!kept) {
        return std::unexpected(kept.error());
    }
    std::string token = std::string(kPersonalTokenPrefix) + crypto::random_token();
    kept->digest = crypto::token_digest(token);
    const Connection& connection = kept->connection;
    if (auto added = needs_.store.add(*kept); !added) {
        return std::unexpected(added.error());
    }
    const auto recorded =
        needs_.events.record({.name = "token.issued",
                              .server = connection.server,
                              .user = connection.user_id,
                              .client = connection.client_id,
                              .connection = connection.id,
                              .request_id = wanted.request_id,
                              .client_ip = wanted.client_ip,
                              .detail = {{"token_type", "personal_token"},
                                         {"made_by", wanted.made_by},
                                         {"name", connection.client_name},
                                         {"scope", join(connection.scopes, " ")},
                                         {"tools", json::to_array(kept->tools)},
                                         {"expires_at", format_time(connection.expires_at)}}});
    if (!recorded) {
        // Nobody was told the token; its row goes as soon as the store allows.
        (void)needs_.trust.revoke_connection(connection.id);
        return std::unexpected(recorded.error());
    }
    if (auto published = needs_.trust.refresh(); !published) {
        return std::unexpected(published.error());
    }
    return MadePersonalToken{.token = Secret(std::move(token)), .kept = *std::move(kept)};
}

}  // namespace gatehouse::oauth
