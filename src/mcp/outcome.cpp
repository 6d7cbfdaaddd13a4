// SPDX-License-Identifier: Apache-2.0
#include "mcp/outcome.h"

#include <charconv>

#include "base/json_cursor.h"

namespace gatehouse::mcp {
namespace {

using Type = JsonCursor::Type;
using RawString = JsonCursor::RawString;

/// Whether a key reads so, however it is written.
bool says(RawString key, std::string_view name) {
    std::string text;
    return key.escaped ? unescape(key, text) && text == name : key.text == name;
}

/// The value ahead if it is a string; passes it in any case.
bool read_text(JsonCursor& cursor, std::string& text) {
    RawString raw;
    if (cursor.type() != Type::kString) {
        return cursor.skip();
    }
    if (!cursor.read(raw)) {
        return false;
    }
    if (!raw.escaped) {
        text = raw.text;
    } else if (!unescape(raw, text)) {
        text.clear();
    }
    return true;
}

bool read_result(JsonCursor& cursor, Outcome& outcome) {
    return cursor.read_object([&](RawString key) {
        const Type type = cursor.type();
        if (says(key, "isError") && (type == Type::kTrue || type == Type::kFalse)) {
            outcome.is_error = type == Type::kTrue;
        } else if (says(key, "protocolVersion")) {
            return read_text(cursor, outcome.protocol_version);
        }
        return cursor.skip();
    });
}

bool read_error(JsonCursor& cursor, Outcome& outcome) {
    return cursor.read_object([&](RawString key) {
        if (says(key, "message")) {
            return read_text(cursor, outcome.error_message);
        }
        const Type type = cursor.type();
        std::string_view text;
        if (!cursor.skip(text)) {
            return false;
        }
        std::int64_t code = 0;
        if (says(key, "code") && type == Type::kNumber) {
            const char* const end = text.data() + text.size();
            const auto read = std::from_chars(text.data(), end, code);
            if (read.ec == std::errc() && read.ptr == end) {
                outcome.rpc_code = code;
            }
        }
        return true;
    });
}

}  // namespace

std::string_view result_of(std::string_view body) {
    std::string_view result;
    JsonCursor cursor(body);
    const bool read = cursor.read_object([&](RawString key) {
        const bool wanted = says(key, "result") && cursor.type() == Type::kObject;
        std::string_view text;
        if (!cursor.skip(text)) {
            return false;
        }
        result = wanted ? text : result;
        return true;
    });
    return read ? result : std::string_view();
}

Outcome read_outcome(std::string_view body, OutcomeDetail detail) {
    Outcome outcome;
    JsonCursor cursor(body);
    // What comes before a place that cannot be read was read.
    (void)cursor.read_object([&](RawString key) {
        const Type type = cursor.type();
        if (says(key, "result")) {
            outcome.is_response = true;
            if (detail == OutcomeDetail::kKind) {
                return false;
            }
            return type == Type::kObject ? read_result(cursor, outcome) : cursor.skip();
        }
        if (says(key, "error")) {
            outcome.is_response = true;
            return type == Type::kObject ? read_error(cursor, outcome) : cursor.skip();
        }
        return cursor.skip();
    });
    return outcome;
}

}  // namespace gatehouse::mcp
