// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "oauth/connection_store.h"

namespace gatehouse::oauth {

/// A personal access token (contract.md §11): a connection that its user made by hand, and whose
/// only token never changes. `connection.client_name` is the name that the user gave it.
struct PersonalToken {
    std::string digest;
    Connection connection;
    std::vector<std::string> tools;  ///< names and globs; empty: every tool
};

class PersonalTokenStore {
  public:
    PersonalTokenStore() = default;
    PersonalTokenStore(const PersonalTokenStore&) = delete;
    PersonalTokenStore& operator=(const PersonalTokenStore&) = delete;
    PersonalTokenStore(PersonalTokenStore&&) = delete;
    PersonalTokenStore& operator=(PersonalTokenStore&&) = delete;
    virtual ~PersonalTokenStore() = default;

    /// Token, connection and a new version in one durable transaction.
    [[nodiscard]] virtual Result<void> add(const PersonalToken& token) = 0;
    /// Neither revoked nor expired, oldest first; an empty `user_id`: everybody's.
    [[nodiscard]] virtual Result<std::vector<PersonalToken>> living(std::string_view user_id,
                                                                    Timestamp now) = 0;
    /// Grows with every `add`.
    [[nodiscard]] virtual Result<std::int64_t> version() = 0;
};

}  // namespace gatehouse::oauth
