// SPDX-License-Identifier: Apache-2.0
#include "oauth/signing_keys.h"

#include <algorithm>

#include "base/assert.h"
#include "base/encoding.h"
#include "crypto/jwt.h"
#include "crypto/random.h"

namespace gatehouse::oauth {
namespace {

constexpr std::string_view kPurpose = "signing-key";
constexpr std::size_t kBoxKeyBytes = 5;  // crypto::Sealer: version and key id

std::shared_ptr<const KeyRing> make_ring(std::vector<KeyRing::Entry> entries) {
    auto ring = std::make_shared<KeyRing>();
    json::Array keys;
    for (const KeyRing::Entry& entry : entries) {
        ring->public_keys.keys.push_back(entry.key.public_key());
        keys.push_back(ring->public_keys.keys.back().to_jwk());
    }
    ring->entries = std::move(entries);
    ring->jwks = json::dump(json::Object{{"keys", std::move(keys)}});
    return ring;
}

/// Seals a box again that is still under an older master key, so that the old one can go.
Result<void> keep_under_first_key(KeyStore& store,
                                  const crypto::Sealer& sealer,
                                  const StoredKey& stored,
                                  const Secret& plain) {
    const std::string fresh = sealer.seal(plain.reveal(), stored.id);
    if (stored.box.substr(0, kBoxKeyBytes) == fresh.substr(0, kBoxKeyBytes)) {
        return {};
    }
    return store.replace_box(stored.id, fresh);
}

Error does_not_fit(const Error& cause) {
    return {.code = ErrorCode::kCorrupt,
            .message = "the master key does not fit the stored keys",
            .detail = describe(cause)};
}

}  // namespace

const crypto::SigningKey& KeyRing::signing_key(Timestamp now) const {
    GATEHOUSE_ASSERT(!entries.empty());
    const auto later =
        std::ranges::find_if(entries, [&](const Entry& entry) { return entry.sign_from > now; });
    // A clock that was set back must not leave us without a key.
    return later == entries.begin() ? later->key : std::prev(later)->key;
}

SigningKeys::SigningKeys(KeyStore& store,
                         crypto::Sealer sealer,
                         const Clock& clock,
                         SigningKeySettings settings)
    : store_(store),
      sealer_(std::move(sealer)),
      clock_(clock),
      settings_(settings),
      ring_(std::make_shared<const KeyRing>()) {}

Result<void> SigningKeys::load() {
    const std::lock_guard lock(reload_);
    return load_locked();
}

Result<void> SigningKeys::load_locked() {
    auto stored = store_.list(kPurpose);
    if (stored && stored->empty()) {
        if (auto created = create(clock_.now()); !created) {
            return std::unexpected(created.error());
        }
        // Another replica may have created one at the same moment: both see both.
        stored = store_.list(kPurpose);
    }
    if (!stored) {
        return std::unexpected(stored.error());
    }
    std::vector<KeyRing::Entry> entries;
    for (const StoredKey& key : *stored) {
        auto entry = open(key);
        if (!entry) {
            return std::unexpected(entry.error());
        }
        entries.push_back(*std::move(entry));
    }
    if (auto dropped = drop_superseded(entries); !dropped) {
        return dropped;
    }
    ring_.set(make_ring(std::move(entries)));
    return {};
}

Result<KeyRing::Entry> SigningKeys::open(const StoredKey& stored) {
    const auto ring = ring_.get();
    const auto known = std::ranges::find_if(
        ring->entries, [&](const KeyRing::Entry& entry) { return entry.key.kid() == stored.id; });
    // Under another master key it is opened once more, and sealed again.
    if (known != ring->entries.end() && sealer_.is_current(stored.box)) {
        return *known;
    }
    const auto pem = sealer_.open(stored.box, stored.id);
    if (!pem) {
        return std::unexpected(does_not_fit(pem.error()));
    }
    auto key = crypto::SigningKey::from_pem(*pem);
    if (!key) {
        return std::unexpected(key.error());
    }
    if (auto kept = keep_under_first_key(store_, sealer_, stored, *pem); !kept) {
        return std::unexpected(kept.error());
    }
    return KeyRing::Entry{
        .key = *std::move(key), .created_at = stored.created_at, .sign_from = stored.sign_from};
}

Result<void> SigningKeys::drop_superseded(std::vector<KeyRing::Entry>& entries) {
    const Timestamp limit = clock_.now() - settings_.keep;
    // The successor's start is when the last token of its predecessor may have been signed.
    while (entries.size() > 1 && entries[1].sign_from < limit) {
        if (auto removed = store_.remove(entries.front().key.kid()); !removed) {
            return removed;
        }
        entries.erase(entries.begin());
    }
    return {};
}

std::string SigningKeys::sign(std::string_view typ, const json::Object& claims) const {
    const auto ring = ring_.get();
    return crypto::sign_jwt(ring->signing_key(clock_.now()), typ, claims);
}

Result<std::string> SigningKeys::create(Timestamp sign_from) {
    const auto key = crypto::SigningKey::generate(settings_.alg);
    const std::string& kid = key.kid();
    const auto inserted = store_.insert({.id = kid,
                                         .purpose = std::string(kPurpose),
                                         .box = sealer_.seal(key.to_pem().reveal(), kid),
                                         .created_at = clock_.now(),
                                         .sign_from = sign_from});
    if (!inserted) {
        return std::unexpected(inserted.error());
    }
    return kid;
}

Result<void> SigningKeys::use_alg(crypto::Alg alg) {
    const std::lock_guard lock(reload_);
    settings_.alg = alg;
    const auto ring = ring_.get();
    if (ring->entries.empty() || ring->entries.back().key.alg() == alg) {
        return {};
    }
    if (auto created = create(clock_.now() + settings_.publish_ahead); !created) {
        return std::unexpected(created.error());
    }
    return load_locked();
}

Result<std::string> SigningKeys::rotate(Rotation when) {
    const std::lock_guard lock(reload_);
    const Timestamp now = clock_.now();
    auto kid = create(now + (when == Rotation::kSoon ? settings_.spread : settings_.publish_ahead));
    if (!kid) {
        return kid;
    }
    if (auto loaded = load_locked(); !loaded) {
        return std::unexpected(loaded.error());
    }
    return kid;
}

Result<void> SigningKeys::remove(std::string_view kid) {
    const std::lock_guard lock(reload_);
    const auto ring = ring_.get();
    const Timestamp now = clock_.now();
    const bool known = std::ranges::any_of(
        ring->entries, [&](const KeyRing::Entry& entry) { return entry.key.kid() == kid; });
    if (!known) {
        return fail(ErrorCode::kNotFound, "no such key");
    }
    const bool another_signs = std::ranges::any_of(ring->entries, [&](const KeyRing::Entry& e) {
        return e.key.kid() != kid && e.sign_from <= now;
    });
    if (!another_signs) {
        if (auto created = create(now); !created) {
            return std::unexpected(created.error());
        }
    }
    if (auto removed = store_.remove(kid); !removed) {
        return removed;
    }
    return load_locked();
}

Result<Secret> load_stored_secret(KeyStore& store,
                                  const crypto::Sealer& sealer,
                                  std::string_view purpose,
                                  Timestamp now) {
    const std::string id(purpose);
    auto stored = store.list(purpose);
    if (stored && stored->empty()) {
        // On a conflict another replica was first, and its key is the one to read back.
        const auto inserted = store.insert({.id = id,
                                            .purpose = id,
                                            .box = sealer.seal(crypto::random_bytes(32), id),
                                            .created_at = now,
                                            .sign_from = now});
        if (!inserted) {
            return std::unexpected(inserted.error());
        }
        stored = store.list(purpose);
    }
    if (!stored) {
        return std::unexpected(stored.error());
    }
    if (stored->empty()) {
        return fail(ErrorCode::kCorrupt, "a stored key cannot be read back", id);
    }
    auto secret = sealer.open(stored->front().box, id);
    if (!secret) {
        return std::unexpected(does_not_fit(secret.error()));
    }
    if (auto kept = keep_under_first_key(store, sealer, stored->front(), *secret); !kept) {
        return std::unexpected(kept.error());
    }
    return secret;
}

}  // namespace gatehouse::oauth
