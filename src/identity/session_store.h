// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::identity {

/// A person who signed in with one browser, through one source.
struct SignedIn {
    std::string source;  ///< "local", "profile:<name>" or an oidc entry's name
    std::string user_id;
    Timestamp auth_time;     ///< when somebody saw the person's credentials
    Timestamp signed_in_at;  ///< when this browser got its session here

    bool operator==(const SignedIn&) const = default;
};

/// What a browser's cookie stands for, known to the store by the cookie's digest only: at most one
/// person per source (contract.md §11).
struct BrowserSession {
    std::string digest;
    std::vector<SignedIn> people;
    Timestamp last_used_at;
    std::string origin;                 ///< of ours that it is for
    std::string user_agent, client_ip;  ///< for people who have to tell their browsers apart
};

class SessionStore {
  public:
    SessionStore() = default;
    SessionStore(const SessionStore&) = delete;
    SessionStore& operator=(const SessionStore&) = delete;
    SessionStore(SessionStore&&) = delete;
    SessionStore& operator=(SessionStore&&) = delete;
    virtual ~SessionStore() = default;

    [[nodiscard]] virtual Result<BrowserSession> find(std::string_view digest) = 0;
    /// Puts `next` in the place of `old_digest` (empty: of none), in one durable transaction.
    [[nodiscard]] virtual Result<void> replace(std::string_view old_digest,
                                               const BrowserSession& next) = 0;
    [[nodiscard]] virtual Result<void> touch(std::string_view digest, Timestamp now) = 0;
    /// No error when it is gone already.
    [[nodiscard]] virtual Result<void> remove(std::string_view digest) = 0;
    /// The sessions in which the person is signed in, with that person only, newest use first.
    [[nodiscard]] virtual Result<std::vector<BrowserSession>> list(std::string_view user_id) = 0;
    /// Takes the person out of one session. False when they were not in it.
    [[nodiscard]] virtual Result<bool> remove_person(std::string_view digest,
                                                     std::string_view user_id) = 0;
    /// Takes the person out of every session but `kept_digest` (empty: every one).
    [[nodiscard]] virtual Result<void> remove_user(std::string_view user_id,
                                                   std::string_view kept_digest) = 0;
    [[nodiscard]] virtual Result<void> remove_idle(Timestamp last_used_before) = 0;
};

}  // namespace gatehouse::identity
