// SPDX-License-Identifier: Apache-2.0
#include "oauth/flow_provider.h"

#include <utility>

#include "base/encoding.h"
#include "base/strings.h"
#include "base/url.h"
#include "http/router.h"
#include "oauth/authorize_access.h"
#include "oauth/flow_steps.h"
#include "oauth/pages.h"
#include "telemetry/log.h"

namespace gatehouse::oauth {
namespace {

using Why = identity::ProviderFailure::Why;

std::string redirect_uri_of(std::string_view origin, std::string_view provider) {
    return std::string(origin) + "/sign-in/" + percent_encode(provider) + "/callback";
}

/// The entry that `{provider}` of a path names.
const catalog::OidcProvider* named_entry(const catalog::Catalog& catalog,
                                         std::string_view pattern,
                                         const http::Request& request) {
    const auto parameters = http::path_parameters(pattern, request.path);
    const auto name = parameters.empty() ? std::nullopt : percent_decode(parameters.front());
    return name ? catalog.find_oidc(*name) : nullptr;
}

std::string host_of(const catalog::OidcProvider& entry) {
    const auto url = parse_url(entry.issuer);
    return url ? url->host : entry.name;
}

/// A sign-in of one transaction at one provider.
struct Visit {
    const FlowParts& parts;
    const http::Request& request;
    const Walk& walk;
    const catalog::OidcProvider& entry;
};

/// True when the transaction may be signed in for at this provider.
bool is_way_of(const catalog::Catalog& catalog,
               const Transaction& transaction,
               const catalog::OidcProvider& entry) {
    if (transaction.server.empty()) {
        return transaction.purpose == Purpose::kSignIn;
    }
    const auto* server = catalog.find_server(transaction.server);
    return server != nullptr && server->sign_in == entry.name;
}

Link try_again(const Visit& visit) {
    return {.label = "Try again",
            .href = provider_url(visit.entry.name, visit.walk.transaction.id),
            .rel = {}};
}

Link use_other_account(const Visit& visit) {
    return {.label = "Use another account",
            .href = provider_url(visit.entry.name, visit.walk.transaction.id) + "&account=other",
            .rel = {}};
}

AuthorizeError unreachable(const Visit& visit) {
    return {.code = "temporarily_unavailable",
            .description = "the place where people sign in cannot be reached now",
            .words = ErrorWords{
                .status = 503,
                .title = "Signing in is not possible right now",
                .paragraphs = {"People sign in at " + host_of(visit.entry) +
                                   " here, and it does not answer as it should. Nothing is wrong "
                                   "with your account.",
                               "Try again in a minute. If it lasts, tell whoever runs this "
                               "gateway."},
                .links = {try_again(visit)}}};
}

AuthorizeError nonsense(const Visit& visit) {
    return {.code = "server_error",
            .description = "the place where people sign in gave an answer that cannot be used",
            .words = ErrorWords{
                .status = 502,
                .title = "The sign-in could not be checked",
                .paragraphs = {host_of(visit.entry) +
                                   " gave an answer that failed a check, so you are not signed "
                                   "in. Nothing has been allowed.",
                               "Try again. If it happens again, whoever runs this gateway finds "
                               "the reason in its log, request " +
                                   to_safe_ascii(visit.request.request_id, 64) + "."},
                .links = {try_again(visit)}}};
}

AuthorizeError not_admitted(const Visit& visit, std::string title, std::string reason) {
    return {.code = "access_denied",
            .description = "this account may not sign in here",
            .words = ErrorWords{.status = 403,
                                .title = std::move(title),
                                .paragraphs = {std::move(reason),
                                               "Nothing has been allowed. If you have another "
                                               "account there, use that one; otherwise ask "
                                               "whoever runs this gateway."},
                                .links = {use_other_account(visit)}}};
}

AuthorizeError error_of(const Visit& visit, Why why) {
    const std::string host = host_of(visit.entry);
    switch (why) {
        case Why::kDenied:
            return {.code = "access_denied",
                    .description = "the person did not sign in",
                    .words = ErrorWords{.status = 403,
                                        .title = "You are not signed in",
                                        .paragraphs = {"The sign-in at " + host +
                                                       " was called off or refused. Nothing has "
                                                       "been allowed."},
                                        .links = {try_again(visit)}}};
        case Why::kUnavailable:
            return unreachable(visit);
        case Why::kWrongDomain:
            return not_admitted(visit, "This account cannot be used here",
                                "Only people with an e-mail address at " +
                                    join(visit.entry.allowed_domains, " or ") +
                                    " may sign in here, and " + host +
                                    " says that yours is another.");
        case Why::kNotVerified:
            return not_admitted(visit, "Your e-mail address is not verified",
                                "Only people with a verified e-mail address at " +
                                    join(visit.entry.allowed_domains, " or ") +
                                    " may sign in here, and " + host +
                                    " does not say that yours is verified.");
        case Why::kBadCallback:
        case Why::kRejected:
            break;
    }
    return nonsense(visit);
}

/// To the client where it may hear of it at once (D04), else as a page.
http::Response refuse(const Visit& visit, const AuthorizeError& error) {
    if (visit.walk.transaction.purpose == Purpose::kAuthorize) {
        auto scene = set_scene(visit.parts, visit.request, visit.walk);
        return scene ? refuse_authorization(visit.parts, visit.request, scene->client,
                                            return_of(visit.walk.transaction), error)
                     : scene.error();
    }
    return words_page(error.words.value_or(ErrorWords{.title = "You are not signed in"}));
}

http::Response fail_sign_in(const Visit& visit, const AuthorizeError& error) {
    (void)visit.parts.record(visit.request,
                             {.name = "sign_in.failed",
                              .server = visit.walk.transaction.server,
                              .client = visit.walk.transaction.client_id,
                              .detail = {{"source", visit.entry.name}, {"reason", error.code}}});
    return refuse(visit, error);
}

/// D16: the provider may have let the person in on an old session although we asked it not to.
bool is_fresh_enough(const Visit& visit, const identity::ProviderAnswer& answer) {
    const Transaction& transaction = visit.walk.transaction;
    if (transaction.max_age && !answer.auth_time) {
        return false;  // OIDC Core §3.1.2.1 promises it
    }
    const Timestamp now = visit.parts.dependencies.clock.now();
    const Person person{
        .user = {}, .auth_time = answer.auth_time.value_or(now), .signed_in_at = now};
    return judge(transaction, person, now) == Freshness::kFresh;
}

AuthorizeError not_fresh(const Visit& visit) {
    return {.code = "login_required",
            .description = "the person was not asked to sign in again",
            .words = ErrorWords{
                .status = 403,
                .title = "A new sign-in is needed",
                .paragraphs = {"The app wants you to sign in anew, and " + host_of(visit.entry) +
                               " went on with an older sign-in. Sign out over "
                               "there, then try again."},
                .links = {try_again(visit)}}};
}

AuthorizeError disabled(const Visit& visit) {
    return not_admitted(visit, "This account is disabled",
                        "Whoever runs this gateway has disabled your account.");
}

http::Response admit(const Visit& visit, const identity::ProviderAnswer& answer) {
    const auto& [parts, request, walk, entry] = visit;
    if (!is_fresh_enough(visit, answer)) {
        return fail_sign_in(visit, not_fresh(visit));
    }
    const auto user = parts.dependencies.users.upsert_external(answer.person);
    if (!user) {
        return user.error().code == ErrorCode::kForbidden ? fail_sign_in(visit, disabled(visit))
               : user.error().code == ErrorCode::kInvalid ? fail_sign_in(visit, nonsense(visit))
                                                          : unavailable_page(user.error());
    }
    if (!parts.record(request, {.name = "sign_in",
                                .server = walk.transaction.server,
                                .user = user->id,
                                .client = walk.transaction.client_id,
                                .detail = {{"source", entry.name}}})) {
        return unrecorded_page();
    }
    if (auto kept = parts.dependencies.sign_in_tokens.keep(user->id, entry.name, answer.tokens);
        !kept) {
        return unavailable_page(kept.error());
    }
    const auto cookie =
        parts.dependencies.sessions.sign_in(request, entry.name, user->id, answer.auth_time);
    if (!cookie) {
        return unavailable_page(cookie.error());
    }
    auto response = see_other(where_next(walk.transaction));
    response.headers.add("Set-Cookie", *cookie);
    return response;
}

http::Response foreign_answer_page() {
    return bad_request_page(
        "This answer of a sign-in does not belong to anything that this browser started, or it "
        "was used already.");
}

}  // namespace

std::string provider_url(std::string_view provider, std::string_view transaction_id) {
    return "/sign-in/" + percent_encode(provider) +
           "?transaction=" + percent_encode(transaction_id);
}

identity::ProviderWishes wishes_of(const Transaction& transaction) {
    std::vector<std::string> prompts;
    if (transaction.asks(Prompt::kLogin)) {
        prompts.emplace_back("login");
    }
    if (transaction.asks(Prompt::kSelectAccount)) {
        prompts.emplace_back("select_account");
    }
    return {.prompt = join(prompts, " "),
            .login_hint = transaction.login_hint,
            .acr_values = transaction.acr_values,
            .ui_locales = transaction.ui_locales,
            .max_age = transaction.max_age};
}

std::string where_next(const Transaction& transaction) {
    switch (transaction.purpose) {
        case Purpose::kAuthorize:
            return "/authorize/" + transaction.id;
        case Purpose::kConnect:
            return "/connect/" + percent_encode(transaction.server) +
                   (transaction.state && transaction.stage == Stage::kOpen
                        ? "?e=" + percent_encode(*transaction.state)
                        : "");
        case Purpose::kSignIn:
            break;
    }
    return "/account";
}

http::Response leave_for_provider(const FlowParts& parts, const http::Request& request) {
    const auto catalog = parts.dependencies.catalog.get();
    const auto* entry = named_entry(*catalog, kProviderPattern, request);
    const auto query = parse_form(request.query);
    if (entry == nullptr || !query) {
        return not_found_page("There is no such way to sign in here.");
    }
    const auto walk = parts.walks.find(request, field(*query, "transaction"));
    if (!walk) {
        return walk.error();
    }
    if (!is_way_of(*catalog, walk->transaction, *entry)) {
        return over_page();
    }
    identity::ProviderWishes wishes = wishes_of(walk->transaction);
    if (field(*query, "account") == "other" && wishes.prompt.empty()) {
        wishes.prompt = "login";
    }
    const Visit visit{.parts = parts, .request = request, .walk = *walk, .entry = *entry};
    const auto url = parts.dependencies.providers.begin(
        {.provider = entry->name,
         .redirect_uri = redirect_uri_of(request.origin, entry->name),
         .transaction_id = walk->transaction.id,
         .browser_secret = walk->browser.reveal(),
         .wishes = std::move(wishes)});
    if (!url) {
        telemetry::warn("oauth", "nobody can sign in through {}: {}", entry->name,
                        describe(url.error()));
        return fail_sign_in(visit, unreachable(visit));
    }
    auto response = see_other(*url);
    // The way back takes as long as the person does over there.
    set_walk_cookie(response, *walk);
    return response;
}

http::Response return_from_provider(const FlowParts& parts, const http::Request& request) {
    const auto catalog = parts.dependencies.catalog.get();
    const auto* entry = named_entry(*catalog, kProviderCallbackPattern, request);
    const auto fields = parse_form(request.query);
    identity::ProviderSignIn& providers = parts.dependencies.providers;
    const auto transaction = entry != nullptr && fields
                                 ? providers.find_transaction(*fields)
                                 : fail(ErrorCode::kNotFound, "no such way to sign in");
    if (!transaction) {
        return transaction.error().code == ErrorCode::kNotFound
                   ? foreign_answer_page()
                   : unavailable_page(transaction.error());
    }
    const auto walk = parts.walks.find(request, *transaction);
    if (!walk) {
        return walk.error();
    }
    const auto answer = providers.complete(entry->name, *fields, walk->browser.reveal());
    const Visit visit{.parts = parts, .request = request, .walk = *walk, .entry = *entry};
    if (answer) {
        return is_way_of(*catalog, walk->transaction, *entry) ? admit(visit, *answer) : over_page();
    }
    telemetry::info("oauth", "a sign-in through {} failed (request {}): {}", entry->name,
                    request.request_id, answer.error().detail);
    return answer.error().why == Why::kBadCallback
               ? foreign_answer_page()
               : fail_sign_in(visit, error_of(visit, answer.error().why));
}

}  // namespace gatehouse::oauth
