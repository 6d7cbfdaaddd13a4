// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "identity/attempt_throttle.h"
#include "identity/users.h"

namespace gatehouse::identity {

/// Local accounts that people make themselves (`sign_in.local.self_register`). Their addresses are
/// not verified, so they count for nothing. Thread-safe; hashes: for the password workers only.
class SelfRegistration {
  public:
    SelfRegistration(Users& users, const Clock& clock);

    struct Applicant {
        std::string name, email;
        Secret password;
    };

    /// How long this address has to wait before it may make another account; zero: go ahead.
    [[nodiscard]] std::chrono::seconds wait(std::string_view source);
    /// kInvalid with a message for the person, kConflict when the name is taken.
    [[nodiscard]] Result<User> add(const Applicant& applicant, std::string_view source);

  private:
    Users& users_;
    AttemptThrottle made_;  // every account that an address made or asked for counts
};

}  // namespace gatehouse::identity
