// SPDX-License-Identifier: Apache-2.0
#include "admin/guard.h"

#include <algorithm>
#include <utility>

#include "admin/problem.h"
#include "base/strings.h"
#include "crypto/digest.h"

namespace gatehouse::admin {
namespace {

constexpr std::string_view kBearer = "bearer ";
constexpr std::string_view kAdminTokenName = "admin.token";

std::string_view bearer_of(const http::Request& request) {
    const auto fields = request.headers.get_all("Authorization");
    if (fields.size() != 1 || fields[0].size() <= kBearer.size() ||
        !iequals(fields[0].substr(0, kBearer.size()), kBearer)) {
        return {};
    }
    return trim(fields[0].substr(kBearer.size()));
}

bool only_reads(const http::Request& request) {
    return request.method == "GET" || request.method == "HEAD";
}

std::unexpected<http::Response> unauthorized() {
    http::Response refusal =
        problem(401, "Unauthorized", "send the admin token or an API key as a bearer token");
    refusal.headers.set("WWW-Authenticate", "Bearer");
    return std::unexpected(std::move(refusal));
}

/// Other ports of this machine are the same site to a browser, cookies and SameSite included.
bool comes_from_elsewhere(const http::Request& request) {
    const auto site = request.headers.get("Sec-Fetch-Site");
    return site && *site != "same-origin" && *site != "none";
}

}  // namespace

Guard::Guard(Secret admin_token,
             std::vector<std::string> hosts,
             const ApiKeys* keys,
             ConsoleSessions* sessions)
    : token_(std::make_shared<Token>()),
      hosts_(std::move(hosts)),
      keys_(keys),
      sessions_(sessions) {
    set_admin_token(std::move(admin_token));
}

void Guard::set_admin_token(Secret token) {
    auto next = std::make_shared<Token>();
    next->digest = crypto::token_digest(token.reveal());
    next->text = std::move(token);
    token_.set(std::move(next));
}

bool Guard::is_own_host(std::string_view host) const {
    return std::ranges::any_of(hosts_, [&](const std::string& own) { return iequals(own, host); });
}

std::optional<http::Response> Guard::misdirected(const http::Request& request) const {
    if (!is_own_host(request.headers.get("Host").value_or(""))) {
        return problem(421, "Misdirected Request", "this listener does not serve that host");
    }
    if (const auto origin = request.headers.get("Origin");
        origin && !(origin->starts_with("http://") && is_own_host(origin->substr(7)))) {
        return problem(403, "Forbidden", "requests from other origins are refused");
    }
    return std::nullopt;
}

Result<std::optional<Caller>> Guard::identify(std::string_view credential) const {
    const auto token = token_.get();
    // An empty token would match an empty credential.
    if (credential.empty()) {
        return std::nullopt;
    }
    if (!token->text.empty() && token->text.matches(credential)) {
        return Caller{.name = std::string(kAdminTokenName), .role = Role::kAdmin, .key_id = {}};
    }
    return keys_ == nullptr ? Result<std::optional<Caller>>()
                            : keys_->find(crypto::token_digest(credential));
}

Result<std::optional<Caller>> Guard::find(std::string_view digest) const {
    const auto token = token_.get();
    if (!token->text.empty() && constant_time_equal(token->digest, digest)) {
        return Caller{.name = std::string(kAdminTokenName), .role = Role::kAdmin, .key_id = {}};
    }
    return keys_ == nullptr ? Result<std::optional<Caller>>() : keys_->find(digest);
}

std::expected<Caller, http::Response> Guard::signed_in_caller(const http::Request& request) const {
    const auto session = sessions_ == nullptr ? std::nullopt : sessions_->find(request);
    if (!session) {
        return unauthorized();
    }
    if (comes_from_elsewhere(request)) {
        return std::unexpected(
            problem(403, "Forbidden", "requests from other origins are refused"));
    }
    if (!only_reads(request) &&
        !constant_time_equal(
            session->anti_forgery,
            request.headers.get(ConsoleSessions::kAntiForgeryHeader).value_or(""))) {
        return std::unexpected(problem(403, "Forbidden", "the anti-forgery token is missing"));
    }
    auto caller = find(session->credential_digest);
    if (!caller) {
        return std::unexpected(problem(caller.error()));
    }
    return *caller ? std::expected<Caller, http::Response>(**std::move(caller)) : unauthorized();
}

std::expected<Caller, http::Response> Guard::caller_of(const http::Request& request) const {
    if (!request.headers.get("Authorization")) {
        return signed_in_caller(request);
    }
    auto caller = identify(bearer_of(request));
    if (!caller) {
        return std::unexpected(problem(caller.error()));
    }
    return *caller ? std::expected<Caller, http::Response>(**std::move(caller)) : unauthorized();
}

http::Handler Guard::protect(Role least, http::Handler handler) const {
    return [this, least,
            handler = std::move(handler)](const http::Request& request) -> http::Response {
        if (auto refusal = misdirected(request)) {
            return *std::move(refusal);
        }
        auto caller = caller_of(request);
        if (!caller) {
            return std::move(caller.error());
        }
        if (caller->role < least) {
            return problem(403, "Forbidden",
                           "this needs the role " + std::string(role_name(least)) + ", not " +
                               std::string(role_name(caller->role)));
        }
        const ActingCaller acting(*caller);
        return handler(request);
    };
}

http::Handler Guard::protect(http::Handler handler) const {
    return [reading = protect(Role::kViewer, handler),
            changing = protect(Role::kOperator, handler)](const http::Request& request) {
        return only_reads(request) ? reading(request) : changing(request);
    };
}

http::Handler Guard::admit(http::Handler handler) const {
    return [this, handler = std::move(handler)](const http::Request& request) -> http::Response {
        auto refusal = misdirected(request);
        return refusal ? *std::move(refusal) : handler(request);
    };
}

}  // namespace gatehouse::admin
