// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::proxy {

/// Session ids that clients ended, so that no loop of this process serves them again. Bounded: the
/// oldest of a bucket make room, and those are left to the runtime to refuse. Asking is lock-free.
class EndedSessions {
  public:
    EndedSessions();

    /// A client ended it here: others want to know, too.
    void add(std::string_view sealed_id);
    /// It was ended elsewhere.
    void note(std::string_view sealed_id);
    /// What was added since the last call, the oldest first; of very many the first ones.
    [[nodiscard]] std::vector<std::string> take_new();
    [[nodiscard]] bool contains(std::string_view sealed_id) const;

  private:
    static constexpr std::size_t kBuckets = 4096;
    static constexpr std::size_t kWays = 8;

    struct Bucket {
        std::array<std::atomic<std::uint64_t>, kWays> marks{};
        std::atomic<std::uint32_t> next{0};
    };

    [[nodiscard]] std::uint64_t mark_of(std::string_view sealed_id) const;

    static constexpr std::size_t kMostNew = 10'000;

    std::mutex mutex_;  // guards new_
    std::vector<std::string> new_;
    std::uint64_t seed_;
    std::unique_ptr<std::array<Bucket, kBuckets>> buckets_;
};

}  // namespace gatehouse::proxy
