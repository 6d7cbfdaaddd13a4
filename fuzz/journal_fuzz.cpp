// SPDX-License-Identifier: Apache-2.0
// uses: audit
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "audit/codec.h"

/// Journal entries come from a disk: they must be read or refused, never crash.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    (void)gatehouse::audit::decode_entry({reinterpret_cast<const char*>(data), size});
    return 0;
}
