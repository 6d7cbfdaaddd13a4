// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/live.h"
#include "base/result.h"
#include "base/secret.h"

namespace gatehouse::crypto {

/// AES-256-GCM under keys derived from the master keys, one per purpose. Thread-safe.
///
/// A box is version byte ‖ key id (4 bytes) ‖ nonce (12) ‖ ciphertext ‖ tag (16), raw bytes. The
/// first master key encrypts, all of them open, so that a rotation needs no downtime. Copies share
/// their keys: what one is told by `rekey` holds for all of them.
class Sealer {
  public:
    /// `master_keys`: 32 raw bytes each, at least one. `purpose` names what is sealed ("grant",
    /// "client-id"): boxes of one purpose never open under another.
    Sealer(const std::vector<Secret>& master_keys, std::string_view purpose);

    [[nodiscard]] std::string seal(std::string_view plain, std::string_view associated_data) const;
    /// Fails with kCorrupt for a foreign, altered or truncated box or other associated data.
    [[nodiscard]] Result<Secret> open(std::string_view box, std::string_view associated_data) const;

    /// Other master keys from now on, for a purpose that stays.
    void rekey(const std::vector<Secret>& master_keys);

    /// True when the first master key sealed it, false for another one's box or no box at all.
    [[nodiscard]] bool is_current(std::string_view box) const;

  private:
    struct Key {
        std::string id;
        Secret key;
    };

    using Ring = std::vector<Key>;

    struct Shared {
        std::string purpose;
        Live<Ring> ring{std::make_shared<const Ring>()};
    };

    [[nodiscard]] static std::shared_ptr<const Ring> make_ring(
        const std::vector<Secret>& master_keys, const std::string& purpose);

    std::shared_ptr<Shared> shared_;
};

}  // namespace gatehouse::crypto
