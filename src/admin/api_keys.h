// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/api_key_store.h"
#include "admin/caller.h"
#include "base/clock.h"
#include "base/secret.h"

namespace gatehouse::admin {

struct NewApiKey {
    std::string name;
    Role role = Role::kViewer;
    std::optional<Timestamp> expires_at;
    std::string made_by;
};

struct MadeApiKey {
    ApiKey key;
    Secret text;  ///< shown once, stored nowhere
};

/// Keys of the admin API: 256 random bits behind `ghk_`, of which only a digest is stored.
/// Thread-safe; blocks on the store.
class ApiKeys {
  public:
    ApiKeys(ApiKeyStore& store, const Clock& clock) : store_(store), clock_(clock) {}

    /// kInvalid for a bad name or an end in the past, kConflict when the name is taken.
    [[nodiscard]] Result<MadeApiKey> add(const NewApiKey& wanted);
    /// Whose key has this digest; nothing when it is unknown or expired. An error only when the
    /// store cannot serve.
    [[nodiscard]] Result<std::optional<Caller>> find(std::string_view digest) const;

    [[nodiscard]] Result<std::vector<ApiKey>> list() const { return store_.list(); }

    /// By id or name. kNotFound when there is none.
    [[nodiscard]] Result<ApiKey> find_by_id_or_name(std::string_view name) const;

    [[nodiscard]] Result<bool> remove(std::string_view id) { return store_.remove(id); }

  private:
    ApiKeyStore& store_;
    const Clock& clock_;
};

}  // namespace gatehouse::admin
