// SPDX-License-Identifier: Apache-2.0
#include "oauth/account_register.h"

#include <utility>

#include "base/strings.h"
#include "oauth/account_password.h"
#include "oauth/flow_provider.h"
#include "oauth/pages.h"

namespace gatehouse::oauth {
namespace {

constexpr std::string_view kRegisterStep = "register";
constexpr std::size_t kMaxShown = 254;

/// What was typed, and what is wrong with it.
struct Attempt {
    int status = 200;
    std::string username, email, problem;
};

http::Response register_page(const Walk& walk, const Attempt& attempt) {
    return render(
        RegisterPage{.status = attempt.status,
                     .username = attempt.username,
                     .email = attempt.email,
                     .error = attempt.problem,
                     .hidden = form_fields(walk, {.step = kRegisterStep, .user_id = {}})});
}

http::Response not_offered() {
    return not_found_page("Accounts are made by whoever runs this gateway. Ask there.");
}

Attempt attempt_of(const FormFields& form) {
    return {.status = 400,
            .username = sanitize_text(field(form, "username"), kMaxShown),
            .email = sanitize_text(field(form, "email"), kMaxShown)};
}

http::Response welcome(const FlowParts& parts,
                       const http::Request& request,
                       const Walk& walk,
                       const identity::User& user) {
    if (!parts.record(request, {.name = "user.registered",
                                .server = walk.transaction.server,
                                .user = user.id,
                                .client = walk.transaction.client_id})) {
        return unrecorded_page();
    }
    const auto cookie =
        parts.dependencies.sessions.sign_in(request, identity::kLocalSource, user.id);
    if (!cookie) {
        return unavailable_page(cookie.error());
    }
    auto response = see_other(where_next(walk.transaction));
    response.headers.add("Set-Cookie", *cookie);
    return response;
}

}  // namespace

http::Response show_register(const FlowParts& parts, const http::Request& request) {
    if (!parts.dependencies.catalog.get()->self_register) {
        return not_offered();
    }
    const auto query = parse_form(request.query);
    const auto id = query ? field(*query, "transaction") : std::string_view();
    if (!id.empty()) {
        const auto walk = parts.walks.find(request, id);
        return walk ? register_page(*walk, {}) : walk.error();
    }
    const auto walk = parts.walks.open(request, {.purpose = Purpose::kSignIn});
    if (!walk) {
        return unavailable_page(walk.error());
    }
    auto response = register_page(*walk, {});
    set_walk_cookie(response, *walk);
    drop_old_walk_cookies(response, request);
    return response;
}

http::Response register_person(const FlowParts& parts, const http::Request& request) {
    const auto form = read_form(request);
    if (!form) {
        return bad_request_page("The browser sent a form that cannot be read.");
    }
    const auto walk = parts.walks.find_by_form(request, *form);
    if (!walk) {
        return walk.error();
    }
    if (!is_own_form(*walk, *form, {.step = kRegisterStep, .user_id = {}})) {
        return over_page();
    }
    if (!parts.dependencies.catalog.get()->self_register) {
        return not_offered();
    }
    Attempt attempt = attempt_of(*form);
    identity::SelfRegistration& registration = parts.dependencies.registration;
    if (const auto wait = registration.wait(request.client_ip); wait.count() > 0) {
        attempt.status = 429;
        attempt.problem = "Many accounts were made from here. Try again in " +
                          std::to_string(wait.count()) + " seconds.";
        auto response = register_page(*walk, attempt);
        response.headers.set("Retry-After", std::to_string(wait.count()));
        return response;
    }
    const auto password = field(*form, "password");
    attempt.problem = password_problem(password, {});
    if (!attempt.problem.empty()) {
        return register_page(*walk, attempt);
    }
    const auto user = registration.add({.name = std::string(field(*form, "username")),
                                        .email = std::string(field(*form, "email")),
                                        .password = Secret(std::string(password))},
                                       request.client_ip);
    if (user) {
        return welcome(parts, request, *walk, *user);
    }
    if (user.error().code == ErrorCode::kUnavailable) {
        return unavailable_page(user.error());
    }
    attempt.status = user.error().code == ErrorCode::kConflict ? 409 : 400;
    attempt.problem = user.error().code == ErrorCode::kConflict
                          ? "This user name is taken. Choose another one."
                          : "This does not work: " + user.error().message + ".";
    return register_page(*walk, attempt);
}

}  // namespace gatehouse::oauth
