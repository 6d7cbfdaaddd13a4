// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::identity {

/// One redirect to an identity provider, known by the digest of its `state`.
struct SignInLeg {
    std::string digest, browser_digest, transaction_id;
    std::string provider;          ///< the name of its entry
    std::string issuer;            ///< that we expect to answer
    bool issuer_promised = false;  ///< its metadata says that every answer carries `iss`
    std::string redirect_uri;
    std::string sealed;  ///< PKCE verifier, nonce and token endpoint
    Timestamp expires_at;
};

/// Redirects under way. Thread-safe; blocks: workers only.
class SignInLegStore {
  public:
    SignInLegStore() = default;
    SignInLegStore(const SignInLegStore&) = delete;
    SignInLegStore& operator=(const SignInLegStore&) = delete;
    SignInLegStore(SignInLegStore&&) = delete;
    SignInLegStore& operator=(SignInLegStore&&) = delete;
    virtual ~SignInLegStore() = default;

    /// Of one transaction only the newest `most` are kept, this one included.
    [[nodiscard]] virtual Result<void> insert(const SignInLeg& leg, std::size_t most) = 0;
    /// kNotFound for an unknown one; used and expired ones are found until they are removed.
    [[nodiscard]] virtual Result<SignInLeg> find(std::string_view digest) = 0;
    /// True for exactly one caller, also across processes.
    [[nodiscard]] virtual Result<bool> mark_used(std::string_view digest) = 0;
    [[nodiscard]] virtual Result<void> remove_expired(Timestamp now) = 0;
};

}  // namespace gatehouse::identity
