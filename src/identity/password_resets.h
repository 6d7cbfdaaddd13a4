// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "identity/password_reset_store.h"

namespace gatehouse::identity {

inline constexpr std::chrono::hours kResetLife{24};

/// Links with which people who forgot their password choose another one: single use, at most one
/// per person, good for a day. Thread-safe; blocks on the store.
class PasswordResets {
  public:
    PasswordResets(PasswordResetStore& store, const Clock& clock) : store_(store), clock_(clock) {}

    struct Made {
        Secret token;
        Timestamp expires_at;
    };

    /// The earlier link of this person ends.
    [[nodiscard]] Result<Made> make(std::string_view user_id);
    /// Whose link it is; it stays good. kNotFound for one that is unknown, used or too old.
    [[nodiscard]] Result<std::string> find(std::string_view token);
    /// As `find`, and it is used up: of several callers one succeeds.
    [[nodiscard]] Result<std::string> take(std::string_view token);

    /// Ends the person's link, if there is one.
    [[nodiscard]] Result<void> forget(std::string_view user_id) {
        return store_.remove_of(user_id);
    }

    [[nodiscard]] Result<void> tidy() { return store_.remove_expired(clock_.now()); }

  private:
    PasswordResetStore& store_;
    const Clock& clock_;
};

}  // namespace gatehouse::identity
