// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::oauth {

/// A key of ours at rest: sealed, never plain (F06).
struct StoredKey {
    std::string id;       ///< the `kid`, or a fixed name
    std::string purpose;  ///< "signing-key", "client-id", …
    std::string box;      ///< crypto::Sealer box, associated data = id
    Timestamp created_at;
    Timestamp sign_from;  ///< signing keys: used from here on, published before
};

class KeyStore {
  public:
    KeyStore() = default;
    KeyStore(const KeyStore&) = delete;
    KeyStore& operator=(const KeyStore&) = delete;
    KeyStore(KeyStore&&) = delete;
    KeyStore& operator=(KeyStore&&) = delete;
    virtual ~KeyStore() = default;

    /// False when the id exists already (another replica was first).
    [[nodiscard]] virtual Result<bool> insert(const StoredKey& key) = 0;
    /// By `sign_from`, then id.
    [[nodiscard]] virtual Result<std::vector<StoredKey>> list(std::string_view purpose) = 0;
    [[nodiscard]] virtual Result<void> replace_box(std::string_view id, std::string_view box) = 0;
    [[nodiscard]] virtual Result<void> remove(std::string_view id) = 0;
};

}  // namespace gatehouse::oauth
