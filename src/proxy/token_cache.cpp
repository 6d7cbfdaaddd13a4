// SPDX-License-Identifier: Apache-2.0
#include "proxy/token_cache.h"

#include <algorithm>
#include <span>

#include "base/strings.h"
#include "proxy/keyed_hash.h"

namespace gatehouse::proxy {
namespace {

bool lost_a_key(const crypto::KeySet& before, const crypto::KeySet& now) {
    return std::ranges::any_of(before.keys, [&](const crypto::PublicKey& key) {
        return std::ranges::find(now.keys, key.kid(), &crypto::PublicKey::kid) == now.keys.end();
    });
}

}  // namespace

TokenCache::TokenCache(const oauth::LiveTrust& trust)
    : trust_(trust), seed_(random_seed()), seen_(trust.get()), slots_(kSlots) {}

const oauth::Trust& TokenCache::current_trust() {
    const oauth::Trust& trust = trust_.get();
    if (&trust != seen_.get()) {
        // What a removed key signed is worth nothing from now on.
        if (lost_a_key(seen_->keys, trust.keys)) {
            std::ranges::fill(slots_, Slot{});
        }
        seen_ = trust_.shared();
    }
    return *seen_;
}

// The lowest bit only tells a used slot from an empty one: it must not choose the bucket.
std::span<TokenCache::Slot> TokenCache::bucket_of(std::uint64_t hash) {
    return std::span(slots_).subspan((hash >> 1U) % (kSlots / kWays) * kWays, kWays);
}

TokenCache::Verdict TokenCache::unless_revoked(SharedToken token) {
    if (oauth::is_revoked(*token, *seen_)) {
        return std::unexpected(oauth::TokenFault::kRejected);
    }
    return token;
}

std::optional<TokenCache::Verdict> TokenCache::recall(std::string_view token,
                                                      std::string_view audience,
                                                      Timestamp now) {
    (void)current_trust();
    const auto hash = keyed_hash(token, seed_) | 1U;
    const std::span<Slot> ways = bucket_of(hash);
    const auto found = std::ranges::find_if(ways, [&](const Slot& slot) {
        return slot.hash == hash && constant_time_equal(slot.token, token) &&
               slot.audience == audience;
    });
    if (found == ways.end()) {
        return std::nullopt;
    }
    // The next list may lack a token of the last one, or have it back as another object.
    if (found->verified->personal != nullptr &&
        found->personal_generation != seen_->personal->generation) {
        *found = Slot{};
        return std::nullopt;
    }
    found->used = ++turn_;
    if (found->verified->expires_at <= to_unix_seconds(now)) {
        return std::unexpected(oauth::TokenFault::kExpired);
    }
    return unless_revoked(found->verified);
}

TokenCache::Verdict TokenCache::verify(std::string_view token,
                                       std::string_view issuer,
                                       std::string_view audience,
                                       Timestamp now) {
    if (auto known = recall(token, audience, now)) {
        return std::move(*known);
    }
    auto fresh = oauth::verify_access_token(token, issuer, audience, seen_->keys, now);
    if (!fresh) {
        return std::unexpected(fresh.error());
    }
    auto verified = std::make_shared<const oauth::AccessToken>(std::move(*fresh));
    keep(token, audience, verified);
    return unless_revoked(std::move(verified));
}

TokenCache::Verdict TokenCache::verify_personal(std::string_view token,
                                                const catalog::Server& server,
                                                Timestamp now) {
    if (!server.personal_tokens) {
        return std::unexpected(oauth::TokenFault::kRejected);
    }
    if (auto known = recall(token, server.mcp_url, now)) {
        return std::move(*known);
    }
    auto found = oauth::find_personal_token(token, server.name, *seen_->personal, now);
    if (!found) {
        return std::unexpected(found.error());
    }
    keep(token, server.mcp_url, *found);
    return unless_revoked(*std::move(found));
}

void TokenCache::keep(std::string_view token, std::string_view audience, SharedToken verified) {
    const auto hash = keyed_hash(token, seed_) | 1U;
    *std::ranges::min_element(bucket_of(hash), {}, &Slot::used) =
        Slot{.hash = hash,
             .used = ++turn_,
             .personal_generation = seen_->personal->generation,
             .token = std::string(token),
             .audience = std::string(audience),
             .verified = std::move(verified)};
}

bool TokenCache::is_revoked(const oauth::AccessToken& token) {
    const oauth::Trust& trust = current_trust();
    return oauth::is_revoked(token, trust) || !oauth::is_signed_by(token, trust.keys);
}

}  // namespace gatehouse::proxy
