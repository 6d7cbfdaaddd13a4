// SPDX-License-Identifier: Apache-2.0
#include "oauth/flow_steps.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/strings.h"
#include "oauth/authorize_access.h"
#include "oauth/flow_outcome.h"
#include "oauth/flow_pages.h"
#include "oauth/redirect_uri.h"

namespace gatehouse::oauth {
namespace {

constexpr std::chrono::seconds kClockSkew{60};

enum class Remembered { kNo, kYes };

/// C42: whoever can open a port or claim a scheme on the device can pose as such a client.
bool can_be_impersonated(const std::string& redirect_uri) {
    const auto kind = check_redirect_uri(redirect_uri);
    return !kind || *kind != RedirectKind::kWeb;
}

/// C29, C42: a document that says something else than at the last consent is another app's word.
Result<bool> is_as_agreed(const FlowParts& parts, const Scene& scene) {
    const Client& client = scene.client;
    if (client.kind != ClientKind::kMetadataDocument) {
        return true;
    }
    const auto known = parts.dependencies.known_clients.find(scene.server->origin, client.id);
    if (!known) {
        return known.error().code == ErrorCode::kNotFound ? Result<bool>(false)
                                                          : std::unexpected(known.error());
    }
    return known->name == client.name && known->redirect_uris == client.redirect_uris &&
           known->auth_method == client.auth_method && known->jwks == client.jwks &&
           known->jwks_uri == client.jwks_uri;
}

Result<Remembered> find_consent(const FlowParts& parts, const Scene& scene, const Person& person) {
    const Transaction& transaction = scene.transaction();
    if (transaction.asks(Prompt::kConsent) || can_be_impersonated(transaction.redirect_uri)) {
        return Remembered::kNo;
    }
    const auto consents = parts.dependencies.consents.list(person.user.id, transaction.client_id);
    if (!consents) {
        return std::unexpected(consents.error());
    }
    const auto same = is_as_agreed(parts, scene);
    if (!same || !*same) {
        return same ? Result<Remembered>(Remembered::kNo) : std::unexpected(same.error());
    }
    const std::string host = redirect_host(transaction.redirect_uri);
    const bool covered = std::ranges::any_of(*consents, [&](const Consent& consent) {
        return consent.server == scene.server->name && consent.redirect_host == host &&
               std::ranges::all_of(transaction.scopes, [&](const std::string& scope) {
                   return scope == kOfflineAccess || contains(consent.scopes, scope);
               });
    });
    return covered ? Remembered::kYes : Remembered::kNo;
}

/// True when the server needs a downstream account and has none of this person that will do.
Result<bool> needs_leg(const FlowParts& parts, const Scene& scene, const Person& person) {
    if (scene.profile == nullptr) {
        return false;
    }
    const auto usable = parts.dependencies.connector.has_grant(person.user.id, scene.server->name,
                                                               scene.transaction().scopes);
    return usable ? Result<bool>(!*usable) : std::unexpected(usable.error());
}

http::Response refuse(const FlowParts& parts, const Scene& scene, const AuthorizeError& error) {
    return refuse_authorization(parts, scene.request, scene.client, return_of(scene.transaction()),
                                error);
}

AuthorizeError needs_page(std::string_view code) {
    return {.code = std::string(code), .description = "a person has to look at a page first"};
}

/// An authorization that nobody has agreed to yet.
struct Open {
    const Person* person;  ///< null: a downstream sign-in will tell
    Remembered remembered = Remembered::kNo;
    bool leg = false;
};

http::Response ask_or_go_on(const FlowParts& parts, const Scene& scene, const Open& open) {
    // Only a click may lead to the downstream server, so that the browser follows the redirect.
    if (open.person != nullptr && open.remembered == Remembered::kYes && !open.leg) {
        return issue_code(parts, scene, *open.person);
    }
    if (scene.transaction().asks(Prompt::kNone)) {
        const std::string_view code = open.person == nullptr               ? "login_required"
                                      : open.remembered == Remembered::kNo ? "consent_required"
                                                                           : "interaction_required";
        return refuse(parts, scene, needs_page(code));
    }
    const bool downstream = scene.server->sign_in == kDownstream;
    return consent_page(scene, downstream ? nullptr : open.person, {});
}

http::Response step_with_person(const FlowParts& parts, const Scene& scene, const Person& person) {
    if (!may_authorize(scene.server->access, person.user)) {
        return refuse(parts, scene, access_denied(scene, person.user));
    }
    const auto remembered = find_consent(parts, scene, person);
    if (!remembered) {
        return unavailable_page(remembered.error());
    }
    const auto leg = needs_leg(parts, scene, person);
    if (!leg) {
        return unavailable_page(leg.error());
    }
    return ask_or_go_on(parts, scene, {.person = &person, .remembered = *remembered, .leg = *leg});
}

http::Response ask_for_server(const FlowParts& parts,
                              const http::Request& request,
                              const Walk& walk) {
    const Transaction& transaction = walk.transaction;
    const auto client = parts.dependencies.clients.find(transaction.origin, transaction.client_id);
    if (!client) {
        return unknown_client_page(
            guess_client(transaction.redirect_uri, request.headers.get("User-Agent").value_or("")));
    }
    if (transaction.asks(Prompt::kNone)) {
        return refuse_authorization(parts, request, *client, return_of(transaction),
                                    needs_page("interaction_required"));
    }
    return chooser_page(*parts.dependencies.catalog.get(), walk, *client);
}

}  // namespace

ErrorWords access_denied_words(const catalog::Server& server, const identity::User& user) {
    const std::string& title = title_of(server);
    std::vector<std::string> paragraphs{
        "You are signed in as " + display_name(user) + ", and " + title +
            " is open to certain people only. Nothing has been allowed.",
        "Ask whoever runs this gateway for access, or sign out and use another account."};
    // Rules look at verified addresses only, which nobody guesses by looking at the page.
    if (!user.email.empty() && !user.email_verified) {
        paragraphs.insert(paragraphs.begin() + 1,
                          "Your e-mail address is not verified, so it does not count here.");
    }
    return {.status = 403,
            .title = "You may not use " + title,
            .paragraphs = std::move(paragraphs),
            .links = {{.label = "Sign out", .href = "/sign-out", .rel = {}}}};
}

AuthorizeError access_denied(const Scene& scene, const identity::User& user) {
    return {.code = "access_denied",
            .description = "this account may not use " + title_of(*scene.server),
            .words = access_denied_words(*scene.server, user)};
}

Freshness judge(const Transaction& transaction, const Person& person, Timestamp now) {
    // Made for this very transaction; clocks of providers may go a little differently.
    const bool anew = person.signed_in_at > transaction.created_at &&
                      person.auth_time + kClockSkew > transaction.created_at;
    const bool aged = transaction.max_age && now - person.auth_time > *transaction.max_age;
    return !anew && (transaction.asks_for_sign_in() || aged) ? Freshness::kTooOld
                                                             : Freshness::kFresh;
}

http::Response refuse_authorization(const FlowParts& parts,
                                    const http::Request& request,
                                    const Client& client,
                                    const ClientReturn& to,
                                    const AuthorizeError& error) {
    if (client.kind == ClientKind::kPreregistered) {
        return redirect_error(to, error);
    }
    const auto visitor = parts.dependencies.sessions.find(request);
    if (!visitor) {
        return unavailable_page(visitor.error());
    }
    if (*visitor) {
        for (const auto& person : (*visitor)->session.people) {
            const auto consents = parts.dependencies.consents.list(person.user_id, client.id);
            const auto same_host = [&](const Consent& consent) {
                return consent.redirect_host == redirect_host(to.redirect_uri);
            };
            if (consents && std::ranges::any_of(*consents, same_host)) {
                return redirect_error(to, error);
            }
        }
    }
    return interstitial(to, error);
}

http::Response next_step(const FlowParts& parts, const http::Request& request, const Walk& walk) {
    const Transaction& transaction = walk.transaction;
    switch (transaction.purpose) {
        case Purpose::kSignIn:
            return see_other("/account");
        case Purpose::kConnect:
            return see_other("/connect/" + percent_encode(transaction.server));
        case Purpose::kAuthorize:
            break;
    }
    if (transaction.server.empty()) {
        return ask_for_server(parts, request, walk);
    }
    const auto scene = set_scene(parts, request, walk);
    return scene ? next_step(parts, *scene) : scene.error();
}

http::Response next_step(const FlowParts& parts, const Scene& scene) {
    const Transaction& transaction = scene.transaction();
    const auto found = parts.find_person(scene.request, sign_in_source(*scene.server));
    if (!found) {
        return unavailable_page(found.error());
    }
    const bool usable =
        *found && judge(transaction, **found, parts.dependencies.clock.now()) == Freshness::kFresh;
    if (scene.server->sign_in == kDownstream) {
        if (transaction.stage == Stage::kApproved) {
            return begin_leg(parts, scene, usable ? (*found)->user.id : std::string());
        }
        return usable ? step_with_person(parts, scene, **found)
                      : ask_or_go_on(parts, scene, {.person = nullptr});
    }
    if (!usable) {
        return transaction.asks(Prompt::kNone) ? refuse(parts, scene, needs_page("login_required"))
                                               : sign_in_page(scene);
    }
    if (transaction.stage == Stage::kApproved) {
        return transaction.user_id == (*found)->user.id ? after_approval(parts, scene, **found)
                                                        : over_page();
    }
    return step_with_person(parts, scene, **found);
}

http::Response after_approval(const FlowParts& parts, const Scene& scene, const Person& person) {
    const auto leg = needs_leg(parts, scene, person);
    if (!leg) {
        return unavailable_page(leg.error());
    }
    return *leg ? begin_leg(parts, scene, person.user.id) : issue_code(parts, scene, person);
}

}  // namespace gatehouse::oauth
