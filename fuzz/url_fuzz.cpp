// SPDX-License-Identifier: Apache-2.0
// uses: base
#include "base/url.h"

#include <cstddef>
#include <cstdint>

#include "base/assert.h"

using namespace gatehouse;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto url = parse_url(text);
    const auto resource = canonical_resource(text);
    GATEHOUSE_ASSERT(url || !resource);
    if (url && url->has_authority) {
        const auto origin = parse_url(url->origin());
        GATEHOUSE_ASSERT(origin && origin->host == url->host);
        GATEHOUSE_ASSERT(origin->effective_port() == url->effective_port());
        GATEHOUSE_ASSERT(origin->is_loopback() == url->is_loopback());
    }
    if (resource) {
        GATEHOUSE_ASSERT(parse_url(*resource)->origin() == url->origin());
    }
    return 0;
}
