// SPDX-License-Identifier: Apache-2.0
#include "grants/ended_grants.h"

#include <algorithm>
#include <memory>

namespace gatehouse::grants {

void EndedGrantPublisher::publish(std::string_view user_id,
                                  std::string_view server,
                                  std::uint64_t version) {
    const std::lock_guard lock(mutex_);
    const SteadyTime now = clock_.steady_now();
    std::erase_if(entries_, [&](const Entry& entry) { return now - entry.at > kKept; });
    entries_.push_back({.at = now,
                        .user_id = std::string(user_id),
                        .server = std::string(server),
                        .version = version});
    auto next = std::make_shared<EndedGrants>();
    next->overflowed = entries_.size() > kMost;
    for (const Entry& entry : entries_) {
        if (next->overflowed) {
            break;
        }
        auto& known = next->versions[{entry.user_id, entry.server}];
        known = std::max(known, entry.version);
    }
    live_.set(std::move(next));
}

}  // namespace gatehouse::grants
