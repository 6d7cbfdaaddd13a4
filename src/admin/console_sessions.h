// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"
#include "http/message.h"

namespace gatehouse::admin {

/// Browsers that are signed in to the console. A session stands for a credential and lives no
/// longer than it: the guard looks the credential up again at every request. Kept in memory, so a
/// restart signs everybody out. Thread-safe.
class ConsoleSessions {
  public:
    explicit ConsoleSessions(const Clock& clock) : clock_(clock) {}

    struct Started {
        std::string set_cookie;    ///< HttpOnly, SameSite=Strict
        std::string anti_forgery;  ///< to be sent with every change, in kAntiForgeryHeader
    };

    /// Always a new session, whatever cookie the browser came with (session fixation).
    [[nodiscard]] Started start(std::string credential_digest);

    struct Session {
        std::string credential_digest, anti_forgery;
    };

    /// The living session of the request's cookie.
    [[nodiscard]] std::optional<Session> find(const http::Request& request);
    /// Ends it, if there is one; the Set-Cookie value that removes the cookie.
    [[nodiscard]] std::string end(const http::Request& request);

    static constexpr std::string_view kAntiForgeryHeader = "X-Gatehouse-Anti-Forgery";

  private:
    struct Entry {
        Session session;
        Timestamp started_at, used_at;
    };

    void remove_ended(Timestamp now);

    const Clock& clock_;
    std::mutex mutex_;                                   // guards entries_
    std::map<std::string, Entry, std::less<>> entries_;  // by digest of the cookie
};

}  // namespace gatehouse::admin
