// SPDX-License-Identifier: Apache-2.0
#include "oauth/flow_sign_in.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/strings.h"
#include "oauth/authorize_access.h"
#include "oauth/flow_pages.h"
#include "oauth/flow_provider.h"
#include "oauth/flow_steps.h"
#include "oauth/pages.h"

namespace gatehouse::oauth {
namespace {

constexpr std::string_view kSignOutStep = "sign-out";
constexpr std::size_t kMaxShownName = 254;

bool is_any_way(const catalog::Catalog& catalog, std::string_view origin) {
    return catalog.local_sign_in || !catalog.oidc.empty() ||
           std::ranges::any_of(catalog.servers_of_origin(origin),
                               [](const auto* server) { return server->sign_in == kDownstream; });
}

/// The page again, with what went wrong.
http::Response try_again(const FlowParts& parts,
                         const http::Request& request,
                         const Walk& walk,
                         const SignInTrouble& trouble) {
    if (walk.transaction.server.empty()) {
        return ways_page(*parts.dependencies.catalog.get(), walk, trouble);
    }
    const auto scene = set_scene(parts, request, walk);
    return scene ? password_page(walk, *scene, trouble) : scene.error();
}

SignInTrouble explain(const identity::SignInRefusal& refusal) {
    using Why = identity::SignInRefusal::Why;
    switch (refusal.why) {
        case Why::kWrong:
            return {.status = 401,
                    .username = {},
                    .message = "The user name or the password is not right."};
        case Why::kDisabled:
            return {.status = 403,
                    .username = {},
                    .message = "This account is disabled. Ask whoever runs this gateway."};
        case Why::kThrottled:
            return {.status = 429,
                    .username = {},
                    .message = "There were too many wrong attempts. Try again in " +
                               std::to_string(refusal.retry_after.count()) + " seconds."};
        case Why::kUnavailable:
            break;
    }
    return {.status = 503,
            .username = {},
            .message = "Signing in is not possible right now. Try again in a minute."};
}

http::Response refuse_sign_in(const FlowParts& parts,
                              const http::Request& request,
                              const Walk& walk,
                              const identity::SignInRefusal& refusal,
                              std::string_view username) {
    // The name stays out of the record: people type passwords into the wrong field.
    (void)parts.record(request, {.name = "sign_in.failed",
                                 .server = walk.transaction.server,
                                 .client = walk.transaction.client_id,
                                 .detail = {{"source", identity::kLocalSource}}});
    SignInTrouble trouble = explain(refusal);
    trouble.username = sanitize_text(username, kMaxShownName);
    auto response = try_again(parts, request, walk, trouble);
    if (refusal.why == identity::SignInRefusal::Why::kThrottled) {
        response.headers.set("Retry-After", std::to_string(refusal.retry_after.count()));
    }
    return response;
}

std::string notice_for(const http::Request& request) {
    const auto query = parse_form(request.query);
    return query && field(*query, "done") == "reset"
               ? "Your new password is set. Sign in with it now."
               : "";
}

}  // namespace

http::Response show_sign_in(const FlowParts& parts, const http::Request& request) {
    const auto catalog = parts.dependencies.catalog.get();
    if (!is_any_way(*catalog, request.origin)) {
        return not_found_page("This gateway has no way to sign in here.");
    }
    const auto walk = parts.walks.open(request, {.purpose = Purpose::kSignIn});
    if (!walk) {
        return unavailable_page(walk.error());
    }
    auto response = ways_page(*catalog, *walk, {.notice = notice_for(request)});
    set_walk_cookie(response, *walk);
    drop_old_walk_cookies(response, request);
    return response;
}

http::Response sign_in(const FlowParts& parts, const http::Request& request) {
    const auto form = read_form(request);
    if (!form) {
        return bad_request_page("The browser sent a form that cannot be read.");
    }
    const auto walk = parts.walks.find_by_form(request, *form);
    if (!walk) {
        return walk.error();
    }
    if (!is_own_form(*walk, *form, {.step = kSignInStep, .user_id = {}})) {
        return over_page();
    }
    const auto method = field(*form, "method");
    if (!method.empty() && method != identity::kLocalSource) {
        return see_other(provider_url(method, walk->transaction.id));
    }
    if (!parts.dependencies.catalog.get()->local_sign_in) {
        return over_page();
    }
    const bool only_chosen = !method.empty() && field(*form, "username").empty();
    if (only_chosen) {
        return try_again(parts, request, *walk, {});
    }
    const auto username = field(*form, "username");
    const auto user = parts.dependencies.users.verify_password(
        username, Secret(std::string(field(*form, "password"))), request.client_ip);
    if (!user) {
        return refuse_sign_in(parts, request, *walk, user.error(), username);
    }
    if (!parts.record(request, {.name = "sign_in",
                                .server = walk->transaction.server,
                                .user = user->id,
                                .client = walk->transaction.client_id,
                                .detail = {{"source", identity::kLocalSource}}})) {
        return unrecorded_page();
    }
    const auto cookie =
        parts.dependencies.sessions.sign_in(request, identity::kLocalSource, user->id);
    if (!cookie) {
        return unavailable_page(cookie.error());
    }
    auto response = see_other(where_next(walk->transaction));
    response.headers.add("Set-Cookie", *cookie);
    return response;
}

http::Response show_sign_out(const FlowParts& parts, const http::Request& request) {
    const auto visitor = parts.dependencies.sessions.find(request);
    if (!visitor) {
        return unavailable_page(visitor.error());
    }
    if (!*visitor) {
        return render(MessagePage{.title = "Signed out",
                                  .paragraphs = {"Nobody is signed in with this browser. Apps that "
                                                 "you connected stay connected."},
                                  .links = {}});
    }
    return render(ConfirmPage{
        .title = "Sign out?",
        .paragraphs = {"Apps that you connected stay connected; you can end them on your account "
                       "page."},
        .action = "/sign-out",
        .button = "Sign out",
        .hidden = form_fields((*visitor)->cookie, kSignOutStep),
        .targets = {}});
}

http::Response sign_out(const FlowParts& parts, const http::Request& request) {
    const auto form = read_form(request);
    const auto visitor = parts.dependencies.sessions.find(request);
    if (!visitor) {
        return unavailable_page(visitor.error());
    }
    if (!*visitor) {
        return see_other("/sign-out");
    }
    if (!form || !is_own_form((*visitor)->cookie, *form, kSignOutStep)) {
        return over_page();
    }
    const auto cookie = parts.dependencies.sessions.sign_out(request);
    if (!cookie) {
        return unavailable_page(cookie.error());
    }
    for (const auto& person : (*visitor)->session.people) {
        (void)parts.record(
            request,
            {.name = "sign_out", .user = person.user_id, .detail = {{"source", person.source}}});
    }
    auto response = see_other("/sign-out");
    response.headers.add("Set-Cookie", *cookie);
    return response;
}

}  // namespace gatehouse::oauth
