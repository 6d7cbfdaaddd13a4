// SPDX-License-Identifier: Apache-2.0
#include "proxy/keyed_hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

#include "crypto/random.h"

namespace gatehouse::proxy {

std::uint64_t random_seed() {
    std::uint64_t seed = 0;
    const auto bytes = crypto::random_bytes(sizeof seed);
    std::memcpy(&seed, bytes.data(), sizeof seed);
    return seed;
}

std::uint64_t keyed_hash(std::string_view bytes, std::uint64_t seed) {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace gatehouse::proxy
