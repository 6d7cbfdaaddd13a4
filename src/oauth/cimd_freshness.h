// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"
#include "http/message.h"

namespace gatehouse::oauth {

inline constexpr std::chrono::seconds kMinFreshness = std::chrono::minutes(5);
inline constexpr std::chrono::seconds kMaxFreshness = std::chrono::hours(24);

/// How long a fetched answer may be used again (RFC 9111 §4.2, as a shared cache), between 5
/// minutes and a day (C28); the least where the answer does not say. Nothing: `no-store`.
[[nodiscard]] std::optional<std::chrono::seconds> freshness_of(const http::Headers& headers,
                                                               Timestamp now);

}  // namespace gatehouse::oauth
