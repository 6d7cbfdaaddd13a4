// SPDX-License-Identifier: Apache-2.0
#include "soak_protocol.h"

#include <fmt/format.h>

#include <charconv>

namespace gatehouse::bench {

std::string result_of(std::uint64_t call, std::string_view email) {
    std::string text = fmt::format("{} of {}:", call, email);
    for (std::uint64_t word = call; text.size() < 480; word = word * 6364136223846793005U + 1) {
        text += fmt::format(" {:016x}", word);
    }
    return fmt::format(
        R"({{"jsonrpc":"2.0","id":{},"result":{{"content":[{{"type":"text","text":"{}"}}],"isError":false}}}})",
        call, text);
}

std::string progress_of(std::uint64_t call, int index) {
    return fmt::format(
        R"({{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{},"progress":{}}}}})",
        call, index);
}

std::string notice_of(std::uint64_t index, std::string_view email) {
    return fmt::format(
        R"({{"jsonrpc":"2.0","method":"notifications/message","params":{{"level":"info","data":"{} for {}"}}}})",
        index, email);
}

std::string as_event(std::string_view json) {
    return fmt::format("event: message\ndata: {}\n\n", json);
}

std::string as_chunk(std::string_view bytes) {
    return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
    const auto begin = text.find(before);
    if (begin == std::string_view::npos) {
        return {};
    }
    const auto rest = text.substr(begin + before.size());
    const auto end = rest.find(after);
    return end == std::string_view::npos ? std::string_view{} : rest.substr(0, end);
}

bool take_chunks(std::string& raw, std::string& text) {
    std::size_t at = 0;
    bool last = false;
    while (!last) {
        const auto line_end = raw.find("\r\n", at);
        if (line_end == std::string::npos) {
            break;
        }
        std::size_t size = 0;
        std::from_chars(raw.data() + at, raw.data() + line_end, size, 16);
        const auto end = line_end + 2 + size + 2;
        if (end > raw.size()) {
            break;
        }
        text.append(raw, line_end + 2, size);
        last = size == 0;
        at = end;
    }
    raw.erase(0, at);
    return last;
}

std::string without_comments(std::string_view events) {
    std::string kept;
    bool after_comment = false;
    while (!events.empty()) {
        const auto line_end = events.find('\n');
        const auto line =
            line_end == std::string_view::npos ? events : events.substr(0, line_end + 1);
        events.remove_prefix(line.size());
        const bool comment = line.starts_with(':');
        // The empty line that ends a comment's event belongs to it.
        if (!comment && !(after_comment && line == "\n")) {
            kept += line;
        }
        after_comment = comment;
    }
    return kept;
}

}  // namespace gatehouse::bench
