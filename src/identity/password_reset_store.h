// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::identity {

/// A link that lets whoever holds it choose a user's password, known by the digest of its token.
struct PasswordReset {
    std::string digest, user_id;
    Timestamp expires_at;
};

/// Thread-safe; blocks: workers only.
class PasswordResetStore {
  public:
    PasswordResetStore() = default;
    PasswordResetStore(const PasswordResetStore&) = delete;
    PasswordResetStore& operator=(const PasswordResetStore&) = delete;
    PasswordResetStore(PasswordResetStore&&) = delete;
    PasswordResetStore& operator=(PasswordResetStore&&) = delete;
    virtual ~PasswordResetStore() = default;

    /// In the place of an earlier one of the same user.
    [[nodiscard]] virtual Result<void> insert(const PasswordReset& reset) = 0;
    /// kNotFound for an unknown one. Also expired ones, while they are kept.
    [[nodiscard]] virtual Result<PasswordReset> find(std::string_view digest) = 0;
    /// Takes it out. True for exactly one caller, also across processes.
    [[nodiscard]] virtual Result<bool> remove(std::string_view digest) = 0;
    [[nodiscard]] virtual Result<void> remove_of(std::string_view user_id) = 0;
    [[nodiscard]] virtual Result<void> remove_expired(Timestamp now) = 0;
};

}  // namespace gatehouse::identity
