// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/live.h"
#include "base/result.h"
#include "crypto/jwk.h"
#include "crypto/sealer.h"
#include "oauth/key_store.h"

namespace gatehouse::oauth {

/// The signing keys at one moment, immutable.
struct KeyRing {
    struct Entry {
        crypto::SigningKey key;
        Timestamp created_at, sign_from;
    };

    std::vector<Entry> entries;  ///< by sign_from, oldest first
    crypto::KeySet public_keys;
    std::string jwks;  ///< the document at O/jwks.json

    /// The newest key whose time has come. The ring must not be empty.
    [[nodiscard]] const crypto::SigningKey& signing_key(Timestamp now) const;
};

struct SigningKeySettings {
    crypto::Alg alg = crypto::Alg::kEs256;
    /// How long a key is published before it signs: at least the JWKS cache time (F05).
    std::chrono::seconds publish_ahead{3600};
    /// The same for a rotation that cannot wait for caches: until every replica knows the key.
    std::chrono::seconds spread{5};
    /// How long a key is published after its successor took over: at least the longest token.
    std::chrono::seconds keep{86400};
};

/// The gateway's own keys: created when there are none, sealed at rest, shared by all replicas
/// through the store. Thread-safe; all but `current`, `live` and `sign` block on the store.
class SigningKeys {
  public:
    enum class Rotation {
        kAfterCacheTime,
        kSoon  ///< outsiders who keep the key set may refuse the new key for a while
    };

    /// `sealer`: purpose "signing-key". `store` and `clock` must outlive it.
    SigningKeys(KeyStore& store,
                crypto::Sealer sealer,
                const Clock& clock,
                SigningKeySettings settings = {});

    /// Reads the store, creates the first key, drops keys that no living token needs, and seals
    /// what is still under an older master key again. To be called before anything else, then
    /// now and then. kCorrupt when the master key does not fit.
    [[nodiscard]] Result<void> load();

    [[nodiscard]] std::shared_ptr<const KeyRing> current() const { return ring_.get(); }

    [[nodiscard]] const Live<KeyRing>& live() const { return ring_; }

    /// A compact JWS by the key whose turn it is.
    [[nodiscard]] std::string sign(std::string_view typ, const json::Object& claims) const;

    /// Keys that are made from now on are of this kind; where the newest is of another, a new one
    /// is published at once, and signs once caches know it.
    [[nodiscard]] Result<void> use_alg(crypto::Alg alg);

    /// Publishes a new key; returns its kid.
    [[nodiscard]] Result<std::string> rotate(Rotation when);
    /// For a compromised key: what it signed is worthless from now on. A new key takes its place
    /// if it was the last one that may sign. kNotFound for an unknown one.
    [[nodiscard]] Result<void> remove(std::string_view kid);

  private:
    [[nodiscard]] Result<std::string> create(Timestamp sign_from);
    [[nodiscard]] Result<KeyRing::Entry> open(const StoredKey& stored);
    [[nodiscard]] Result<void> drop_superseded(std::vector<KeyRing::Entry>& entries);
    [[nodiscard]] Result<void> load_locked();

    KeyStore& store_;
    crypto::Sealer sealer_;
    const Clock& clock_;
    SigningKeySettings settings_;
    // Makes reloads follow each other, so that an older list never replaces a newer one.
    std::mutex reload_;
    Live<KeyRing> ring_;
};

/// A 32-byte key that outlives master-key rotations because it is only sealed under the master key:
/// created on first use, the same on all replicas. `sealer` is the one of `purpose`.
[[nodiscard]] Result<Secret> load_stored_secret(KeyStore& store,
                                                const crypto::Sealer& sealer,
                                                std::string_view purpose,
                                                Timestamp now);

}  // namespace gatehouse::oauth
