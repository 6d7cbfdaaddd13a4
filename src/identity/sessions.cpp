// SPDX-License-Identifier: Apache-2.0
#include "identity/sessions.h"

#include <algorithm>

#include "base/strings.h"
#include "crypto/digest.h"
#include "crypto/random.h"

namespace gatehouse::identity {
namespace {

constexpr std::string_view kCookie = "gatehouse";
/// Writing at every click would buy nothing: the idle limit is counted in hours.
constexpr std::chrono::minutes kTouchEvery{5};
constexpr std::size_t kMaxUserAgent = 256;

bool is_over(const SignedIn& person, Timestamp now) {
    return now - person.signed_in_at >= kSessionMost;
}

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

std::string session_id(const BrowserSession& session) {
    return crypto::token_digest(session.digest).substr(0, 16);
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
    if (now - session->last_used_at >= kSessionIdle ||
        (!session->origin.empty() && session->origin != request.origin)) {
        return std::nullopt;
    }
    std::erase_if(session->people, [&](const SignedIn& person) { return is_over(person, now); });
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
                                      std::string_view user_id,
                                      std::optional<Timestamp> auth_time) {
    auto before = find(request);
    if (!before) {
        return std::unexpected(before.error());
    }
    const Timestamp now = clock_.now();
    const std::string cookie = crypto::random_token();
    BrowserSession next{
        .digest = crypto::token_digest(cookie),
        .people = {},
        .last_used_at = now,
        .origin = request.origin,
        .user_agent = sanitize_text(request.headers.get("User-Agent").value_or(""), kMaxUserAgent),
        .client_ip = request.client_ip};
    std::string old_digest;
    if (*before) {
        next.people = (*before)->session.people;
        old_digest = (*before)->session.digest;
    }
    std::erase_if(next.people, [&](const SignedIn& person) { return person.source == source; });
    next.people.push_back({.source = std::string(source),
                           .user_id = std::string(user_id),
                           .auth_time = std::min(auth_time.value_or(now), now),
                           .signed_in_at = now});
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
    return store_.remove_user(user_id, {});
}

Result<std::vector<SessionSummary>> Sessions::list(std::string_view user_id) {
    const auto sessions = store_.list(user_id);
    if (!sessions) {
        return std::unexpected(sessions.error());
    }
    const Timestamp now = clock_.now();
    std::vector<SessionSummary> living;
    for (const BrowserSession& session : *sessions) {
        const SignedIn& person = session.people.front();
        if (now - session.last_used_at < kSessionIdle && !is_over(person, now)) {
            living.push_back({.id = session_id(session),
                              .origin = session.origin,
                              .user_agent = session.user_agent,
                              .client_ip = session.client_ip,
                              .signed_in_at = person.signed_in_at,
                              .last_used_at = session.last_used_at});
        }
    }
    return living;
}

Result<bool> Sessions::end(std::string_view user_id, std::string_view id) {
    const auto sessions = store_.list(user_id);
    if (!sessions) {
        return std::unexpected(sessions.error());
    }
    const auto session = std::ranges::find(*sessions, id, session_id);
    return session == sessions->end() ? Result<bool>(false)
                                      : store_.remove_person(session->digest, user_id);
}

Result<void> Sessions::end_others(std::string_view user_id, const BrowserSession& kept) {
    return store_.remove_user(user_id, kept.digest);
}

Result<void> Sessions::tidy() {
    return store_.remove_idle(clock_.now() - kSessionIdle);
}

}  // namespace gatehouse::identity
