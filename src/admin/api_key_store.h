// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::admin {

/// A credential of the admin API, known by the digest of its text.
struct ApiKey {
    std::string id, name, role;
    std::string digest;  ///< crypto/digest.h token_digest
    std::string made_by;
    Timestamp created_at;
    std::optional<Timestamp> expires_at, last_used_at;
};

/// Thread-safe; calls block.
class ApiKeyStore {
  public:
    ApiKeyStore() = default;
    ApiKeyStore(const ApiKeyStore&) = delete;
    ApiKeyStore& operator=(const ApiKeyStore&) = delete;
    ApiKeyStore(ApiKeyStore&&) = delete;
    ApiKeyStore& operator=(ApiKeyStore&&) = delete;
    virtual ~ApiKeyStore() = default;

    /// kConflict when the name is taken.
    [[nodiscard]] virtual Result<void> insert(const ApiKey& key) = 0;
    /// kNotFound when there is none.
    [[nodiscard]] virtual Result<ApiKey> find_by_digest(std::string_view digest) = 0;
    /// By name.
    [[nodiscard]] virtual Result<std::vector<ApiKey>> list() = 0;
    /// False when there was none.
    [[nodiscard]] virtual Result<bool> remove(std::string_view id) = 0;
    [[nodiscard]] virtual Result<void> note_use(std::string_view id, Timestamp now) = 0;
};

}  // namespace gatehouse::admin
