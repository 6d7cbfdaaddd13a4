// SPDX-License-Identifier: Apache-2.0
#include "proxy/ended_sessions.h"

#include <algorithm>
#include <utility>

#include "proxy/keyed_hash.h"

namespace gatehouse::proxy {

EndedSessions::EndedSessions()
    : seed_(random_seed()), buckets_(std::make_unique<std::array<Bucket, kBuckets>>()) {}

std::uint64_t EndedSessions::mark_of(std::string_view sealed_id) const {
    // Zero means an empty place.
    return keyed_hash(sealed_id, seed_) | 1U;
}

void EndedSessions::add(std::string_view sealed_id) {
    note(sealed_id);
    const std::lock_guard lock(mutex_);
    if (new_.size() < kMostNew) {
        new_.emplace_back(sealed_id);
    }
}

std::vector<std::string> EndedSessions::take_new() {
    const std::lock_guard lock(mutex_);
    return std::exchange(new_, {});
}

void EndedSessions::note(std::string_view sealed_id) {
    if (contains(sealed_id)) {
        return;
    }
    const auto mark = mark_of(sealed_id);
    Bucket& bucket = (*buckets_)[(mark >> 1U) % kBuckets];
    const auto place = bucket.next.fetch_add(1, std::memory_order_relaxed) % kWays;
    bucket.marks[place].store(mark, std::memory_order_release);
}

bool EndedSessions::contains(std::string_view sealed_id) const {
    const auto mark = mark_of(sealed_id);
    return std::ranges::any_of((*buckets_)[(mark >> 1U) % kBuckets].marks, [&](const auto& kept) {
        return kept.load(std::memory_order_acquire) == mark;
    });
}

}  // namespace gatehouse::proxy
