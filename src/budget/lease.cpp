// SPDX-License-Identifier: Apache-2.0
#include "budget/lease.h"

#include <algorithm>
#include <utility>

namespace gatehouse::budget {
namespace {

// In the same word as the amount, so that nothing is spent between closing and reading.
constexpr std::int64_t kClosed = LeaseFile::kClosed;
// Another replica may give something back.
constexpr std::chrono::seconds kBelieve{1};

constexpr bool is_closed(std::int64_t spent) {
    return (spent & kClosed) != 0;
}

}  // namespace

Lease::Lease(std::int64_t id, CountName count, LeaseFile* file)
    : id_(id),
      count_(std::move(count)),
      file_(file),
      slot_(file == nullptr ? nullptr : file->take(id)),
      spent_(slot_ == nullptr ? own_spent_ : slot_->spent) {}

Lease::~Lease() {
    if (slot_ != nullptr && forgotten_.load(std::memory_order_relaxed)) {
        file_->release(*slot_);
    }
}

bool Lease::fits(std::int64_t amount, std::int64_t limit) const {
    const auto spent = spent_.load(std::memory_order_relaxed);
    const auto room = std::min(granted_.load(std::memory_order_acquire),
                               limit - others_.load(std::memory_order_relaxed));
    return !is_closed(spent) && spent + amount <= room;
}

bool Lease::take(std::int64_t amount, std::int64_t limit) {
    const auto room = std::min(granted_.load(std::memory_order_acquire),
                               limit - others_.load(std::memory_order_relaxed));
    auto spent = spent_.load(std::memory_order_relaxed);
    do {
        if (is_closed(spent) || spent + amount > room) {
            return false;
        }
    } while (!spent_.compare_exchange_weak(spent, spent + amount, std::memory_order_acq_rel,
                                           std::memory_order_relaxed));
    return true;
}

bool Lease::settle(std::int64_t delta) {
    auto spent = spent_.load(std::memory_order_relaxed);
    do {
        if (is_closed(spent)) {
            return false;
        }
    } while (!spent_.compare_exchange_weak(spent, spent + delta, std::memory_order_acq_rel,
                                           std::memory_order_relaxed));
    return true;
}

std::int64_t Lease::close() {
    return spent_.fetch_or(kClosed, std::memory_order_acq_rel) & ~kClosed;
}

bool Lease::close_unused() {
    std::int64_t nothing = 0;
    return spent_.compare_exchange_strong(nothing, kClosed, std::memory_order_acq_rel);
}

std::int64_t Lease::spent() const {
    return spent_.load(std::memory_order_acquire) & ~kClosed;
}

std::int64_t Lease::used() const {
    return others_.load(std::memory_order_relaxed) + spent();
}

void Lease::grant(const LeaseGrant& grant) {
    others_.store(grant.used - grant.granted, std::memory_order_relaxed);
    granted_.store(grant.granted, std::memory_order_release);
}

void Lease::note_exhausted(std::int64_t limit, SteadyTime now) {
    exhausted_until_.store((now + kBelieve).time_since_epoch().count(), std::memory_order_relaxed);
    exhausted_limit_.store(limit, std::memory_order_release);
}

bool Lease::is_exhausted(std::int64_t limit, SteadyTime now) const {
    return exhausted_limit_.load(std::memory_order_acquire) == limit &&
           now.time_since_epoch().count() < exhausted_until_.load(std::memory_order_relaxed);
}

}  // namespace gatehouse::budget
