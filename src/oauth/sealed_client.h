// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/sealer.h"
#include "oauth/client.h"

namespace gatehouse::oauth {

inline constexpr std::string_view kSealedClientPrefix = "gh_";
inline constexpr std::size_t kMaxClientIdBytes = 1023;

/// Dynamic registrations whose id is the sealed registration itself: nothing is stored, nothing
/// expires, and every replica that has the key knows every client (contract.md §5, §11).
///
/// Ids are bound to their origin and hold a nonce and the digest of the secret. Thread-safe.
class SealedClients {
  public:
    explicit SealedClients(crypto::Sealer sealer) : sealer_(std::move(sealer)) {}

    /// The id for a registration (its `id` is ignored). kTooLarge when it would not stay below
    /// 1 KiB.
    [[nodiscard]] Result<std::string> seal(const Client& client, std::string_view origin) const;
    /// kNotFound for anything that `seal` did not make for this origin.
    [[nodiscard]] Result<Client> open(std::string_view id, std::string_view origin) const;

  private:
    crypto::Sealer sealer_;
};

}  // namespace gatehouse::oauth
