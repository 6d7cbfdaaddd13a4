// SPDX-License-Identifier: Apache-2.0
#include "oauth/exchanged_account.h"

#include "oauth/authorize_access.h"
#include "oauth/callback.h"
#include "oauth/flow_outcome.h"
#include "oauth/flow_provider.h"
#include "oauth/pages.h"
#include "telemetry/log.h"

namespace gatehouse::oauth {
namespace {

// Signing in leads back to the page to connect an account, which begins another walk.
constexpr std::chrono::seconds kWayBack{60};

/// A new sign-in would bring no better token.
bool is_just_signed_in(const FlowParts& parts, const Scene& scene, const Person& person) {
    const Transaction& transaction = scene.transaction();
    return person.signed_in_at > transaction.created_at ||
           (transaction.purpose == Purpose::kConnect &&
            parts.dependencies.clock.now() - person.signed_in_at < kWayBack);
}

}  // namespace

http::Response exchange_account(const FlowParts& parts,
                                const Scene& scene,
                                std::string_view user_id) {
    const auto person = parts.find_person(scene.request, sign_in_source(*scene.server));
    if (!person) {
        return unavailable_page(person.error());
    }
    if (!*person || (*person)->user.id != user_id) {
        return over_page();
    }
    const auto scopes = scopes_of_leg(parts, scene, user_id);
    if (!scopes) {
        return unavailable_page(scopes.error());
    }
    const Transaction& transaction = scene.transaction();
    const auto leg = parts.dependencies.connector.exchange(
        {.server = scene.server->name, .scopes = *scopes, .transaction_id = transaction.id},
        user_id);
    if (leg) {
        return accept_account(parts, scene, *leg);
    }
    telemetry::info("oauth", "no account for a sign-in: {}", leg.error().detail);
    if (leg.error().failure != LegFailure::kSignInOver ||
        is_just_signed_in(parts, scene, **person)) {
        return refuse_account(parts, scene, leg.error().failure);
    }
    auto response = see_other(provider_url(scene.server->sign_in, transaction.id));
    set_walk_cookie(response, scene.walk);
    return response;
}

}  // namespace gatehouse::oauth
