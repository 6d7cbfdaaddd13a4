// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::identity {

/// The tokens of one person's sign-in at one provider, sealed.
struct StoredSignIn {
    std::string user_id, provider, sealed;
    std::uint64_t version = 0;  ///< grows with every change; the store counts it
    Timestamp updated_at;
};

struct SignInLease {
    std::string user_id, provider;
    std::uint64_t version = 0;
    std::string owner;
    Timestamp now, until;
};

/// Thread-safe; blocks: workers only.
class SignInTokenStore {
  public:
    SignInTokenStore() = default;
    SignInTokenStore(const SignInTokenStore&) = delete;
    SignInTokenStore& operator=(const SignInTokenStore&) = delete;
    SignInTokenStore(SignInTokenStore&&) = delete;
    SignInTokenStore& operator=(SignInTokenStore&&) = delete;
    virtual ~SignInTokenStore() = default;

    /// In the place of what an earlier sign-in of the same person there brought.
    [[nodiscard]] virtual Result<void> keep(const StoredSignIn& sign_in) = 0;
    [[nodiscard]] virtual Result<StoredSignIn> find(std::string_view user_id,
                                                    std::string_view provider) = 0;
    /// True when nobody holds a lease on this version that has not run out.
    [[nodiscard]] virtual Result<bool> lease(const SignInLease& lease) = 0;
    [[nodiscard]] virtual Result<void> release(const SignInLease& lease) = 0;
    /// Durable compare-and-swap on `sign_in.version`; ends the lease. False when it moved on.
    [[nodiscard]] virtual Result<bool> renew(const StoredSignIn& sign_in) = 0;
    /// Replaces the box of the same tokens. False when the version has moved on.
    [[nodiscard]] virtual Result<bool> reseal(const StoredSignIn& sign_in) = 0;
    /// All of them, in pages: those after (user, provider).
    [[nodiscard]] virtual Result<std::vector<StoredSignIn>> list(std::string_view after_user,
                                                                 std::string_view after_provider,
                                                                 std::size_t limit) = 0;
    [[nodiscard]] virtual Result<void> remove_of(std::string_view user_id) = 0;
    /// Those of people without any downstream grant that were not touched since `before`.
    [[nodiscard]] virtual Result<void> remove_unused(Timestamp before) = 0;
};

}  // namespace gatehouse::identity
