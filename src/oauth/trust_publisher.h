// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "oauth/connection_store.h"
#include "oauth/personal_token_store.h"
#include "oauth/signing_keys.h"
#include "oauth/token_verifier.h"

namespace gatehouse::oauth {

/// Keeps the data plane's Trust up to date: our own revocations at once, those of other replicas
/// and key changes with the next `refresh`. Thread-safe; everything but `live` blocks on the store.
class TrustPublisher {
  public:
    /// `longest_token`: how long after its revocation a connection may still have living tokens.
    TrustPublisher(const SigningKeys& keys,
                   ConnectionStore& connections,
                   PersonalTokenStore& personal_tokens,
                   const Clock& clock,
                   std::chrono::seconds longest_token = std::chrono::hours{24});

    [[nodiscard]] const LiveTrust& live() const { return trust_; }

    /// From the keys and the store. To be called once before serving, then every second or two.
    [[nodiscard]] Result<void> refresh();

    /// Durably, and for the very next request. False when it was revoked already or is unknown.
    [[nodiscard]] Result<bool> revoke_connection(std::string_view id);
    /// All of them, published together; how many were alive.
    [[nodiscard]] Result<std::size_t> revoke_all(const std::vector<std::string>& ids);
    /// All living connections that match; how many there were.
    [[nodiscard]] Result<std::size_t> revoke_connections(const ConnectionFilter& filter);
    [[nodiscard]] Result<void> revoke_token(std::string_view jti, Timestamp expires_at);

  private:
    enum class Kind { kConnection, kToken };

    struct Recent {
        std::uint64_t ticket;
        Kind kind;
        std::string id;
    };

    void publish(Kind kind, const std::vector<std::string>& ids);
    [[nodiscard]] Result<std::shared_ptr<const PersonalTokens>> read_personal(const Trust& next);

    const SigningKeys& keys_;
    ConnectionStore& connections_;
    PersonalTokenStore& personal_tokens_;
    const Clock& clock_;
    std::chrono::seconds longest_token_;
    std::atomic<std::uint64_t> generation_{0};  // of the last reading of personal tokens

    std::mutex mutex_;  // guards the members below; never held while the store works
    std::uint64_t next_ticket_ = 1;
    std::uint64_t published_ticket_ = 0;
    std::vector<Recent> recent_;  // own revocations that no finished refresh has read back yet
    LiveTrust trust_;
};

}  // namespace gatehouse::oauth
