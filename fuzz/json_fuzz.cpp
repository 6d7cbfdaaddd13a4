// SPDX-License-Identifier: Apache-2.0
// uses: base
#include "base/json.h"

#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "base/strings.h"

using namespace gatehouse;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto value = json::parse(text)) {
        GATEHOUSE_ASSERT(is_valid_utf8(text));
        GATEHOUSE_ASSERT(json::parse(json::dump(*value)));
    }
    GATEHOUSE_ASSERT(is_valid_utf8(sanitize_text(text, 64)));
    return 0;
}
