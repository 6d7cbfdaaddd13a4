// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

/// Just enough HTTP/1.1 for two ends that trust each other.
namespace gatehouse::bench {

struct Message {
    std::string_view start_line;
    std::string_view body;  ///< with chunk framing, if it has any
    std::size_t size = 0;   ///< of all of it
};

/// The message at the start of `bytes`, or nothing while it is incomplete.
[[nodiscard]] std::optional<Message> read_message(std::string_view bytes);

}  // namespace gatehouse::bench
