// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "budget/budget_store.h"
#include "budget/lease_file.h"
#include "budget/window.h"

namespace gatehouse::budget {

/// What this process may spend of one count in one window without asking the store. Any thread; no
/// locks.
class Lease {
  public:
    /// Without a file, or where it is full, what was spent is lost with the process. The file must
    /// outlive it.
    Lease(std::int64_t id, CountName count, LeaseFile* file);
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Lease(Lease&&) = delete;
    Lease& operator=(Lease&&) = delete;
    /// Only now, and if the store knows what was spent, is its place in the file free: late callers
    /// may still look at it.
    ~Lease();

    [[nodiscard]] std::int64_t id() const { return id_; }

    [[nodiscard]] const CountName& count() const { return count_; }

    [[nodiscard]] bool covers(Timestamp now) const {
        return count_.window_start <= now && now < count_.window_end;
    }

    /// `amount` would fit now, under a limit that may have changed since the lease was granted.
    [[nodiscard]] bool fits(std::int64_t amount, std::int64_t limit) const;
    /// Spends, unless it does not fit or the lease is closed.
    [[nodiscard]] bool take(std::int64_t amount, std::int64_t limit);
    /// Changes what was spent afterwards, also beyond what was granted. False when the lease is
    /// closed: the store has to be told.
    [[nodiscard]] bool settle(std::int64_t delta);
    /// From now on nothing can be taken; what was spent.
    [[nodiscard]] std::int64_t close();
    /// Closes it if nothing is spent.
    [[nodiscard]] bool close_unused();

    [[nodiscard]] std::int64_t spent() const;

    [[nodiscard]] std::int64_t granted() const { return granted_.load(std::memory_order_acquire); }

    /// What everybody has used or may use, less what is unspent here.
    [[nodiscard]] std::int64_t used() const;

    void grant(const LeaseGrant& grant);

    /// Remembers that the store has nothing left under `limit`.
    void note_exhausted(std::int64_t limit, SteadyTime now);
    /// The store said so of late, so there is no use in asking again.
    [[nodiscard]] bool is_exhausted(std::int64_t limit, SteadyTime now) const;

    /// The store knows what was spent, or never knew of the lease.
    void forget() { forgotten_.store(true, std::memory_order_relaxed); }

    /// True once.
    [[nodiscard]] bool warn_once() {
        return !warned_.load(std::memory_order_relaxed) &&
               !warned_.exchange(true, std::memory_order_relaxed);
    }

  private:
    const std::int64_t id_;
    const CountName count_;
    LeaseFile* const file_;
    LeaseFile::Slot* const slot_;
    std::atomic<std::int64_t> own_spent_{0};  ///< without a slot
    std::atomic<std::int64_t>& spent_;
    std::atomic<std::int64_t> granted_{0}, others_{0};
    std::atomic<std::int64_t> exhausted_limit_{-1}, exhausted_until_{0};
    std::atomic<bool> warned_{false}, forgotten_{false};
};

}  // namespace gatehouse::budget
