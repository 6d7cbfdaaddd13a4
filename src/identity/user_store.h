// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::identity {

/// A person, named by (source, subject); `id` is opaque and stable: `sub` of tokens (contract §11).
struct User {
    std::string id;
    std::string source;   ///< "local", an oidc entry's name, or "profile:<name>"
    std::string subject;  ///< local: the name
    std::string name, email;
    bool email_verified = false;
    std::vector<std::string> groups;
    bool disabled = false;
    std::string password_hash;  ///< local only
    Timestamp created_at, last_sign_in_at;
};

class UserStore {
  public:
    UserStore() = default;
    UserStore(const UserStore&) = delete;
    UserStore& operator=(const UserStore&) = delete;
    UserStore(UserStore&&) = delete;
    UserStore& operator=(UserStore&&) = delete;
    virtual ~UserStore() = default;

    /// kConflict when (source, subject) exists, or for local users the e-mail.
    [[nodiscard]] virtual Result<void> insert(const User& user) = 0;
    [[nodiscard]] virtual Result<User> find(std::string_view id) = 0;
    [[nodiscard]] virtual Result<User> find_by_subject(std::string_view source,
                                                       std::string_view subject) = 0;
    /// A local user by name or e-mail (case-insensitive).
    [[nodiscard]] virtual Result<User> find_by_login(std::string_view name_or_email) = 0;
    /// Everything but id, source, subject and created_at.
    [[nodiscard]] virtual Result<void> update(const User& user) = 0;
    [[nodiscard]] virtual Result<void> remove(std::string_view id) = 0;
    /// By id, after `after_id` (empty: from the start), at most `limit`.
    [[nodiscard]] virtual Result<std::vector<User>> list(std::string_view after_id,
                                                         std::size_t limit) = 0;
};

}  // namespace gatehouse::identity
