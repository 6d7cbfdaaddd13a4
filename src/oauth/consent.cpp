// SPDX-License-Identifier: Apache-2.0
#include "oauth/consent.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "oauth/authorize_access.h"
#include "oauth/flow_outcome.h"
#include "oauth/flow_pages.h"
#include "oauth/flow_steps.h"

namespace gatehouse::oauth {
namespace {

/// A decision that may count: who made it, about what.
struct Decision {
    const FlowParts& parts;
    const Scene& scene;
    const FormFields& form;
    const Person* person;  ///< null where the downstream sign-in is to say
};

audit::Event consent_event(const Decision& decision, std::string_view name) {
    return {.name = std::string(name),
            .server = decision.scene.server->name,
            .user = decision.person == nullptr ? std::string() : decision.person->user.id,
            .client = decision.scene.transaction().client_id};
}

http::Response deny(const Decision& decision) {
    (void)decision.parts.record(decision.scene.request, consent_event(decision, "consent.denied"));
    return end_with_error(decision.parts, decision.scene,
                          {.code = "access_denied", .description = "the person said no"});
}

/// The scopes of the transaction that were left ticked; never any other.
std::vector<std::string> granted_scopes(const Transaction& transaction, const FormFields& form) {
    std::vector<std::string> granted;
    for (const std::string& scope : transaction.scopes) {
        const bool ticked = std::ranges::any_of(form, [&](const auto& entry) {
            return entry.first == "scope" && entry.second == scope;
        });
        if (ticked || scope == kOfflineAccess) {
            granted.push_back(scope);
        }
    }
    return granted;
}

bool is_empty_choice(const std::vector<std::string>& shown,
                     const std::vector<std::string>& granted) {
    const auto counts = [](const std::string& scope) { return scope != kOfflineAccess; };
    return std::ranges::any_of(shown, counts) && std::ranges::none_of(granted, counts);
}

http::Response allow(const Decision& decision) {
    const auto& [parts, scene, form, person] = decision;
    if (person != nullptr && !may_authorize(scene.server->access, person->user)) {
        return end_with_error(parts, scene, access_denied(scene, person->user));
    }
    Scene approved = scene;
    Transaction& next = approved.walk.transaction;
    next.stage = Stage::kApproved;
    next.scopes = granted_scopes(scene.transaction(), form);
    next.user_id = person == nullptr ? std::string() : person->user.id;
    next.expires_at = parts.dependencies.clock.now() + kTransactionLife;
    if (is_empty_choice(scene.transaction().scopes, next.scopes)) {
        return consent_page(scene, person, "Leave at least one box ticked, or choose Deny.");
    }
    audit::Event event = consent_event(decision, "consent.allowed");
    event.detail = {{"scope", join(next.scopes, " ")}};
    if (!parts.record(scene.request, std::move(event))) {
        return unrecorded_page();
    }
    const auto first = parts.dependencies.transactions.advance(Stage::kOpen, next);
    if (!first) {
        return unavailable_page(first.error());
    }
    if (!*first) {
        return over_page();
    }
    return person == nullptr ? begin_leg(parts, approved, {})
                             : after_approval(parts, approved, *person);
}

}  // namespace

http::Response decide(const FlowParts& parts, const http::Request& request) {
    const auto form = read_form(request);
    if (!form) {
        return bad_request_page("The browser sent a form that cannot be read.");
    }
    auto walk = parts.walks.find_by_form(request, *form);
    if (!walk) {
        return walk.error();
    }
    if (walk->transaction.purpose != Purpose::kAuthorize ||
        walk->transaction.stage != Stage::kOpen || walk->transaction.server.empty()) {
        return over_page();
    }
    const auto scene = set_scene(parts, request, *std::move(walk));
    if (!scene) {
        return scene.error();
    }
    std::optional<Person> person;
    if (scene->server->sign_in != kDownstream) {
        auto found = parts.find_person(request, sign_in_source(*scene->server));
        if (!found) {
            return unavailable_page(found.error());
        }
        person = *std::move(found);
        if (!person) {
            return over_page();
        }
    }
    // The field names the person of the page: a form of Alice's is none of Bob's.
    const std::string_view user_id = person ? std::string_view(person->user.id) : "";
    if (!is_own_form(scene->walk, *form, {.step = kConsentStep, .user_id = user_id})) {
        return over_page();
    }
    if (person && judge(scene->transaction(), *person, parts.dependencies.clock.now()) ==
                      Freshness::kTooOld) {
        return next_step(parts, *scene);
    }
    const Decision decision{
        .parts = parts, .scene = *scene, .form = *form, .person = person ? &*person : nullptr};
    const auto choice = field(*form, "decision");
    if (choice == "deny") {
        return deny(decision);
    }
    return choice == "allow" ? allow(decision)
                             : bad_request_page("The browser sent neither Allow nor Deny.");
}

}  // namespace gatehouse::oauth
