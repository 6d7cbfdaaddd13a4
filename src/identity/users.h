// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "identity/attempt_throttle.h"
#include "identity/user_store.h"

namespace gatehouse::identity {

inline constexpr std::string_view kLocalSource = "local";

struct NewLocalUser {
    std::string name;  ///< what the person signs in with, besides the e-mail
    std::string email;
    bool email_verified = true;  ///< one given by an operator is
    std::vector<std::string> groups;
    Secret password;
};

/// What an operator says anew about a local user; what is absent stays.
struct LocalUserChange {
    std::optional<std::string> email;
    std::optional<std::vector<std::string>> groups;
};

struct SignInRefusal {
    enum class Why {
        kWrong,        ///< name or password, which of them is not said
        kDisabled,     ///< the password was right
        kThrottled,    ///< too many wrong ones of late: `retry_after`
        kUnavailable,  ///< the store cannot serve: `detail`, for the log
    };

    Why why = Why::kWrong;
    std::chrono::seconds retry_after{0};
    std::string detail;
};

/// What an outside source says of the person who just signed in there.
struct ExternalUser {
    std::string source, subject, email, name;
    bool email_verified = false;
    std::vector<std::string> groups;
};

/// The people. Thread-safe; blocks on the store, and on hashing where a password is involved.
class Users {
  public:
    /// `on_disabled` is told the id of each user who may no longer do anything (disabled or
    /// removed), after the store knows: to end connections and sessions. May be empty.
    Users(UserStore& store,
          const Clock& clock,
          std::function<void(const std::string& user_id)> on_disabled);

    /// kInvalid with a message for the operator; kConflict when name or e-mail is taken.
    [[nodiscard]] Result<User> add_local(const NewLocalUser& user);
    /// A local user by name or e-mail and password. An unknown name costs the same work as a wrong
    /// password. Wrong ones make the `source` (an address) and, later, the account wait.
    [[nodiscard]] std::expected<User, SignInRefusal> verify_password(std::string_view login,
                                                                     const Secret& password,
                                                                     std::string_view source);
    /// kInvalid with a message for the operator; kConflict when the e-mail is taken.
    [[nodiscard]] Result<void> change_local(std::string_view id, const LocalUserChange& change);
    [[nodiscard]] Result<void> set_password(std::string_view id, const Secret& password);

    /// The user with that (source, subject), created or brought up to date. kForbidden when
    /// disabled.
    [[nodiscard]] Result<User> upsert_external(const ExternalUser& person);

    [[nodiscard]] Result<void> disable(std::string_view id);
    [[nodiscard]] Result<void> enable(std::string_view id);
    [[nodiscard]] Result<void> remove(std::string_view id);

    [[nodiscard]] Result<User> find(std::string_view id) { return store_.find(id); }

    /// By id, or a local user by name or e-mail.
    [[nodiscard]] Result<User> find_by_id_or_login(std::string_view text);

    [[nodiscard]] Result<std::vector<User>> list(std::string_view after_id, std::size_t limit) {
        return store_.list(after_id, limit);
    }

  private:
    [[nodiscard]] const std::string& decoy_hash();

    UserStore& store_;
    const Clock& clock_;
    std::function<void(const std::string&)> on_disabled_;
    AttemptThrottle by_source_, by_account_;
    std::once_flag decoy_made_;
    std::string decoy_;
};

/// Loosely RFC 5321: one `@`, something on both sides, printable ASCII, at most 254 bytes.
[[nodiscard]] bool is_plausible_email(std::string_view email);

}  // namespace gatehouse::identity
