// SPDX-License-Identifier: Apache-2.0
// uses: mcp
#include <boost/json/parse.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/json.h"
#include "mcp/headers.h"
#include "mcp/message.h"

namespace {

void expect_json(std::string_view text) {
    boost::json::error_code error;
    boost::json::parse_options options;
    options.max_depth = gatehouse::mcp::kMaxDepth + 2;
    (void)boost::json::parse(text, error, {}, options);
    // The other parser reads numbers into C++ types, which end somewhere.
    if (error && error != boost::json::error::exponent_overflow) {
        std::abort();
    }
}

}  // namespace

/// Bodies come from anybody: read or refused, and what is read is JSON to another parser, too.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace gatehouse;
    static mcp::Classifier classifier;
    std::string text(reinterpret_cast<const char*>(data), size);
    text.append(mcp::kPadding, '"');
    const auto body = classifier.classify(std::string_view(text).substr(0, size));
    if (!body) {
        return 0;
    }
    (void)mcp::agree(*body, {.version = "2026-07-28", .name = body->messages.front().item}, {});
    expect_json(std::string_view(text).substr(0, size));
    for (const auto& message : body->messages) {
        if (!message.arguments.empty()) {
            expect_json(message.arguments);
        }
    }
    return 0;
}
