// SPDX-License-Identifier: Apache-2.0
#include "oauth/callback.h"

#include <utility>

#include "base/encoding.h"
#include "base/strings.h"
#include "http/router.h"
#include "oauth/account_switch.h"
#include "oauth/authorize_access.h"
#include "oauth/flow_outcome.h"
#include "oauth/flow_pages.h"
#include "oauth/flow_steps.h"
#include "oauth/pages.h"
#include "telemetry/log.h"

namespace gatehouse::oauth {
namespace {

http::Response bad_callback_page() {
    return bad_request_page(
        "This answer of a sign-in does not belong to anything that this browser started, or it "
        "was used already.");
}

/// What came back, and for what.
struct Arrival {
    const FlowParts& parts;
    const Scene& scene;
    const LegResult& leg;
};

/// Somebody to connect the account to, and cookies that say so.
struct Owner {
    Person person;
    std::string cookie;  ///< Set-Cookie value of a new browser session, or empty
};

using Found = std::expected<Owner, http::Response>;

AuthorizeError leg_error(const Scene& scene, LegFailure failure) {
    const std::string& title = title_of(*scene.server);
    switch (failure) {
        case LegFailure::kDenied:
            return {.code = "access_denied",
                    .description = "access to the account behind " + title + " was not given"};
        case LegFailure::kUnavailable:
            return {.code = "temporarily_unavailable",
                    .description = "the server behind " + title + " cannot be reached now"};
        case LegFailure::kSignInOver:
            return {.code = "access_denied",
                    .description = "the server behind " + title + " does not accept your sign-in"};
        case LegFailure::kBadCallback:
        case LegFailure::kRejected:
            break;
    }
    return {.code = "server_error",
            .description = "the server behind " + title + " gave an answer that cannot be used"};
}

AuthorizeError unusable_identity(const Scene& scene) {
    return leg_error(scene, LegFailure::kRejected);
}

AuthorizeError account_disabled() {
    return {.code = "access_denied", .description = "this account is disabled"};
}

std::string account_name(const DownstreamIdentity& identity) {
    return sanitize_text(identity.email.empty()
                             ? (identity.name.empty() ? identity.subject : identity.name)
                             : identity.email,
                         200);
}

http::Response mismatch_page(const Arrival& arrival, const identity::User& user) {
    const std::string there = account_name(arrival.leg.identity.value_or(DownstreamIdentity{}));
    const Transaction& transaction = arrival.scene.transaction();
    return render(MessagePage{
        .status = 403,
        .title = "These are two different accounts",
        .paragraphs = {"Here you are signed in as " + display_name(user) + ", but at " +
                           downstream_host(*arrival.scene.profile) + " you are " + there + ".",
                       "They must belong to the same person. Nothing was stored. Sign out over "
                       "there, then try again with the right account."},
        .links = {{.label = "Try again",
                   .href = transaction.purpose == Purpose::kConnect
                               ? "/connect/" + percent_encode(transaction.server)
                               : "/authorize/" + transaction.id,
                   .rel = {}}}});
}

/// For somebody who followed another person's link to /connect (G36).
http::Response other_person_page() {
    return render(MessagePage{
        .status = 403,
        .title = "This link is not for you",
        .paragraphs = {"It was made for another person than the one who signed in over there. "
                       "Nothing was stored."},
        .links = {}});
}

bool is_same_user(const catalog::IdentityRule& rule,
                  const DownstreamIdentity& identity,
                  const identity::User& user) {
    switch (rule.same_user) {
        case catalog::SameUser::kOff:
            return true;
        case catalog::SameUser::kSubject:
            return !identity.subject.empty() && identity.subject == user.subject;
        case catalog::SameUser::kEmail:
            return identity.email_verified && user.email_verified && !user.email.empty() &&
                   iequals(identity.email, user.email);
    }
    return false;
}

bool record_failure(const Arrival& arrival, std::string_view user_id, std::string_view reason) {
    return arrival.parts.record(arrival.scene.request,
                                {.name = "grant.failed",
                                 .server = arrival.scene.server->name,
                                 .user = std::string(user_id),
                                 .client = arrival.scene.transaction().client_id,
                                 .detail = {{"reason", reason}}});
}

/// The downstream account is the identity (contract.md §11).
Found find_downstream_person(const Arrival& arrival) {
    const auto& [parts, scene, leg] = arrival;
    if (!leg.identity || leg.identity->subject.empty()) {
        return std::unexpected(end_with_error(parts, scene, unusable_identity(scene)));
    }
    const std::string source = sign_in_source(*scene.server);
    auto user =
        parts.dependencies.users.upsert_external({.source = source,
                                                  .subject = leg.identity->subject,
                                                  .email = leg.identity->email,
                                                  .name = leg.identity->name,
                                                  .email_verified = leg.identity->email_verified,
                                                  .groups = leg.identity->groups});
    if (!user) {
        const bool disabled = user.error().code == ErrorCode::kForbidden;
        (void)record_failure(arrival, {}, disabled ? "user disabled" : "user not stored");
        return std::unexpected(disabled ? end_with_error(parts, scene, account_disabled())
                                        : end_with_error(parts, scene, unusable_identity(scene)));
    }
    if (const std::string& expected = scene.transaction().user_id;
        !expected.empty() && expected != user->id) {
        const auto known = parts.dependencies.users.find(expected);
        (void)record_failure(arrival, expected, "other account");
        if (!known) {
            return std::unexpected(over_page());
        }
        // Only who is signed in here is named: a link to /connect says nothing about its person.
        const auto here = parts.find_person(scene.request, source);
        return std::unexpected(here && *here && (*here)->user.id == expected
                                   ? mismatch_page(arrival, *known)
                                   : other_person_page());
    }
    if (!may_authorize(scene.server->access, *user)) {
        (void)record_failure(arrival, user->id, "not on the access lists");
        return std::unexpected(end_with_error(parts, scene, access_denied(scene, *user)));
    }
    if (!parts.record(scene.request, {.name = "sign_in",
                                      .server = scene.server->name,
                                      .user = user->id,
                                      .client = scene.transaction().client_id,
                                      .detail = {{"source", source}}})) {
        return std::unexpected(unrecorded_page());
    }
    auto cookie = parts.dependencies.sessions.sign_in(scene.request, source, user->id);
    if (!cookie) {
        return std::unexpected(unavailable_page(cookie.error()));
    }
    const Timestamp now = parts.dependencies.clock.now();
    return Owner{.person = {.user = *std::move(user), .auth_time = now, .signed_in_at = now},
                 .cookie = *std::move(cookie)};
}

/// Somebody who signed in here before and must still be the one (G12, I26).
Found find_local_person(const Arrival& arrival) {
    const auto& [parts, scene, leg] = arrival;
    auto person = parts.find_person(scene.request, sign_in_source(*scene.server));
    if (!person) {
        return std::unexpected(unavailable_page(person.error()));
    }
    if (!*person || (*person)->user.id != scene.transaction().user_id) {
        return std::unexpected(over_page());
    }
    const catalog::IdentityRule& rule = scene.profile->identity;
    if (rule.same_user != catalog::SameUser::kOff && !leg.identity) {
        (void)record_failure(arrival, (*person)->user.id, "no identity");
        return std::unexpected(end_with_error(parts, scene, unusable_identity(scene)));
    }
    if (rule.same_user != catalog::SameUser::kOff &&
        !is_same_user(rule, *leg.identity, (*person)->user)) {
        (void)record_failure(arrival, (*person)->user.id, "other account");
        return std::unexpected(mismatch_page(arrival, (*person)->user));
    }
    return Owner{.person = **std::move(person), .cookie = {}};
}

/// Of a person who was not known when the leg began: the grant that came may be narrower than what
/// the person's other clients there may do, and there is but one. Then the leg goes on once more,
/// for all of it; what came serves meanwhile (G11).
std::optional<http::Response> ask_for_the_rest(const Arrival& arrival, const Owner& owner) {
    const auto& [parts, scene, leg] = arrival;
    if (scene.server->sign_in != kDownstream || !scene.transaction().user_id.empty() ||
        scene.transaction().purpose != Purpose::kAuthorize) {
        return std::nullopt;
    }
    const auto wanted = scopes_of_leg(parts, scene, owner.person.user.id);
    const auto covered = wanted ? parts.dependencies.connector.has_grant(
                                      owner.person.user.id, scene.server->name, *wanted)
                                : Result<bool>(true);
    const auto own = parts.dependencies.connector.has_grant(
        owner.person.user.id, scene.server->name, scene.transaction().scopes);
    // What the server did not give for this client it would not give now.
    if (!covered || *covered || !own || !*own) {
        return std::nullopt;
    }
    Scene next = scene;
    next.walk.transaction.user_id = owner.person.user.id;
    const auto kept = parts.dependencies.transactions.advance(Stage::kApproved, next.transaction());
    if (!kept || !*kept) {
        return std::nullopt;
    }
    return begin_leg(parts, next, owner.person.user.id);
}

/// The grant becomes the person's, and the client gets its code.
http::Response adopt(const Arrival& arrival, const Owner& owner) {
    const auto& [parts, scene, leg] = arrival;
    if (!parts.record(scene.request, {.name = "grant.connected",
                                      .server = scene.server->name,
                                      .user = owner.person.user.id,
                                      .client = scene.transaction().client_id,
                                      .detail = {{"profile", scene.profile->name}}})) {
        parts.dependencies.connector.discard(leg.pending_grant);
        return unrecorded_page();
    }
    if (auto adopted = parts.dependencies.connector.adopt(leg.pending_grant, owner.person.user.id);
        !adopted) {
        if (adopted.error().code == ErrorCode::kConflict) {
            return switch_page(
                parts, scene,
                {.person = owner.person,
                 .pending_grant = leg.pending_grant,
                 .account = account_name(leg.identity.value_or(DownstreamIdentity{}))});
        }
        telemetry::error("oauth", "a grant was not stored: {}", describe(adopted.error()));
        parts.dependencies.connector.discard(leg.pending_grant);
        return end_with_error(parts, scene,
                              {.code = "temporarily_unavailable",
                               .description = "the gateway cannot store the grant now"});
    }
    if (auto more = ask_for_the_rest(arrival, owner)) {
        return std::move(*more);
    }
    return scene.transaction().purpose == Purpose::kConnect
               ? connected_page(parts, scene)
               : issue_code(parts, scene, owner.person);
}

http::Response arrive(const Arrival& arrival) {
    auto owner = arrival.scene.server->sign_in == kDownstream ? find_downstream_person(arrival)
                                                              : find_local_person(arrival);
    if (!owner) {
        arrival.parts.dependencies.connector.discard(arrival.leg.pending_grant);
        return owner.error();
    }
    auto response = adopt(arrival, *owner);
    if (!owner->cookie.empty()) {
        response.headers.add("Set-Cookie", owner->cookie);
    }
    return response;
}

http::Response fail_leg(const FlowParts& parts,
                        const http::Request& request,
                        const LegError& error) {
    telemetry::info("oauth", "a downstream leg failed: {}", error.detail);
    if (error.failure == LegFailure::kBadCallback) {
        return bad_callback_page();
    }
    auto walk = parts.walks.find(request, error.transaction_id);
    if (!walk) {
        return walk.error();
    }
    const auto scene = set_scene(parts, request, *std::move(walk));
    if (!scene) {
        return scene.error();
    }
    if (scene->transaction().stage != Stage::kApproved) {
        return over_page();
    }
    return refuse_account(parts, *scene, error.failure);
}

http::Response accept_leg(const FlowParts& parts,
                          const http::Request& request,
                          const LegResult& leg) {
    const auto scene = [&]() -> std::expected<Scene, http::Response> {
        auto walk = parts.walks.find(request, leg.transaction_id);
        return walk ? set_scene(parts, request, *std::move(walk))
                    : std::unexpected(std::move(walk.error()));
    }();
    if (!scene || scene->transaction().stage != Stage::kApproved || scene->profile == nullptr ||
        scene->server->name != leg.server) {
        parts.dependencies.connector.discard(leg.pending_grant);
        return scene ? over_page() : scene.error();
    }
    return accept_account(parts, *scene, leg);
}

}  // namespace

http::Response accept_account(const FlowParts& parts, const Scene& scene, const LegResult& leg) {
    return arrive({.parts = parts, .scene = scene, .leg = leg});
}

http::Response refuse_account(const FlowParts& parts, const Scene& scene, LegFailure failure) {
    const AuthorizeError told = leg_error(scene, failure);
    (void)parts.record(scene.request, {.name = "grant.failed",
                                       .server = scene.server->name,
                                       .user = scene.transaction().user_id,
                                       .client = scene.transaction().client_id,
                                       .detail = {{"reason", told.code}}});
    return end_with_error(parts, scene, told);
}

http::Response complete_leg(const FlowParts& parts, const http::Request& request) {
    const auto fields = parse_form(request.query);
    const auto path = http::path_parameters(kCallbackPattern, request.path);
    const auto profile = path.empty() ? std::nullopt : percent_decode(path.front());
    if (!fields || !profile || field(*fields, "state").empty()) {
        return bad_callback_page();
    }
    DownstreamConnector& connector = parts.dependencies.connector;
    const std::string name = connector.cookie_name(field(*fields, "state"));
    const auto secret = http::get_cookie(request, identity::cookie_name(request.origin, name));
    if (!secret || secret->empty()) {
        return bad_callback_page();
    }
    const auto leg = connector.complete(*profile, *fields, *secret);
    auto response = leg ? accept_leg(parts, request, *leg) : fail_leg(parts, request, leg.error());
    response.headers.add(
        "Set-Cookie", identity::set_cookie(request.origin, name, {}, identity::CookieLife::kGone));
    return response;
}

}  // namespace gatehouse::oauth
