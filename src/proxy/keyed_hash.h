// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace gatehouse::proxy {

[[nodiscard]] std::uint64_t random_seed();
/// For tables that outsiders fill: without the seed nobody can aim at a bucket.
[[nodiscard]] std::uint64_t keyed_hash(std::string_view bytes, std::uint64_t seed);

}  // namespace gatehouse::proxy
