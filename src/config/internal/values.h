// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/internal/schema.h"

namespace gatehouse::config {

/// What a text should have been, or nothing when it is a value of that key.
[[nodiscard]] std::optional<std::string> complaint(const Key& key, std::string_view text);

/// "127.0.0.1:80", "[::1]:80", "localhost:80", ":80" (every IPv4 address).
[[nodiscard]] std::optional<ListenAddress> parse_address(std::string_view text);
/// An address block with its prefix length; a bare address is a block of one.
[[nodiscard]] std::optional<std::string> parse_cidr(std::string_view text);
[[nodiscard]] bool is_loopback(const ListenAddress& address);
[[nodiscard]] std::vector<std::string_view> choices_of(const Key& key);
/// A size or count of a valid text, a duration in milliseconds.
[[nodiscard]] std::optional<std::uint64_t> number_of(Type type, std::string_view text);

}  // namespace gatehouse::config
