// SPDX-License-Identifier: Apache-2.0
#include "http_message.h"

#include <charconv>

namespace gatehouse::bench {
namespace {

constexpr std::string_view kEndOfLine = "\r\n";

bool starts_without_case(std::string_view text, std::string_view lower) {
    if (text.size() < lower.size()) {
        return false;
    }
    for (std::size_t i = 0; i < lower.size(); ++i) {
        const char c = text[i];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c) != lower[i]) {
            return false;
        }
    }
    return true;
}

std::size_t to_size(std::string_view digits, int base) {
    std::size_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    return value;
}

/// The size of a chunked body with its framing, or 0 while it is incomplete.
std::size_t chunked_size(std::string_view bytes) {
    std::size_t at = 0;
    for (;;) {
        const auto line_end = bytes.find(kEndOfLine, at);
        if (line_end == std::string_view::npos) {
            return 0;
        }
        const auto chunk = to_size(bytes.substr(at, line_end - at), 16);
        at = line_end + kEndOfLine.size() + chunk + kEndOfLine.size();
        if (at > bytes.size()) {
            return 0;
        }
        if (chunk == 0) {
            return at;
        }
    }
}

}  // namespace

std::optional<Message> read_message(std::string_view bytes) {
    const auto head_end = bytes.find("\r\n\r\n");
    if (head_end == std::string_view::npos) {
        return std::nullopt;
    }
    const auto head = bytes.substr(0, head_end);
    const auto body = head_end + 4;
    std::size_t length = 0;
    for (auto at = head.find(kEndOfLine); at != std::string_view::npos;
         at = head.find(kEndOfLine, at + 1)) {
        const auto line = head.substr(at + kEndOfLine.size());
        if (starts_without_case(line, "content-length: ")) {
            length = to_size(line.substr(16), 10);
        } else if (starts_without_case(line, "transfer-encoding: chunked")) {
            length = chunked_size(bytes.substr(body));
            if (length == 0) {
                return std::nullopt;
            }
        }
    }
    if (bytes.size() - body < length) {
        return std::nullopt;
    }
    return Message{.start_line = head.substr(0, head.find(kEndOfLine)),
                   .body = bytes.substr(body, length),
                   .size = body + length};
}

}  // namespace gatehouse::bench
