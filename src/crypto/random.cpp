// SPDX-License-Identifier: Apache-2.0
#include "crypto/random.h"

#include <unistd.h>

#include <algorithm>

#include "base/assert.h"
#include "base/encoding.h"

namespace gatehouse::crypto {

std::string random_bytes(std::size_t count) {
    constexpr std::size_t kMostAtOnce = 256;
    std::string bytes(count, '\0');
    for (std::size_t done = 0; done < count;) {
        const auto size = std::min(count - done, kMostAtOnce);
        GATEHOUSE_ASSERT(getentropy(bytes.data() + done, size) == 0);
        done += size;
    }
    return bytes;
}

std::string random_token(std::size_t bytes) {
    return base64url_encode(random_bytes(bytes));
}

}  // namespace gatehouse::crypto
