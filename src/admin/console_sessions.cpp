// SPDX-License-Identifier: Apache-2.0
#include "admin/console_sessions.h"

#include <algorithm>

#include "crypto/digest.h"
#include "crypto/random.h"

namespace gatehouse::admin {
namespace {

constexpr std::string_view kCookie = "gatehouse_admin";
constexpr std::chrono::hours kIdle{1};
constexpr std::chrono::hours kMost{12};
constexpr std::size_t kMaxSessions = 1000;

bool is_over(Timestamp now, Timestamp started_at, Timestamp used_at) {
    return now - used_at > kIdle || now - started_at > kMost;
}

}  // namespace

void ConsoleSessions::remove_ended(Timestamp now) {
    std::erase_if(entries_, [&](const auto& named) {
        return is_over(now, named.second.started_at, named.second.used_at);
    });
    while (entries_.size() >= kMaxSessions) {
        entries_.erase(std::ranges::min_element(
            entries_, {}, [](const auto& named) { return named.second.used_at; }));
    }
}

ConsoleSessions::Started ConsoleSessions::start(std::string credential_digest) {
    const std::string cookie = crypto::random_token();
    const Timestamp now = clock_.now();
    Entry entry{.session = {.credential_digest = std::move(credential_digest),
                            .anti_forgery = crypto::random_token()},
                .started_at = now,
                .used_at = now};
    Started started{
        .set_cookie = std::string(kCookie) + "=" + cookie + "; Path=/; HttpOnly; SameSite=Strict",
        .anti_forgery = entry.session.anti_forgery};
    const std::lock_guard lock(mutex_);
    remove_ended(now);
    entries_.insert_or_assign(crypto::token_digest(cookie), std::move(entry));
    return started;
}

std::optional<ConsoleSessions::Session> ConsoleSessions::find(const http::Request& request) {
    const auto cookie = http::get_cookie(request, kCookie);
    if (!cookie || cookie->empty()) {
        return std::nullopt;
    }
    const std::string digest = crypto::token_digest(*cookie);
    const Timestamp now = clock_.now();
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(digest);
    if (found == entries_.end() || is_over(now, found->second.started_at, found->second.used_at)) {
        return std::nullopt;
    }
    found->second.used_at = now;
    return found->second.session;
}

std::string ConsoleSessions::end(const http::Request& request) {
    if (const auto cookie = http::get_cookie(request, kCookie)) {
        const std::string digest = crypto::token_digest(*cookie);
        const std::lock_guard lock(mutex_);
        entries_.erase(digest);
    }
    return std::string(kCookie) + "=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0";
}

}  // namespace gatehouse::admin
