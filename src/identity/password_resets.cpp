// SPDX-License-Identifier: Apache-2.0
#include "identity/password_resets.h"

#include <utility>

#include "crypto/digest.h"
#include "crypto/random.h"

namespace gatehouse::identity {

Result<PasswordResets::Made> PasswordResets::make(std::string_view user_id) {
    const std::string token = crypto::random_token();
    const Timestamp expires_at = clock_.now() + kResetLife;
    if (auto kept = store_.insert({.digest = crypto::token_digest(token),
                                   .user_id = std::string(user_id),
                                   .expires_at = expires_at});
        !kept) {
        return std::unexpected(kept.error());
    }
    return Made{.token = Secret(token), .expires_at = expires_at};
}

Result<std::string> PasswordResets::find(std::string_view token) {
    auto reset = store_.find(crypto::token_digest(token));
    if (!reset) {
        return std::unexpected(reset.error());
    }
    if (reset->expires_at <= clock_.now()) {
        return fail(ErrorCode::kNotFound, "the link is too old");
    }
    return std::move(reset->user_id);
}

Result<std::string> PasswordResets::take(std::string_view token) {
    auto user_id = find(token);
    if (!user_id) {
        return user_id;
    }
    const auto first = store_.remove(crypto::token_digest(token));
    if (!first) {
        return std::unexpected(first.error());
    }
    return *first ? user_id
                  : Result<std::string>(fail(ErrorCode::kNotFound, "the link was used already"));
}

}  // namespace gatehouse::identity
