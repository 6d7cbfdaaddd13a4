// SPDX-License-Identifier: Apache-2.0
#include "http/internal/http2_head.h"

#include "base/strings.h"
#include "http/header_id.h"
#include "http/http1_parser.h"
#include "http/internal/char_tables.h"
#include "http/internal/request_rules.h"

namespace gatehouse::http::internal {

namespace {

constexpr std::size_t kFieldOverhead = 32;  // RFC 9113 §6.5.2
constexpr std::size_t kMaxMethod = 32;
constexpr std::size_t kUsualSize = 768;

}  // namespace

void Http2Head::add(std::string_view name, std::string_view value) {
    size_ += name.size() + value.size() + kFieldOverhead;
    if (size_ > max_size_) {
        return;
    }
    if (name.starts_with(':')) {
        add_pseudo(name, value);
    } else if (name == "cookie") {
        // A client may cut it at its semicolons (RFC 9113 §8.2.3).
        cookie_.append(cookie_.empty() ? "" : "; ").append(value);
    } else {
        gathered_.push_back({.name = keep(name), .value = keep(value)});
    }
}

void Http2Head::add_pseudo(std::string_view name, std::string_view value) {
    const auto place = keep(value);
    if (name == ":method") {
        method_ = place;
    } else if (name == ":scheme") {
        scheme_ = place;
    } else if (name == ":authority") {
        authority_ = place;
    } else if (name == ":path") {
        path_ = place;
    } else {
        bad_ = true;  // :protocol asks for what we never offered
    }
}

Http2Head::Place Http2Head::keep(std::string_view text) {
    if (bytes_.empty()) {
        bytes_.reserve(kUsualSize);
    }
    const Place place{.at = static_cast<std::uint32_t>(bytes_.size()),
                      .size = static_cast<std::uint32_t>(text.size())};
    bytes_.append(text);
    return place;
}

std::string_view Http2Head::view(Place place) const {
    return std::string_view(bytes_).substr(place.at, place.size);
}

Http2Head::Fault Http2Head::finish(Body body) {
    bind_fields();
    head_.method = view(method_);
    if (size_ > max_size_ || fields_.size() > kMaxFields) {
        return Fault::kTooLarge;
    }
    head_.target = view(path_);
    head_.host = view(authority_);
    if (bad_ || !read_fields() || !is_host(head_.host) || !read_target()) {
        return Fault::kBad;
    }
    if ((seen_ & bit(HeaderId::kHost)) == 0) {
        fields_.push_back({.name = "host", .value = head_.host, .id = HeaderId::kHost});
    }
    head_.headers = fields_;
    head_.chunked = body == Body::kFollows && head_.content_length < 0;
    return Fault::kNone;
}

/// Nothing is added to the bytes any more: views may point there.
void Http2Head::bind_fields() {
    if (!cookie_.empty()) {
        gathered_.push_back({.name = keep("cookie"), .value = keep(cookie_)});
        cookie_ = {};
    }
    fields_.reserve(gathered_.size() + 1);
    for (const auto& field : gathered_) {
        const auto name = view(field.name);
        fields_.push_back({.name = name, .value = view(field.value), .id = header_id(name)});
    }
    gathered_ = {};
}

bool Http2Head::read_fields() {
    for (const auto& field : fields_) {
        if (!read_field(field)) {
            return false;
        }
        seen_ |= bit(field.id);
    }
    return true;
}

bool Http2Head::read_field(const HeaderView& field) {
    const bool again = (seen_ & bit(field.id)) != 0;
    head_.duplicate_single_header |= again && (kSingleFields & bit(field.id)) != 0;
    switch (field.id) {
        case HeaderId::kOther:
            if (field.name == "dpop") {
                head_.duplicate_single_header |= dpop_seen_;
                dpop_seen_ = true;
            }
            return true;
        case HeaderId::kHost:
            if (again || (authority_.size > 0 && !iequals(field.value, view(authority_)))) {
                return false;
            }
            head_.host = field.value;
            return true;
        case HeaderId::kContentLength: {
            const auto length = parse_length(field.value);
            head_.content_length = length.value_or(-1);
            return length && !again;
        }
        default:
            return true;
    }
}

bool Http2Head::read_target() {
    const auto scheme = view(scheme_);
    if (!iequals(scheme, "https") && !iequals(scheme, "http")) {
        return false;
    }
    if (head_.method.size() > kMaxMethod || !all_in(kToken, head_.method) ||
        head_.method == "CONNECT") {
        return false;
    }
    if (head_.target == "*") {
        head_.path = head_.target;
        return head_.method == "OPTIONS";
    }
    const auto parts = split_origin_form(head_.target);
    if (!parts) {
        return false;
    }
    head_.path = parts->path;
    head_.query = parts->query;
    return true;
}

}  // namespace gatehouse::http::internal
