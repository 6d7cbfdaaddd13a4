// SPDX-License-Identifier: Apache-2.0
#include "mcp/sse.h"

namespace gatehouse::mcp {

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
        const auto end = bytes.find_first_of("\r\n", at);
        if (end == std::string_view::npos) {
            take(bytes.substr(at));
            break;
        }
        take(bytes.substr(at, end - at));
        at = end + 1;
        if (bytes[end] == '\r') {
            if (at == bytes.size()) {
                after_cr_ = true;
            } else if (bytes[at] == '\n') {
                ++at;
            }
        }
        end_line(on_event);
        if (at_boundary()) {
            boundary = at;
        }
    }
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

void SseScanner::end_line(const OnEvent& on_event) {
    at_line_start_ = true;
    if (line_.empty()) {
        if (has_data_) {
            on_event(too_long_ ? std::string_view{} : std::string_view(data_));
        }
        data_.clear();
        in_event_ = has_data_ = too_long_ = false;
        return;
    }
    std::string_view field(line_);
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
        if (data_.size() + value.size() >= kMaxData) {
            too_long_ = true;
        } else {
            if (has_data_) {
                data_ += '\n';
            }
            data_.append(value);
        }
        has_data_ = true;
    }
    line_.clear();
}

}  // namespace gatehouse::mcp
