// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gatehouse {

/// "500ms", "10s", "5m", "2h", "30d".
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// "512", "64KiB", "4MiB", "1GiB": bytes.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);
/// RFC 3339 in UTC with milliseconds, for records and the API.
[[nodiscard]] std::string format_time(std::chrono::sys_time<std::chrono::milliseconds> time);
/// An RFC 3339 UTC time ("2026-11-24T10:00:00Z", optional fraction).
[[nodiscard]] Result<std::chrono::sys_time<std::chrono::milliseconds>> parse_time(
    std::string_view text);

}  // namespace gatehouse
