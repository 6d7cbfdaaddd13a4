// SPDX-License-Identifier: Apache-2.0
#include "policy/event_filter.h"

namespace gatehouse::policy {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct Line {
    std::string_view text;
    std::size_t size;  ///< with what ends it
};

/// The first line of `text`, or an empty size when it has no end yet.
Line first_line(std::string_view text) {
    const auto end = text.find_first_of("\r\n");
    if (end == std::string_view::npos) {
        return {.text = text, .size = 0};
    }
    const bool pair = text[end] == '\r' && text.substr(end + 1).starts_with('\n');
    return {.text = text.substr(0, end), .size = end + (pair ? 2U : 1U)};
}

/// The value of a `data` field.
bool is_data(std::string_view line, std::string_view& value) {
    const auto colon = line.find(':');
    if (line.substr(0, colon) != "data") {
        return false;
    }
    value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
    if (value.starts_with(' ')) {
        value.remove_prefix(1);
    }
    return true;
}

void put_data(std::string_view data, std::string& out) {
    while (true) {
        const auto end = data.find_first_of("\r\n");
        out += "data: ";
        out += data.substr(0, end);
        out += '\n';
        if (end == std::string_view::npos) {
            return;
        }
        data.remove_prefix(end + 1);
    }
}

}  // namespace

EventFilter::State EventFilter::pass(std::string_view bytes,
                                     Part part,
                                     const Rewrite& rewrite,
                                     std::string& out) {
    held_.append(bytes);
    if (!begun_) {
        if (held_.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(held_)) {
            return State::kFine;
        }
        // Readers skip it; without it, the first field is seen for what it is.
        if (held_.starts_with(kByteOrderMark)) {
            held_.erase(0, kByteOrderMark.size());
        }
        begun_ = true;
    }
    std::size_t event = 0;
    while (scanned_ < held_.size()) {
        const Line line = first_line(std::string_view(held_).substr(scanned_));
        // Behind a CR, a LF may come that belongs to the same line end.
        const bool open = scanned_ + line.size == held_.size() && held_.back() == '\r';
        if (line.size == 0 || (open && part == Part::kMore)) {
            break;
        }
        scanned_ += line.size;
        if (line.text.empty()) {
            put_event(std::string_view(held_).substr(event, scanned_ - event), rewrite, out);
            event = scanned_;
        }
    }
    if (event != 0) {
        held_.erase(0, event);
        scanned_ -= event;
    }
    if (held_.empty()) {
        held_.shrink_to_fit();
    }
    return held_.size() > kMaxEvent ? State::kTooLong : State::kFine;
}

void EventFilter::put_event(std::string_view event, const Rewrite& rewrite, std::string& out) {
    data_.clear();
    bool has_data = false;
    for (std::string_view rest = event; !rest.empty();) {
        const Line line = first_line(rest);
        std::string_view value;
        if (is_data(line.text, value)) {
            data_ += has_data ? "\n" : "";
            data_ += value;
            has_data = true;
        }
        rest.remove_prefix(line.size);
    }
    const auto outcome = data_.empty() ? Filtered::kUnchanged : rewrite(data_, rewritten_);
    if (outcome == Filtered::kUnchanged) {
        out += event;
        return;
    }
    if (outcome != Filtered::kChanged) {
        return;
    }
    bool written = false;
    for (std::string_view rest = event; !rest.empty();) {
        const Line line = first_line(rest);
        std::string_view value;
        if (!is_data(line.text, value)) {
            out += rest.substr(0, line.size);
        } else if (!written) {
            put_data(rewritten_, out);
            written = true;
        }
        rest.remove_prefix(line.size);
    }
}

}  // namespace gatehouse::policy
