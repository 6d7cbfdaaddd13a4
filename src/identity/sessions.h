// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/message.h"
#include "identity/session_store.h"

namespace gatehouse::identity {

inline constexpr std::chrono::hours kSessionIdle{12};
inline constexpr std::chrono::hours kSessionMost{7 * 24};

enum class CookieLife {
    kBrowser,  ///< until the browser ends
    kTenMinutes,
    kGone
};

/// `__Host-name` for an https origin, the bare name over plain http on loopback (contract §11).
[[nodiscard]] std::string cookie_name(std::string_view origin, std::string_view name);
/// A Set-Cookie value: HttpOnly, SameSite=Lax, Path=/, and Secure where the origin is https (D20).
[[nodiscard]] std::string set_cookie(std::string_view origin,
                                     std::string_view name,
                                     std::string_view value,
                                     CookieLife life);

/// A browser that showed a living session.
struct Visitor {
    Secret cookie;
    BrowserSession session;

    /// Who of `source` is signed in, or null.
    [[nodiscard]] const SignedIn* find(std::string_view source) const;
};

/// What may be shown of a session. `id` names it, and cannot be turned into its cookie.
struct SessionSummary {
    std::string id, origin, user_agent, client_ip;
    Timestamp signed_in_at, last_used_at;
};

/// See SessionSummary::id.
[[nodiscard]] std::string session_id(const BrowserSession& session);

/// Sessions of browsers: 256 random bits in a cookie, a new one at every sign-in (I25), idle for at
/// most 12 hours, and nobody signed in for more than 7 days. Thread-safe; blocks on the store.
class Sessions {
  public:
    Sessions(SessionStore& store, const Clock& clock) : store_(store), clock_(clock) {}

    /// Nothing without a session; an error only when the store cannot serve.
    [[nodiscard]] Result<std::optional<Visitor>> find(const http::Request& request);
    /// Adds the person (in the place of another of that source) and ends the session that was.
    /// The Set-Cookie value of the new one.
    /// `auth_time`: when a provider saw the person's credentials, if that was not just now.
    [[nodiscard]] Result<std::string> sign_in(const http::Request& request,
                                              std::string_view source,
                                              std::string_view user_id,
                                              std::optional<Timestamp> auth_time = std::nullopt);
    /// Everybody of this browser. The Set-Cookie value that removes the cookie.
    [[nodiscard]] Result<std::string> sign_out(const http::Request& request);
    /// One user in every browser: disabled or removed.
    [[nodiscard]] Result<void> end_user(std::string_view user_id);

    /// The living sessions of a person, newest use first.
    [[nodiscard]] Result<std::vector<SessionSummary>> list(std::string_view user_id);
    /// Signs the person out of one browser. False when there is no such session of theirs.
    [[nodiscard]] Result<bool> end(std::string_view user_id, std::string_view session_id);
    /// Signs the person out of every browser but that of `kept`.
    [[nodiscard]] Result<void> end_others(std::string_view user_id, const BrowserSession& kept);
    [[nodiscard]] Result<void> tidy();

  private:
    SessionStore& store_;
    const Clock& clock_;
};

}  // namespace gatehouse::identity
