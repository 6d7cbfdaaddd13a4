// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::oauth {

/// What an authorization code stands for (D23). Codes are known to the store by digest only.
struct AuthorizationCode {
    std::string client_id, redirect_uri, code_challenge;
    std::string origin;  ///< issuer
    std::string server;  ///< catalog name
    std::string user_id;
    std::vector<std::string> scopes;
    std::string connection_id;  ///< the `sid` that redemption brings to life
    Timestamp auth_time, expires_at;
};

enum class CodeState { kFresh, kUsed };

struct StoredCode {
    AuthorizationCode code;
    CodeState state = CodeState::kFresh;
};

class AuthorizationCodeStore {
  public:
    AuthorizationCodeStore() = default;
    AuthorizationCodeStore(const AuthorizationCodeStore&) = delete;
    AuthorizationCodeStore& operator=(const AuthorizationCodeStore&) = delete;
    AuthorizationCodeStore(AuthorizationCodeStore&&) = delete;
    AuthorizationCodeStore& operator=(AuthorizationCodeStore&&) = delete;
    virtual ~AuthorizationCodeStore() = default;

    [[nodiscard]] virtual Result<void> insert(std::string_view digest,
                                              const AuthorizationCode& code) = 0;
    /// Also expired and used ones, while they are kept (10 minutes). kNotFound otherwise.
    [[nodiscard]] virtual Result<StoredCode> find(std::string_view digest) = 0;
    /// True for exactly one caller, also across processes.
    [[nodiscard]] virtual Result<bool> mark_used(std::string_view digest) = 0;
    [[nodiscard]] virtual Result<void> remove_expired(Timestamp before) = 0;
};

}  // namespace gatehouse::oauth
