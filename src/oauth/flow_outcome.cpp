// SPDX-License-Identifier: Apache-2.0
#include "oauth/flow_outcome.h"

#include <utility>

#include "base/encoding.h"
#include "base/strings.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "oauth/authorize_access.h"
#include "oauth/exchanged_account.h"
#include "oauth/flow_pages.h"
#include "oauth/flow_provider.h"
#include "oauth/pages.h"
#include "oauth/pasted_key.h"
#include "oauth/redirect_uri.h"
#include "telemetry/log.h"

namespace gatehouse::oauth {

Result<std::vector<std::string>> scopes_of_leg(const FlowParts& parts,
                                               const Scene& scene,
                                               std::string_view user_id) {
    std::vector<std::string> scopes = scene.transaction().scopes;
    if (!user_id.empty()) {
        const auto connections = parts.dependencies.connections.list(
            {.user_id = std::string(user_id), .server = scene.server->name, .client_id = {}});
        if (!connections) {
            return std::unexpected(connections.error());
        }
        const Timestamp now = parts.dependencies.clock.now();
        for (const Connection& connection : *connections) {
            if (connection.expires_at <= now) {
                continue;
            }
            for (const std::string& scope : connection.scopes) {
                if (!contains(scopes, scope)) {
                    scopes.push_back(scope);
                }
            }
        }
    }
    std::erase_if(scopes, [&](const std::string& scope) {
        return scope == kOfflineAccess || !contains(scene.server->scopes, scope);
    });
    return scopes;
}

namespace {

http::Response leg_did_not_start(const FlowParts& parts, const Scene& scene, const Error& error) {
    telemetry::warn("oauth", "the downstream leg for {} did not start: {}", scene.server->name,
                    describe(error));
    (void)parts.record(scene.request, {.name = "grant.failed",
                                       .server = scene.server->name,
                                       .client = scene.transaction().client_id,
                                       .detail = {{"reason", "not started"}}});
    const bool passing = error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kTimeout;
    return end_with_error(
        parts, scene,
        {.code = passing ? "temporarily_unavailable" : "server_error",
         .description = "the server behind " + title_of(*scene.server) + " cannot be used now"});
}

}  // namespace

http::Response begin_leg(const FlowParts& parts, const Scene& scene, std::string_view user_id) {
    if (scene.profile->key.wanted) {
        return key_page(scene, user_id, {});
    }
    if (scene.profile->exchange != catalog::ExchangeSubject::kNone) {
        return exchange_account(parts, scene, user_id);
    }
    const auto scopes = scopes_of_leg(parts, scene, user_id);
    if (!scopes) {
        return unavailable_page(scopes.error());
    }
    const Transaction& transaction = scene.transaction();
    // How a sign-in should be is for whoever signs the person in (D16).
    const identity::ProviderWishes wishes =
        scene.server->sign_in == kDownstream ? wishes_of(transaction) : identity::ProviderWishes{};
    const auto leg = parts.dependencies.connector.begin({.server = scene.server->name,
                                                         .scopes = *scopes,
                                                         .transaction_id = transaction.id,
                                                         .login_hint = transaction.login_hint,
                                                         .prompt = wishes.prompt,
                                                         .acr_values = wishes.acr_values,
                                                         .ui_locales = transaction.ui_locales,
                                                         .max_age = wishes.max_age});
    if (!leg) {
        return leg_did_not_start(parts, scene, leg.error());
    }
    auto response = see_other(leg->redirect_url);
    response.headers.add(
        "Set-Cookie", identity::set_cookie(transaction.origin, leg->cookie_name,
                                           leg->browser_secret, identity::CookieLife::kTenMinutes));
    // The way back takes as long as the person does over there.
    set_walk_cookie(response, scene.walk);
    return response;
}

http::Response connected_page(const FlowParts& parts, const Scene& scene) {
    Transaction last = scene.transaction();
    last.stage = Stage::kFinished;
    (void)parts.dependencies.transactions.advance(Stage::kApproved, last);
    const std::string host = downstream_host(*scene.profile);
    MessagePage page{.title = "Connected",
                     .paragraphs = {"Your account at " + host + " is connected to " +
                                        title_of(*scene.server) + ".",
                                    "You can close this page and go back to your app."},
                     .links = {{.label = "Your connections", .href = "/account", .rel = {}}}};
    // G14
    if (scene.profile->identity.from == catalog::IdentitySource::kNone &&
        scene.profile->exchange == catalog::ExchangeSubject::kNone) {
        page.paragraphs.insert(page.paragraphs.begin() + 1,
                               host +
                                   " does not say whose account it is. If it is not yours, "
                                   "disconnect it on your account page.");
    }
    return render(page);
}

http::Response issue_code(const FlowParts& parts, const Scene& scene, const Person& person) {
    const FlowDependencies& needs = parts.dependencies;
    const Timestamp now = needs.clock.now();
    Transaction last = scene.transaction();
    last.stage = Stage::kFinished;
    last.user_id = person.user.id;
    const auto first = needs.transactions.advance(scene.transaction().stage, last);
    if (!first) {
        return unavailable_page(first.error());
    }
    if (!*first) {
        return over_page();
    }
    const std::string code = crypto::random_token();
    const auto stored = [&]() -> Result<void> {
        if (auto known = needs.known_clients.remember(scene.client, last.origin, now); !known) {
            return known;
        }
        if (auto kept = needs.consents.remember({.user_id = person.user.id,
                                                 .client_id = last.client_id,
                                                 .server = last.server,
                                                 .redirect_host = redirect_host(last.redirect_uri),
                                                 .scopes = last.scopes,
                                                 .given_at = now});
            !kept) {
            return kept;
        }
        return needs.codes.insert(crypto::token_digest(code),
                                  {.client_id = last.client_id,
                                   .redirect_uri = last.redirect_uri,
                                   .code_challenge = last.code_challenge,
                                   .origin = last.origin,
                                   .server = last.server,
                                   .user_id = person.user.id,
                                   .scopes = last.scopes,
                                   .connection_id = crypto::random_token(16),
                                   .auth_time = person.auth_time,
                                   .expires_at = now + scene.catalog->tokens.code_ttl});
    }();
    if (!stored) {
        telemetry::error("oauth", "no code could be issued: {}", describe(stored.error()));
        return redirect_error(return_of(last), {.code = "temporarily_unavailable",
                                                .description = "the gateway cannot store the "
                                                               "authorization now"});
    }
    return see_other(success_url(return_of(last), code));
}

http::Response end_with_error(const FlowParts& parts,
                              const Scene& scene,
                              const AuthorizeError& error) {
    Transaction last = scene.transaction();
    last.stage = Stage::kFinished;
    const auto first = parts.dependencies.transactions.advance(scene.transaction().stage, last);
    if (!first) {
        return unavailable_page(first.error());
    }
    if (!*first) {
        return over_page();
    }
    if (last.purpose == Purpose::kConnect) {
        if (error.words) {
            return words_page(*error.words);
        }
        return render(MessagePage{
            .status = error.code == "temporarily_unavailable" ? 503 : 400,
            .title = "The account was not connected",
            .paragraphs = {to_safe_ascii(error.description, 200) + ".", "Nothing was changed."},
            .links = {{.label = "Try again",
                       .href = "/connect/" + percent_encode(last.server),
                       .rel = {}}}});
    }
    return redirect_error(return_of(last), error);
}

}  // namespace gatehouse::oauth
