// SPDX-License-Identifier: Apache-2.0
#include "oauth/account_password.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "oauth/account_visit.h"
#include "oauth/authorize_access.h"
#include "oauth/pages.h"

namespace gatehouse::oauth {
namespace {

constexpr std::string_view kPasswordStep = "password";
constexpr std::string_view kResetStep = "reset";
constexpr std::size_t kMinPassword = 8;
constexpr std::size_t kMaxPassword = 1024;

const Person* find_local(const Account& account) {
    const auto it = std::ranges::find_if(account.people, [](const Person& person) {
        return person.user.source == identity::kLocalSource;
    });
    return it == account.people.end() ? nullptr : &*it;
}

http::Response no_password_page() {
    return not_found_page("You have no password here: you sign in somewhere else.");
}

/// How an earlier attempt went.
struct Trouble {
    int status = 200;
    std::string message;
};

http::Response password_page(const Account& account, const Person& person, const Trouble& trouble) {
    return render(PasswordPage{.status = trouble.status,
                               .title = "Change your password",
                               .user = display_name(person.user),
                               .username = person.user.subject,
                               .action = "/account/password",
                               .button = "Change password",
                               .asks_current = true,
                               .error = trouble.message,
                               .hidden = form_fields(account.visitor.cookie, kPasswordStep)});
}

Trouble explain(const identity::SignInRefusal& refusal) {
    using Why = identity::SignInRefusal::Why;
    if (refusal.why == Why::kThrottled) {
        return {.status = 429,
                .message = "There were too many wrong attempts. Try again in " +
                           std::to_string(refusal.retry_after.count()) + " seconds."};
    }
    return refusal.why == Why::kUnavailable
               ? Trouble{.status = 503, .message = "Not possible right now. Try again in a minute."}
               : Trouble{.status = 403, .message = "The current password is not right."};
}

/// Durable, and a new session for this browser, as at every proof of who somebody is (I25).
http::Response store_password(const FlowParts& parts,
                              const http::Request& request,
                              const Account& account,
                              const Person& person,
                              const Secret& password) {
    const FlowDependencies& needs = parts.dependencies;
    const std::string& id = person.user.id;
    if (!parts.record(request,
                      {.name = "password.changed", .user = id, .detail = {{"by", "user"}}})) {
        return unrecorded_page();
    }
    if (auto set = needs.users.set_password(id, password); !set) {
        return unavailable_page(set.error());
    }
    if (auto gone = needs.resets.forget(id); !gone) {
        return unavailable_page(gone.error());
    }
    if (auto ended = needs.sessions.end_others(id, account.visitor.session); !ended) {
        return unavailable_page(ended.error());
    }
    const auto cookie = needs.sessions.sign_in(request, identity::kLocalSource, id);
    if (!cookie) {
        return unavailable_page(cookie.error());
    }
    auto response = see_other("/account?done=password");
    response.headers.add("Set-Cookie", *cookie);
    return response;
}

http::Response reset_page(const Walk& walk, std::string_view token, const Trouble& trouble) {
    auto hidden = form_fields(walk, {.step = kResetStep, .user_id = {}});
    hidden.push_back({.name = "token", .value = std::string(token)});
    return render(PasswordPage{.status = trouble.status,
                               .title = "Choose a new password",
                               .user = {},
                               .username = {},
                               .action = "/sign-in/reset",
                               .button = "Set password",
                               .asks_current = false,
                               .error = trouble.message,
                               .hidden = std::move(hidden)});
}

http::Response dead_link_page() {
    return render(MessagePage{
        .status = 403,
        .title = "This link is no longer valid",
        .paragraphs = {"It was used already, is too old, or there is a newer one. Nothing was "
                       "changed.",
                       "Ask whoever runs this gateway for another link."},
        .links = {}});
}

http::Response set_by_link(const FlowParts& parts,
                           const http::Request& request,
                           const std::string& user_id,
                           const Secret& password) {
    const FlowDependencies& needs = parts.dependencies;
    if (!parts.record(
            request,
            {.name = "password.changed", .user = user_id, .detail = {{"by", "reset link"}}})) {
        return unrecorded_page();
    }
    if (auto set = needs.users.set_password(user_id, password); !set) {
        return set.error().code == ErrorCode::kNotFound ? dead_link_page()
                                                        : unavailable_page(set.error());
    }
    if (auto ended = needs.sessions.end_user(user_id); !ended) {
        return unavailable_page(ended.error());
    }
    return see_other("/sign-in?done=reset");
}

}  // namespace

std::string password_problem(std::string_view password, std::string_view again) {
    if (password.size() < kMinPassword) {
        return "The new password needs at least 8 characters.";
    }
    if (password.size() > kMaxPassword) {
        return "The new password is too long.";
    }
    return again.empty() || again == password ? std::string()
                                              : "The two new passwords are not the same.";
}

http::Response show_password(const FlowParts& parts, const http::Request& request) {
    const auto account = find_account(parts, request);
    if (!account) {
        return account.error();
    }
    const Person* person = find_local(*account);
    return person == nullptr ? no_password_page() : password_page(*account, *person, {});
}

http::Response change_password(const FlowParts& parts, const http::Request& request) {
    const auto form = read_form(request);
    const auto account = find_account(parts, request);
    if (!account) {
        return account.error();
    }
    if (!form || !is_own_form(account->visitor.cookie, *form, kPasswordStep)) {
        return over_page();
    }
    const Person* person = find_local(*account);
    if (person == nullptr) {
        return no_password_page();
    }
    const auto password = field(*form, "new_password");
    if (auto problem = password_problem(password, field(*form, "new_password_again"));
        !problem.empty()) {
        return password_page(*account, *person, {.status = 400, .message = std::move(problem)});
    }
    const auto verified = parts.dependencies.users.verify_password(
        person->user.subject, Secret(std::string(field(*form, "current_password"))),
        request.client_ip);
    if (!verified || verified->id != person->user.id) {
        (void)parts.record(request, {.name = "password.refused", .user = person->user.id});
        return password_page(*account, *person,
                             explain(verified ? identity::SignInRefusal{} : verified.error()));
    }
    return store_password(parts, request, *account, *person, Secret(std::string(password)));
}

http::Response show_reset(const FlowParts& parts, const http::Request& request) {
    const auto query = parse_form(request.query);
    const auto token = query ? field(*query, "token") : std::string_view();
    const auto user_id = parts.dependencies.resets.find(token);
    if (!user_id) {
        return user_id.error().code == ErrorCode::kNotFound ? dead_link_page()
                                                            : unavailable_page(user_id.error());
    }
    const auto walk = parts.walks.open(request, {.purpose = Purpose::kSignIn});
    if (!walk) {
        return unavailable_page(walk.error());
    }
    auto response = reset_page(*walk, token, {});
    set_walk_cookie(response, *walk);
    drop_old_walk_cookies(response, request);
    return response;
}

http::Response reset_password(const FlowParts& parts, const http::Request& request) {
    const auto form = read_form(request);
    if (!form) {
        return bad_request_page("The browser sent a form that cannot be read.");
    }
    const auto walk = parts.walks.find_by_form(request, *form);
    if (!walk) {
        return walk.error();
    }
    if (!is_own_form(*walk, *form, {.step = kResetStep, .user_id = {}})) {
        return over_page();
    }
    const auto token = field(*form, "token");
    const auto password = field(*form, "new_password");
    // Before the link is used up.
    if (auto problem = password_problem(password, field(*form, "new_password_again"));
        !problem.empty()) {
        return reset_page(*walk, token, {.status = 400, .message = std::move(problem)});
    }
    const auto user_id = parts.dependencies.resets.take(token);
    if (!user_id) {
        return user_id.error().code == ErrorCode::kNotFound ? dead_link_page()
                                                            : unavailable_page(user_id.error());
    }
    return set_by_link(parts, request, *user_id, Secret(std::string(password)));
}

}  // namespace gatehouse::oauth
