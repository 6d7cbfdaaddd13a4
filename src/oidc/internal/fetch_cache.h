// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::oidc::internal {

/// For how long a fetched document is good without asking again.
inline constexpr std::chrono::minutes kFresh{10};

/// Fetched documents by name: kept while fresh, one fetch at a time per name, and the last good
/// copy serves when fetching fails. Thread-safe; no lock is held while fetching.
template <typename T>
class FetchCache {
  public:
    using Copy = std::shared_ptr<const T>;
    using Fetch = std::function<Result<T>()>;

    explicit FetchCache(const Clock& clock) : clock_(clock) {}

    /// A copy not older than `max_age`, or an older one when no newer can be had. While somebody
    /// fetches, callers that ask for kFresh get the old copy and others wait.
    [[nodiscard]] Result<Copy> get(const std::string& name,
                                   std::chrono::milliseconds max_age,
                                   const Fetch& fetch) {
        std::unique_lock lock(mutex_);
        Entry& entry = entries_[name];
        while (true) {
            const SteadyTime now = clock_.steady_now();
            const bool fresh = entry.value && now - entry.fetched_at < max_age;
            const bool serves_meanwhile = entry.value && entry.fetching && max_age >= kFresh;
            if (fresh || serves_meanwhile || failed_lately(entry, now)) {
                return answer(entry);
            }
            if (!entry.fetching) {
                break;
            }
            if (fetched_.wait_for(lock, kPatience) == std::cv_status::timeout) {
                return fail(ErrorCode::kUnavailable, "authorization server is slow", name);
            }
        }
        entry.fetching = true;
        lock.unlock();
        Result<T> result = fetch();
        lock.lock();
        settle(entry, std::move(result));
        fetched_.notify_all();
        return answer(entry);
    }

  private:
    static constexpr std::chrono::seconds kPatience{20};

    struct Entry {
        Copy value;
        std::optional<Error> error;  // of the latest attempt
        SteadyTime fetched_at, tried_at;
        bool fetching = false;
    };

    static bool failed_lately(const Entry& entry, SteadyTime now) {
        const std::chrono::seconds pause{entry.value ? 60 : 2};
        return entry.error && now - entry.tried_at < pause;
    }

    static Result<Copy> answer(const Entry& entry) {
        if (entry.value) {
            return entry.value;
        }
        return std::unexpected(entry.error.value_or(Error{}));
    }

    void settle(Entry& entry, Result<T> result) {
        entry.fetching = false;
        entry.tried_at = clock_.steady_now();
        if (result) {
            entry.value = std::make_shared<const T>(std::move(*result));
            entry.fetched_at = entry.tried_at;
            entry.error.reset();
        } else {
            entry.error = std::move(result.error());
        }
    }

    const Clock& clock_;
    std::mutex mutex_;  // guards entries_; their addresses are stable
    std::condition_variable fetched_;
    std::map<std::string, Entry> entries_;
};

}  // namespace gatehouse::oidc::internal
