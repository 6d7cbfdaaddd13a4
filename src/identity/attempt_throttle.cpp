// SPDX-License-Identifier: Apache-2.0
#include "identity/attempt_throttle.h"

#include <algorithm>
#include <vector>

namespace gatehouse::identity {

std::chrono::milliseconds AttemptThrottle::wait(std::string_view key) {
    const SteadyTime now = clock_.steady_now();
    const std::lock_guard lock(mutex_);
    const auto it = entries_.find(std::string(key));
    if (it == entries_.end() || it->second.blocked_until <= now) {
        return std::chrono::milliseconds{0};
    }
    return std::chrono::ceil<std::chrono::milliseconds>(it->second.blocked_until - now);
}

void AttemptThrottle::failed(std::string_view key) {
    const SteadyTime now = clock_.steady_now();
    const std::lock_guard lock(mutex_);
    if (entries_.size() >= settings_.max_keys) {
        forget_old(now);
    }
    Entry& entry = entries_[std::string(key)];
    if (now - entry.last_failure > settings_.most) {
        entry.failures = 0;
    }
    entry.last_failure = now;
    ++entry.failures;
    if (entry.failures > settings_.free_failures) {
        const unsigned doublings = std::min(entry.failures - settings_.free_failures - 1, 20U);
        const auto wait = settings_.first * (std::int64_t{1} << doublings);
        entry.blocked_until = now + std::min<std::chrono::milliseconds>(wait, settings_.most);
    }
}

void AttemptThrottle::succeeded(std::string_view key) {
    const std::lock_guard lock(mutex_);
    entries_.erase(std::string(key));
}

void AttemptThrottle::forget_old(SteadyTime now) {
    std::erase_if(entries_, [&](const auto& item) {
        return now - item.second.last_failure > settings_.most;
    });
    if (entries_.size() < settings_.max_keys) {
        return;
    }
    // Half at a time, so that a flood of new keys does not sort the table for each of them.
    std::vector<SteadyTime> times;
    times.reserve(entries_.size());
    for (const auto& [key, entry] : entries_) {
        times.push_back(entry.last_failure);
    }
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::ranges::nth_element(times, middle);
    const SteadyTime limit = *middle;
    std::erase_if(entries_, [&](const auto& item) { return item.second.last_failure <= limit; });
}

std::string throttle_source(std::string_view ip) {
    if (ip.find(':') == std::string_view::npos) {
        return std::string(ip);
    }
    // The first four groups as written; "::" ends them early, which only makes the group larger.
    std::size_t groups = 0;
    for (std::size_t i = 0; i < ip.size(); ++i) {
        if (ip[i] != ':') {
            continue;
        }
        if (++groups == 4 || (i + 1 < ip.size() && ip[i + 1] == ':')) {
            // "::1" and "::ffff:a.b.c.d" have no prefix of their own to group by.
            return i == 0 ? std::string(ip) : std::string(ip.substr(0, i));
        }
    }
    return std::string(ip);
}

}  // namespace gatehouse::identity
