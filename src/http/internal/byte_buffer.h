// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace gatehouse::http::internal {

/// Bytes that wait: taken at the front, appended at the back. Owns no memory while empty; at least
/// kPadding readable bytes follow the content.
class ByteBuffer {
  public:
    static constexpr std::size_t kPadding = 64;

    [[nodiscard]] bool empty() const { return begin_ == end_; }

    [[nodiscard]] std::size_t size() const { return end_ - begin_; }

    [[nodiscard]] char* data() { return memory_.get() + begin_; }

    [[nodiscard]] std::string_view view() const { return {memory_.get() + begin_, size()}; }

    void append(std::string_view bytes) {
        if (bytes.empty()) {
            return;
        }
        make_room(bytes.size());
        std::memcpy(memory_.get() + end_, bytes.data(), bytes.size());
        end_ += bytes.size();
    }

    void drop_front(std::size_t count) {
        begin_ += count;
        if (begin_ >= end_) {
            clear();
        }
    }

    void truncate(std::size_t size) {
        end_ = begin_ + size;
        if (size == 0) {
            clear();
        }
    }

    void clear() {
        memory_.reset();
        begin_ = end_ = capacity_ = 0;
    }

  private:
    void make_room(std::size_t more) {
        const auto needed = size() + more;
        if (end_ + more <= capacity_) {
            return;
        }
        if (needed <= capacity_ && begin_ >= capacity_ / 2) {
            std::memmove(memory_.get(), data(), size());
        } else {
            const auto capacity = std::max<std::size_t>(needed + needed / 2, 1024);
            std::unique_ptr<char[]> next(new char[capacity + kPadding]);
            std::memset(next.get() + capacity, 0, kPadding);
            if (!empty()) {
                std::memcpy(next.get(), data(), size());
            }
            memory_ = std::move(next);
            capacity_ = capacity;
        }
        end_ -= begin_;
        begin_ = 0;
    }

    std::unique_ptr<char[]> memory_;
    std::size_t begin_ = 0, end_ = 0, capacity_ = 0;
};

}  // namespace gatehouse::http::internal
