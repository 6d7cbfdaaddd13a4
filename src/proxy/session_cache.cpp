// SPDX-License-Identifier: Apache-2.0
#include "proxy/session_cache.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "proxy/keyed_hash.h"

namespace gatehouse::proxy {

SessionCache::SessionCache(const crypto::Sealer& sealer)
    : sealer_(sealer), seed_(random_seed()), slots_(kSlots) {}

SharedSession SessionCache::find(std::string_view sealed) {
    // The lowest bit only tells a used slot from an empty one.
    const std::uint64_t hash = keyed_hash(sealed, seed_) | 1U;
    const auto ways = std::span(slots_).subspan((hash >> 1U) % (kSlots / kWays) * kWays, kWays);
    const auto found = std::ranges::find_if(ways, [&](const Slot& slot) {
        return slot.hash == hash && constant_time_equal(slot.session->sealed, sealed);
    });
    if (found != ways.end()) {
        found->used = ++turn_;
        return found->session;
    }
    auto opened = unseal_session(sealer_, sealed);
    if (!opened) {
        return nullptr;
    }
    auto session = std::make_shared<OpenedSession>();
    static_cast<Session&>(*session) = std::move(*opened);
    session->sealed = sealed;
    *std::ranges::min_element(ways, {}, &Slot::used) =
        Slot{.hash = hash, .used = ++turn_, .session = session};
    return session;
}

SharedSession SessionCache::open(std::string_view sealed,
                                 const SessionHolder& holder,
                                 Timestamp now) {
    auto session = find(sealed);
    return session != nullptr && is_open_to(*session, holder, now) ? session : nullptr;
}

}  // namespace gatehouse::proxy
