// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace gatehouse::proxy {

/// Text that is written from its beginning again and again; once warm it allocates nothing.
class HeadBuffer {
  public:
    void clear() { size_ = 0; }

    void put(std::string_view text) {
        if (text.empty()) {
            return;
        }
        if (capacity_ - size_ < text.size()) {
            grow(text.size());
        }
        std::memcpy(bytes_.get() + size_, text.data(), text.size());
        size_ += text.size();
    }

    /// A header field's line.
    void field(std::string_view name, std::string_view value) {
        put(name);
        put(": ");
        put(value);
        put("\r\n");
    }

    /// Valid until the next change.
    [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }

  private:
    void grow(std::size_t more) {
        const std::size_t capacity = std::max<std::size_t>((size_ + more) * 2, 4096);
        auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
        std::memcpy(bytes.get(), bytes_.get(), size_);
        bytes_ = std::move(bytes);
        capacity_ = capacity;
    }

    std::unique_ptr<char[]> bytes_ = std::make_unique_for_overwrite<char[]>(4096);
    std::size_t capacity_ = 4096, size_ = 0;
};

}  // namespace gatehouse::proxy
