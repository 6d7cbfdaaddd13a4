// SPDX-License-Identifier: Apache-2.0
// uses: mcp
#include "mcp/sse.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mcp/outcome.h"

namespace {

struct Scan {
    std::string events;
    bool at_boundary = false;
};

Scan scan(std::string_view text, std::size_t piece) {
    gatehouse::mcp::SseScanner scanner;
    Scan seen;
    for (std::size_t at = 0; at < text.size(); at += piece) {
        const auto part = text.substr(at, piece);
        const auto boundary = scanner.feed(part, [&](std::string_view data) {
            (void)gatehouse::mcp::read_outcome(data);
            seen.events.append(data).push_back('\0');
        });
        if (boundary > part.size()) {
            std::abort();
        }
    }
    seen.at_boundary = scanner.at_boundary();
    return seen;
}

}  // namespace

/// A stream means the same however it is cut into pieces. The first byte is the length of a piece.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const Scan whole = scan(text, text.size());
    const Scan cut = scan(text, 1U + data[0] % 64U);
    if (whole.events != cut.events || whole.at_boundary != cut.at_boundary) {
        std::abort();
    }
    return 0;
}
