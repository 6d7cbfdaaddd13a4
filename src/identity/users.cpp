// SPDX-License-Identifier: Apache-2.0
#include "identity/users.h"

#include <algorithm>

#include "base/strings.h"
#include "crypto/password.h"
#include "crypto/random.h"

namespace gatehouse::identity {
namespace {

constexpr std::size_t kMaxNameBytes = 64;
constexpr std::size_t kMaxPasswordBytes = 1024;
constexpr std::size_t kMaxTextBytes = 256;
constexpr std::size_t kMaxGroups = 500;

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-+@").find(c) != std::string_view::npos;
}

Result<void> check_groups(const std::vector<std::string>& groups) {
    if (groups.size() > kMaxGroups) {
        return fail(ErrorCode::kInvalid, "too many groups");
    }
    for (const std::string& group : groups) {
        if (group.empty() || group != sanitize_text(group, kMaxTextBytes)) {
            return fail(ErrorCode::kInvalid,
                        "a group name must be printable text of at most 256 bytes");
        }
    }
    return {};
}

Result<void> check_password(const Secret& password) {
    if (password.empty() || password.reveal().size() > kMaxPasswordBytes) {
        return fail(ErrorCode::kInvalid, "the password must have 1 to 1024 bytes");
    }
    return {};
}

Result<void> check_email(std::string_view email, std::string_view name) {
    if (!email.empty() && !is_plausible_email(email)) {
        return fail(ErrorCode::kInvalid, "the e-mail address is not valid");
    }
    // Names and addresses share the sign-in field: nobody may be named like another's address.
    if (name.contains('@') && !iequals(name, email)) {
        return fail(ErrorCode::kInvalid, "a name with @ must be the same as the e-mail address");
    }
    return {};
}

Result<void> check_new_user(const NewLocalUser& user) {
    if (user.name.empty() || user.name.size() > kMaxNameBytes ||
        !std::ranges::all_of(user.name, is_name_character)) {
        return fail(ErrorCode::kInvalid,
                    "the name must have 1 to 64 letters, digits or any of . _ - + @");
    }
    if (auto email = check_email(user.email, user.name); !email) {
        return email;
    }
    if (auto groups = check_groups(user.groups); !groups) {
        return groups;
    }
    return check_password(user.password);
}

/// What outside sources say is data, not something to refuse a sign-in for.
std::vector<std::string> clean_groups(const std::vector<std::string>& groups) {
    std::vector<std::string> clean;
    for (const std::string& group : groups) {
        std::string text = sanitize_text(group, kMaxTextBytes);
        // A shortened or altered name could be that of another group.
        if (!text.empty() && text == group && clean.size() < kMaxGroups) {
            clean.push_back(std::move(text));
        }
    }
    return clean;
}

void apply(User& user, const ExternalUser& person) {
    user.name = sanitize_text(person.name, kMaxTextBytes);
    const bool usable = is_plausible_email(person.email);
    user.email = usable ? person.email : std::string();
    user.email_verified = usable && person.email_verified;
    user.groups = clean_groups(person.groups);
}

SignInRefusal store_refusal(const Error& error) {
    return {.why = SignInRefusal::Why::kUnavailable, .detail = describe(error)};
}

}  // namespace

bool is_plausible_email(std::string_view email) {
    const auto at = email.find('@');
    return email.size() <= 254 && at != std::string_view::npos && at != 0 &&
           at + 1 < email.size() && email.find('@', at + 1) == std::string_view::npos &&
           std::ranges::all_of(email, [](char c) {
               return c > ' ' && c < 0x7f &&
                      std::string_view("<>()[],;:\\\"").find(c) == std::string_view::npos;
           });
}

Users::Users(UserStore& store,
             const Clock& clock,
             std::function<void(const std::string&)> on_disabled)
    : store_(store),
      clock_(clock),
      on_disabled_(std::move(on_disabled)),
      by_source_(clock, {}),
      // Much later than per source, and never long: strangers must not lock a person out (I61).
      by_account_(clock,
                  {.free_failures = 50,
                   .first = std::chrono::seconds{1},
                   .most = std::chrono::seconds{30}}) {}

Result<User> Users::add_local(const NewLocalUser& user) {
    if (auto valid = check_new_user(user); !valid) {
        return std::unexpected(valid.error());
    }
    User added{.id = crypto::random_token(16),
               .source = std::string(kLocalSource),
               .subject = user.name,
               .name = user.name,
               .email = user.email,
               .email_verified = !user.email.empty() && user.email_verified,
               .groups = user.groups,
               .password_hash = crypto::hash_password(user.password),
               .created_at = clock_.now()};
    if (auto inserted = store_.insert(added); !inserted) {
        if (inserted.error().code == ErrorCode::kConflict) {
            return fail(ErrorCode::kConflict, "a user with this name or e-mail exists");
        }
        return std::unexpected(inserted.error());
    }
    return added;
}

const std::string& Users::decoy_hash() {
    std::call_once(decoy_made_,
                   [&] { decoy_ = crypto::hash_password(Secret(crypto::random_token())); });
    return decoy_;
}

std::expected<User, SignInRefusal> Users::verify_password(std::string_view login,
                                                          const Secret& password,
                                                          std::string_view source) {
    using Why = SignInRefusal::Why;
    const std::string account = to_lower(login.substr(0, 320));
    const std::string here = account + '\n' + throttle_source(source);
    const auto wait = std::max(by_source_.wait(here), by_account_.wait(account));
    if (wait > std::chrono::milliseconds{0}) {
        return std::unexpected(SignInRefusal{
            .why = Why::kThrottled, .retry_after = std::chrono::ceil<std::chrono::seconds>(wait)});
    }
    auto user = store_.find_by_login(login);
    if (!user && user.error().code != ErrorCode::kNotFound) {
        return std::unexpected(store_refusal(user.error()));
    }
    const bool known = user && !user->password_hash.empty();
    const bool plausible = check_password(password).has_value();
    const bool right = crypto::verify_password(known ? user->password_hash : decoy_hash(),
                                               plausible ? password : Secret(std::string(1, '\0')));
    if (!known || !plausible || !right) {
        by_source_.failed(here);
        by_account_.failed(account);
        return std::unexpected(SignInRefusal{.why = Why::kWrong});
    }
    by_source_.succeeded(here);
    by_account_.succeeded(account);
    if (user->disabled) {
        return std::unexpected(SignInRefusal{.why = Why::kDisabled});
    }
    user->last_sign_in_at = clock_.now();
    if (auto updated = store_.update(*user); !updated) {
        return std::unexpected(store_refusal(updated.error()));
    }
    return *std::move(user);
}

Result<void> Users::change_local(std::string_view id, const LocalUserChange& change) {
    auto user = store_.find(id);
    if (!user) {
        return std::unexpected(user.error());
    }
    if (user->source != kLocalSource) {
        return fail(ErrorCode::kInvalid,
                    "e-mail and groups of this user are what the place of the sign-in says");
    }
    if (change.email) {
        if (auto valid = check_email(*change.email, user->name); !valid) {
            return valid;
        }
        user->email = *change.email;
        user->email_verified = !change.email->empty();
    }
    if (change.groups) {
        if (auto valid = check_groups(*change.groups); !valid) {
            return valid;
        }
        user->groups = *change.groups;
    }
    auto updated = store_.update(*user);
    if (!updated && updated.error().code == ErrorCode::kConflict) {
        return fail(ErrorCode::kConflict, "a user with this e-mail exists");
    }
    return updated;
}

Result<void> Users::set_password(std::string_view id, const Secret& password) {
    if (auto valid = check_password(password); !valid) {
        return valid;
    }
    auto user = store_.find(id);
    if (!user) {
        return std::unexpected(user.error());
    }
    if (user->source != kLocalSource) {
        return fail(ErrorCode::kInvalid, "only local users have a password here");
    }
    user->password_hash = crypto::hash_password(password);
    return store_.update(*user);
}

Result<User> Users::upsert_external(const ExternalUser& person) {
    if (person.source.empty() || person.source == kLocalSource || person.subject.empty() ||
        person.subject.size() > 1024) {
        return fail(ErrorCode::kInvalid, "the sign-in source named no usable subject");
    }
    auto user = store_.find_by_subject(person.source, person.subject);
    if (!user && user.error().code == ErrorCode::kNotFound) {
        User added{.id = crypto::random_token(16),
                   .source = person.source,
                   .subject = person.subject,
                   .created_at = clock_.now(),
                   .last_sign_in_at = clock_.now()};
        apply(added, person);
        auto inserted = store_.insert(added);
        if (inserted) {
            return added;
        }
        if (inserted.error().code != ErrorCode::kConflict) {
            return std::unexpected(inserted.error());
        }
        // Another request of the same person was first.
        user = store_.find_by_subject(person.source, person.subject);
    }
    if (!user) {
        return std::unexpected(user.error());
    }
    if (user->disabled) {
        return fail(ErrorCode::kForbidden, "this account is disabled");
    }
    apply(*user, person);
    user->last_sign_in_at = clock_.now();
    if (auto updated = store_.update(*user); !updated) {
        return std::unexpected(updated.error());
    }
    return *std::move(user);
}

Result<void> Users::disable(std::string_view id) {
    auto user = store_.find(id);
    if (!user) {
        return std::unexpected(user.error());
    }
    user->disabled = true;
    if (auto updated = store_.update(*user); !updated) {
        return updated;
    }
    if (on_disabled_) {
        on_disabled_(user->id);
    }
    return {};
}

Result<void> Users::enable(std::string_view id) {
    auto user = store_.find(id);
    if (!user) {
        return std::unexpected(user.error());
    }
    user->disabled = false;
    return store_.update(*user);
}

Result<void> Users::remove(std::string_view id) {
    auto user = store_.find(id);
    if (!user) {
        return std::unexpected(user.error());
    }
    if (auto removed = store_.remove(user->id); !removed) {
        return removed;
    }
    if (on_disabled_) {
        on_disabled_(user->id);
    }
    return {};
}

Result<User> Users::find_by_id_or_login(std::string_view text) {
    auto by_id = store_.find(text);
    if (by_id || by_id.error().code != ErrorCode::kNotFound) {
        return by_id;
    }
    return store_.find_by_login(text);
}

}  // namespace gatehouse::identity
