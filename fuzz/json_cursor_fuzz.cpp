// SPDX-License-Identifier: Apache-2.0
// uses: base mcp
#include "base/json_cursor.h"

#include <boost/json/parse.hpp>
#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace {

using gatehouse::JsonCursor;

void expect(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// What another parser says, with the same bound on nesting; nothing where it has a limit of its
/// own, on numbers and on halves of surrogate pairs.
std::optional<bool> is_json(std::string_view text) {
    using boost::json::error;
    boost::json::error_code code;
    boost::json::parse_options options;
    options.max_depth = JsonCursor::kMaxDepth;
    const auto parsed = boost::json::parse(text, code, {}, options);
    const bool surrogate = text.contains("\\ud") || text.contains("\\uD");
    if (surrogate || code == error::exponent_overflow) {
        return std::nullopt;
    }
    return !code;
}

/// Reading goes wherever skipping goes.
bool read_all(JsonCursor& cursor) {
    std::string text;
    JsonCursor::RawString raw;
    switch (cursor.type()) {
        case JsonCursor::Type::kObject:
            return cursor.read_object([&](JsonCursor::RawString key) {
                (void)unescape(key, text);
                return read_all(cursor);
            });
        case JsonCursor::Type::kArray:
            return cursor.read_array([&] { return read_all(cursor); });
        case JsonCursor::Type::kString:
            if (!cursor.read(raw)) {
                return false;
            }
            if (unescape(raw, text)) {
                expect(simdjson::validate_utf8(text.data(), text.size()));
            }
            return true;
        default:
            return cursor.skip();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (!simdjson::validate_utf8(text.data(), text.size())) {
        return 0;
    }
    JsonCursor skipping(text);
    JsonCursor reading(text);
    const bool skips = skipping.skip() && skipping.at_end();
    const bool reads = read_all(reading) && reading.at_end();
    expect(skips == reads);
    expect(skips == is_json(text).value_or(skips));
    return 0;
}
