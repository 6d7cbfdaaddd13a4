// SPDX-License-Identifier: Apache-2.0
// uses: base
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "base/encoding.h"

using namespace gatehouse;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto fields = parse_form(text)) {
        GATEHOUSE_ASSERT(parse_form(encode_form(*fields)) == fields);
    }
    if (const auto bytes = base64url_decode(text)) {
        GATEHOUSE_ASSERT(base64url_encode(*bytes) == text);
    }
    if (const auto bytes = base64_decode(text)) {
        GATEHOUSE_ASSERT(base64_encode(*bytes) == text);
    }
    GATEHOUSE_ASSERT(percent_decode(percent_encode(text)) == text);
    return 0;
}
