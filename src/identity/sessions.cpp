// SPDX-License-Identifier: Apache-2.0
#include "identity/sessions.h"

#include <algorithm>

#include "crypto/digest.h"
#include "crypto/random.h"

namespace gatehouse::identity {
namespace {

constexpr std::string_view kCookie = "gatehouse";
/// Writing at every click would buy nothing: the idle limit is counted in hours.
constexpr std::chrono::minutes kTouchEvery{5};

bool is_secure(std::string_view origin) {
    return origin.starts_with("https://");
}

}  // namespace

std::string cookie_name(std::string_view origin, std::string_view name) {
    return (is_secure(origin) ? "__Host-" : "") + std::string(name);
}

std::string set_cookie(std::string_view origin,
                       std::string_view name,
                       std::string_view value,
                       CookieLife life) {
    std::string cookie = cookie_name(origin, name);
    cookie += '=';
    cookie += life == CookieLife::kGone ? std::string_view() : value;
    cookie += "; Path=/; HttpOnly; SameSite=Lax";
    if (is_secure(origin)) {
        cookie += "; Secure";
    }
    if (life != CookieLife::kBrowser) {
        cookie += life == CookieLife::kGone ? "; Max-Age=0" : "; Max-Age=600";
    }
    return cookie;
}

const SignedIn* Visitor::find(std::string_view source) const {
    const auto it = std::ranges::find(session.people, source, &SignedIn::source);
    return it == session.people.end() ? nullptr : &*it;
}

Result<std::optional<Visitor>> Sessions::find(const http::Request& request) {
    auto cookie = http::get_cookie(request, cookie_name(request.origin, kCookie));
    if (!cookie || cookie->empty()) {
        return std::nullopt;
    }
    auto session = store_.find(crypto::token_digest(*cookie));
    if (!session) {
        if (session.error().code == ErrorCode::kNotFound) {
            return std::nullopt;
        }
        return std::unexpected(session.error());
    }
    const Timestamp now = clock_.now();
    if (now - session->last_used_at >= kSessionIdle) {
        return std::nullopt;
    }
    std::erase_if(session->people,
                  [&](const SignedIn& person) { return now - person.auth_time >= kSessionMost; });
    if (session->people.empty()) {
        return std::nullopt;
    }
    if (now - session->last_used_at >= kTouchEvery) {
        if (auto touched = store_.touch(session->digest, now); !touched) {
            return std::unexpected(touched.error());
        }
    }
    return Visitor{.cookie = Secret(*std::move(cookie)), .session = *std::move(session)};
}

Result<std::string> Sessions::sign_in(const http::Request& request,
                                      std::string_view source,
                                      std::string_view user_id) {
    auto before = find(request);
    if (!before) {
        return std::unexpected(before.error());
    }
    const Timestamp now = clock_.now();
    const std::string cookie = crypto::random_token();
    BrowserSession next{.digest = crypto::token_digest(cookie), .people = {}, .last_used_at = now};
    std::string old_digest;
    if (*before) {
        next.people = (*before)->session.people;
        old_digest = (*before)->session.digest;
    }
    std::erase_if(next.people, [&](const SignedIn& person) { return person.source == source; });
    next.people.push_back(
        {.source = std::string(source), .user_id = std::string(user_id), .auth_time = now});
    if (auto replaced = store_.replace(old_digest, next); !replaced) {
        return std::unexpected(replaced.error());
    }
    return set_cookie(request.origin, kCookie, cookie, CookieLife::kBrowser);
}

Result<std::string> Sessions::sign_out(const http::Request& request) {
    if (const auto cookie = http::get_cookie(request, cookie_name(request.origin, kCookie))) {
        if (auto removed = store_.remove(crypto::token_digest(*cookie)); !removed) {
            return std::unexpected(removed.error());
        }
    }
    return set_cookie(request.origin, kCookie, {}, CookieLife::kGone);
}

Result<void> Sessions::end_user(std::string_view user_id) {
    return store_.remove_user(user_id);
}

Result<void> Sessions::tidy() {
    return store_.remove_idle(clock_.now() - kSessionIdle);
}

}  // namespace gatehouse::identity
