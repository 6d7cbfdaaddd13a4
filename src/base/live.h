// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace gatehouse {

/// The current version of an immutable value that others replace as a whole (configuration, keys,
/// revocations). Thread-safe; readers keep the version they took for as long as they like.
template <typename T>
class Live {
  public:
    explicit Live(std::shared_ptr<const T> initial) : value_(std::move(initial)) {}

    [[nodiscard]] std::shared_ptr<const T> get() const {
        const std::lock_guard lock(mutex_);
        return value_;
    }

    void set(std::shared_ptr<const T> next) {
        {
            const std::lock_guard lock(mutex_);
            value_ = std::move(next);
        }
        generation_.fetch_add(1, std::memory_order_release);
    }

    /// Grows with every `set`; a loop compares it before each request and takes the lock only
    /// when it moved.
    [[nodiscard]] std::uint64_t generation() const {
        return generation_.load(std::memory_order_acquire);
    }

  private:
    mutable std::mutex mutex_;  // guards value_
    std::shared_ptr<const T> value_;
    std::atomic<std::uint64_t> generation_{1};
};

/// A thread's own copy of a Live value, refreshed only when it moved. One thread only.
template <typename T>
class LiveReader {
  public:
    explicit LiveReader(const Live<T>& live) : live_(live) {}

    /// Valid until the next call.
    [[nodiscard]] const T& get() {
        if (const auto generation = live_.generation(); generation != seen_) {
            copy_ = live_.get();
            seen_ = generation;
        }
        return *copy_;
    }

    [[nodiscard]] std::shared_ptr<const T> shared() {
        (void)get();
        return copy_;
    }

  private:
    const Live<T>& live_;
    std::shared_ptr<const T> copy_;
    std::uint64_t seen_ = 0;
};

}  // namespace gatehouse
