// SPDX-License-Identifier: Apache-2.0
#include "grants/revoker.h"

#include <algorithm>
#include <vector>

#include "crypto/random.h"
#include "telemetry/log.h"

namespace gatehouse::grants {
namespace {

constexpr std::chrono::hours kTryFor{48};
constexpr std::chrono::minutes kLongestPause{60};
constexpr std::size_t kAtOnce = 20;

std::chrono::minutes pause_after(int attempts) {
    return std::min(kLongestPause, std::chrono::minutes{1} * (1 << std::clamp(attempts, 0, 6)));
}

}  // namespace

Revocation Revoker::prepare(const Source& source, const oidc::Tokens& tokens) const {
    const Timestamp now = parts_.clock.now();
    Revocation revocation{.id = crypto::random_token(16),
                          .server = std::string(source.server),
                          .profile = std::string(source.profile),
                          .client_generation = std::string(source.client_generation),
                          .next_at = now + pause_after(0),
                          .ends_at = now + kTryFor};
    revocation.sealed = parts_.vault.seal(tokens, {.server = revocation.server,
                                                   .profile = revocation.profile,
                                                   .user = Owner::revocation(revocation.id)});
    return revocation;
}

Revoker::Outcome Revoker::tell(const Revocation& revocation) {
    const auto catalog = parts_.catalog.get();
    const auto* profile = catalog->find_profile(revocation.profile);
    const auto tokens =
        parts_.vault.open(revocation.sealed, {.server = revocation.server,
                                              .profile = revocation.profile,
                                              .user = Owner::revocation(revocation.id)});
    if (profile == nullptr || !tokens) {
        return Outcome::kDone;
    }
    const auto provider = parts_.providers.provider_of(*profile);
    if (!provider) {
        return provider.error().code == ErrorCode::kPeer ? Outcome::kDone : Outcome::kLater;
    }
    const auto client = parts_.clients.of_generation(*profile, revocation.client_generation);
    if (!client) {
        return client.error().code == ErrorCode::kNotFound ? Outcome::kDone : Outcome::kLater;
    }
    return parts_.tokens.revoke({.profile = *profile, .provider = *provider, .client = *client},
                                *tokens)
               ? Outcome::kDone
               : Outcome::kLater;
}

void Revoker::forget(const Revocation& revocation) {
    if (const auto removed = parts_.store.remove(revocation.id); !removed) {
        telemetry::warn("grants", "a revocation that was made is tried again: {}",
                        describe(removed.error()));
    }
}

void Revoker::settle(const Revocation& revocation) {
    if (revocation.sealed.empty() || tell(revocation) == Outcome::kDone) {
        forget(revocation);
    }
}

void Revoker::give_up(const Revocation& revocation) {
    telemetry::error("grants", "the server of profile {} could not be told to forget tokens",
                     revocation.profile);
    const auto recorded = parts_.events.record(
        {.name = "grant.revocation_failed",
         .server = revocation.server,
         .detail = {{"profile", revocation.profile}, {"attempts", revocation.attempts}}});
    if (!recorded) {
        telemetry::error("grants", "a failed revocation was not recorded: {}",
                         describe(recorded.error()));
    }
    forget(revocation);
}

void Revoker::retry_due() {
    const Timestamp now = parts_.clock.now();
    const auto due = parts_.store.due(now, kAtOnce);
    for (const Revocation& revocation : due.value_or(std::vector<Revocation>{})) {
        if (revocation.ends_at <= now) {
            give_up(revocation);
            continue;
        }
        // Whoever counts the attempt makes it, of several replicas one.
        const auto ours = parts_.store.postpone(revocation.id, revocation.attempts,
                                                now + pause_after(revocation.attempts + 1));
        if (ours && *ours) {
            settle(revocation);
        }
    }
}

}  // namespace gatehouse::grants
