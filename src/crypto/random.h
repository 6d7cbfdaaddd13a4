// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace gatehouse::crypto {

/// Unpredictable bytes from the operating system's generator; ends the process if it fails.
[[nodiscard]] std::string random_bytes(std::size_t count);
/// `bytes` of entropy as base64url: opaque tokens, codes, states, ids.
[[nodiscard]] std::string random_token(std::size_t bytes = 32);

}  // namespace gatehouse::crypto
