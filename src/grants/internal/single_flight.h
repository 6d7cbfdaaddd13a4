// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace gatehouse::grants::internal {

/// Turns, one at a time per key, for work that blocks on the network: unlike a mutex, waiting has
/// a deadline. Thread-safe; must outlive its turns.
class SingleFlight {
  public:
    /// A key's turn, over when destroyed.
    class Turn {
      public:
        Turn(SingleFlight& flights, std::string key) : flights_(&flights), key_(std::move(key)) {}

        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

        Turn(Turn&& other) noexcept
            : flights_(std::exchange(other.flights_, nullptr)), key_(std::move(other.key_)) {}

        Turn& operator=(Turn&&) = delete;

        ~Turn() {
            if (flights_ != nullptr) {
                flights_->leave(key_);
            }
        }

      private:
        SingleFlight* flights_;
        std::string key_;
    };

    /// Nothing when the key is still busy after `patience`; zero asks without waiting.
    [[nodiscard]] std::optional<Turn> enter(const std::string& key,
                                            std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        if (!left_.wait_for(lock, patience, [&] { return !busy_.contains(key); })) {
            return std::nullopt;
        }
        busy_.insert(key);
        return std::optional<Turn>(std::in_place, *this, key);
    }

  private:
    void leave(const std::string& key) {
        {
            const std::lock_guard lock(mutex_);
            busy_.erase(key);
        }
        left_.notify_all();
    }

    std::mutex mutex_;  // guards busy_
    std::condition_variable left_;
    std::set<std::string> busy_;
};

}  // namespace gatehouse::grants::internal
