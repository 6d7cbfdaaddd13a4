// SPDX-License-Identifier: Apache-2.0
#include "mcp/sse.h"

#include <utility>

namespace gatehouse::mcp {
namespace {

std::size_t find_line_end(std::string_view bytes, std::size_t at) {
    const auto line_feed = bytes.find('\n', at);
    const auto carriage_return = bytes.substr(0, line_feed).find('\r', at);
    return carriage_return == std::string_view::npos ? line_feed : carriage_return;
}

}  // namespace

std::size_t SseScanner::feed(std::string_view bytes, const OnEvent& on_event) {
    std::size_t boundary = 0;
    std::size_t at = 0;
    if (after_cr_ && !bytes.empty()) {
        after_cr_ = false;
        if (bytes.front() == '\n') {
            at = 1;
            boundary = at_boundary() ? at : 0;
        }
    }
    while (at < bytes.size()) {
        const auto end = find_line_end(bytes, at);
        if (end == std::string_view::npos) {
            take(bytes.substr(at));
            break;
        }
        const auto rest_of_line = bytes.substr(at, end - at);
        at = end + 1;
        if (bytes[end] == '\r') {
            if (at == bytes.size()) {
                after_cr_ = true;
            } else if (bytes[at] == '\n') {
                ++at;
            }
        }
        take_last(rest_of_line, on_event);
        if (at_boundary()) {
            boundary = at;
        }
    }
    keep_data();
    return boundary;
}

void SseScanner::take(std::string_view text) {
    if (text.empty()) {
        return;
    }
    at_line_start_ = false;
    if (line_.size() + text.size() > kMaxData) {
        too_long_ = true;
        text = text.substr(0, kMaxData - line_.size());
    }
    line_.append(text);
}

void SseScanner::take_last(std::string_view text, const OnEvent& on_event) {
    if (line_.empty() && text.size() <= kMaxData) {
        end_line(text, on_event);
        return;
    }
    take(text);
    const std::string line = std::exchange(line_, {});
    end_line(line, on_event);
    // The line is about to go, and an event's data may be in it.
    keep_data();
}

void SseScanner::end_event(const OnEvent& on_event) {
    if (has_data_) {
        const auto data = data_.empty() ? only_data_ : std::string_view(data_);
        on_event(too_long_ ? std::string_view{} : data);
    }
    std::string().swap(data_);
    only_data_ = {};
    in_event_ = has_data_ = too_long_ = false;
}

void SseScanner::end_line(std::string_view line, const OnEvent& on_event) {
    at_line_start_ = true;
    if (line.empty()) {
        end_event(on_event);
        return;
    }
    std::string_view field(line);
    std::string_view value;
    if (const auto colon = field.find(':'); colon != std::string_view::npos) {
        value = field.substr(colon + 1);
        field = field.substr(0, colon);
        if (value.starts_with(' ')) {
            value.remove_prefix(1);
        }
    }
    // A comment has an empty field name and belongs to no event.
    in_event_ = in_event_ || !field.empty();
    if (field == "id") {
        saw_id_ = saw_id_ || !value.empty();
    } else if (field == "data") {
        take_data(value);
    }
}

void SseScanner::take_data(std::string_view value) {
    if (!has_data_) {
        has_data_ = true;
        only_data_ = value;
        too_long_ = too_long_ || value.size() >= kMaxData;
        return;
    }
    keep_data();
    if (data_.size() + value.size() >= kMaxData) {
        too_long_ = true;
        return;
    }
    data_ += '\n';
    data_.append(value);
}

void SseScanner::keep_data() {
    if (!only_data_.empty() && !too_long_) {
        data_.append(only_data_);
    }
    only_data_ = {};
}

}  // namespace gatehouse::mcp
