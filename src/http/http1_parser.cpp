// SPDX-License-Identifier: Apache-2.0
#include "http/http1_parser.h"

#include <algorithm>

#include "base/strings.h"
#include "http/header_id.h"
#include "http/internal/char_tables.h"
#include "http/internal/request_rules.h"

namespace gatehouse::http {

namespace {

using internal::all_in;
using internal::bit;
using internal::find_colon;
using internal::find_control;
using internal::kHost;
using internal::kSingleFields;
using internal::kToken;
using internal::parse_length;

constexpr std::size_t kMaxMethod = 32;

bool in(const internal::CharTable& table, char c) {
    return table[static_cast<std::uint8_t>(c)];
}

std::string_view between(const char* begin, const char* end) {
    return {begin, static_cast<std::size_t>(end - begin)};
}

std::string_view trim_end(std::string_view value) {
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) {
        value.remove_suffix(1);
    }
    return value;
}

/// One field line after another; what the fields say about framing is gathered on the way.
class FieldReader {
  public:
    explicit FieldReader(ParsedHead& head) : head_(head) {
        head_.field_count = 0;
        head_.content_length = -1;
        head_.chunked = false;
        head_.duplicate_single_header = false;
        head_.host = {};
    }

    /// From the first field to the blank line. On kDone `p` is behind it.
    ParseStatus read(const char*& p, const char* end) {
        for (;;) {
            if (p == end) {
                return ParseStatus::kIncomplete;
            }
            if (*p == '\r') {
                if (end - p < 2) {
                    return ParseStatus::kIncomplete;
                }
                if (p[1] != '\n') {
                    return ParseStatus::kBad;
                }
                p += 2;
                return finish();
            }
            if (const auto status = read_field(p, end); status != ParseStatus::kDone) {
                return status;
            }
        }
    }

    [[nodiscard]] bool saw(HeaderId id) const { return (seen_ & bit(id)) != 0; }

  private:
    ParseStatus read_field(const char*& p, const char* end) {
        const char* const name = p;
        p = find_colon(p, end);
        const auto name_view = between(name, p);
        const HeaderId id = header_id(name_view);
        // A name that is known is made of what names may have.
        if (id == HeaderId::kOther && !all_in(kToken, name_view)) {
            return ParseStatus::kBad;
        }
        if (p == end) {
            return ParseStatus::kIncomplete;
        }
        if (p++ == name) {
            return ParseStatus::kBad;
        }
        while (p < end && (*p == ' ' || *p == '\t')) {
            ++p;
        }
        const char* const value = p;
        p = find_control(p, end);
        if (p < end && *p != '\r') {
            return ParseStatus::kBad;
        }
        if (end - p < 2) {
            return ParseStatus::kIncomplete;
        }
        if (p[1] != '\n') {
            return ParseStatus::kBad;
        }
        if (head_.field_count == kMaxFields) {
            return ParseStatus::kTooManyFields;
        }
        auto& field = head_.fields[head_.field_count++];
        field = {.name = name_view, .value = trim_end(between(value, p)), .id = id};
        p += 2;
        return take(field) ? ParseStatus::kDone : ParseStatus::kBad;
    }

    bool take(const HeaderView& field) {
        if (field.id == HeaderId::kOther) {
            if (field.name.size() == 4 && iequals(field.name, "dpop")) {
                head_.duplicate_single_header |= dpop_seen_;
                dpop_seen_ = true;
            }
            return true;
        }
        const bool again = saw(field.id);
        seen_ |= bit(field.id);
        head_.duplicate_single_header |= again && (kSingleFields & bit(field.id)) != 0;
        switch (field.id) {
            case HeaderId::kContentLength: {
                const auto length = parse_length(field.value);
                head_.content_length = length.value_or(-1);
                return length && !again;
            }
            case HeaderId::kTransferEncoding:
                head_.chunked = true;
                return !again && iequals(field.value, "chunked");
            case HeaderId::kHost:
                head_.host = field.value;
                return !again;
            case HeaderId::kConnection:
                take_connection(field.value);
                return true;
            default:
                return true;
        }
    }

    void take_connection(std::string_view value) {
        while (!value.empty()) {
            const auto comma = value.find(',');
            const auto option = trim(value.substr(0, comma));
            close_ |= iequals(option, "close");
            stay_ |= iequals(option, "keep-alive");
            value.remove_prefix(comma == std::string_view::npos ? value.size() : comma + 1);
        }
    }

    ParseStatus finish() {
        if (head_.chunked && (head_.content_length >= 0 || head_.minor_version == 0)) {
            return ParseStatus::kBad;
        }
        head_.keep_alive = !close_ && (head_.minor_version == 1 || stay_);
        return ParseStatus::kDone;
    }

    ParsedHead& head_;
    std::uint64_t seen_ = 0;
    bool dpop_seen_ = false, close_ = false, stay_ = false;
};

/// The version that ends a request line, with its line end; `p` is moved behind it.
ParseStatus read_version(const char*& p, const char* end, ParsedHead& head) {
    constexpr std::string_view kVersion = "HTTP/1.1\r\n";
    const auto have = between(p, end).substr(0, kVersion.size());
    for (std::size_t i = 0; i < have.size(); ++i) {
        if (i == 5 || i == 7) {
            if (have[i] < '0' || have[i] > '9') {
                return ParseStatus::kBad;
            }
        } else if (have[i] != kVersion[i]) {
            return ParseStatus::kBad;
        }
    }
    if (have.size() < kVersion.size()) {
        return ParseStatus::kIncomplete;
    }
    if (have[5] != '1' || have[7] > '1') {
        return ParseStatus::kBadVersion;
    }
    head.minor_version = have[7] - '0';
    p += kVersion.size();
    return ParseStatus::kDone;
}

ParseStatus read_request_line(const char*& p, const char* end, ParsedHead& head) {
    const char* const method = p;
    while (p < end && in(kToken, *p)) {
        ++p;
    }
    if (p == end) {
        return p - method > static_cast<std::ptrdiff_t>(kMaxMethod) ? ParseStatus::kBad
                                                                    : ParseStatus::kIncomplete;
    }
    if (*p != ' ' || p == method || p - method > static_cast<std::ptrdiff_t>(kMaxMethod)) {
        return ParseStatus::kBad;
    }
    head.method = between(method, p);
    const char* const target = ++p;
    while (p < end && *p > 0x20 && *p < 0x7f) {
        ++p;
    }
    if (p == end) {
        return ParseStatus::kIncomplete;
    }
    if (*p != ' ' || p == target) {
        return ParseStatus::kBad;
    }
    head.target = between(target, p++);
    return read_version(p, end, head);
}

/// Splits the target; false when it is in no form that we serve.
bool split_target(ParsedHead& head) {
    std::string_view rest = head.target;
    if (rest == "*") {
        head.path = rest;
        head.query = {};
        return head.method == "OPTIONS";
    }
    if (rest.front() != '/') {
        const auto scheme = rest.find("://");
        if (scheme == std::string_view::npos || !(iequals(rest.substr(0, scheme), "http") ||
                                                  iequals(rest.substr(0, scheme), "https"))) {
            return false;
        }
        rest.remove_prefix(scheme + 3);
        const auto authority = rest.substr(0, rest.find_first_of("/?"));
        if (!iequals(authority, head.host)) {
            return false;
        }
        rest.remove_prefix(authority.size());
    }
    const auto parts = internal::split_origin_form(rest);
    if (!parts) {
        return false;
    }
    head.path = parts->path;
    head.query = parts->query;
    return true;
}

}  // namespace

ParseStatus parse_request_head(std::string_view bytes, ParsedHead& head) {
    const char* p = bytes.data();
    const char* const end = p + bytes.size();
    if (const auto status = read_request_line(p, end, head); status != ParseStatus::kDone) {
        return status;
    }
    FieldReader fields(head);
    if (const auto status = fields.read(p, end); status != ParseStatus::kDone) {
        return status;
    }
    if (fields.saw(HeaderId::kHost) ? !is_host(head.host) : head.minor_version == 1) {
        return ParseStatus::kBad;
    }
    if (!split_target(head)) {
        return ParseStatus::kBad;
    }
    head.size = static_cast<std::size_t>(p - bytes.data());
    return ParseStatus::kDone;
}

ParseStatus parse_response_head(std::string_view bytes, ParsedHead& head) {
    constexpr std::string_view kStart = "HTTP/1.";
    constexpr std::size_t kShortestLine = 12;  // "HTTP/1.1 200"
    const auto have = bytes.substr(0, kStart.size());
    if (have != kStart.substr(0, have.size())) {
        return ParseStatus::kBad;
    }
    if (bytes.size() < kShortestLine + 2) {
        return ParseStatus::kIncomplete;
    }
    if ((bytes[7] != '0' && bytes[7] != '1') || bytes[8] != ' ') {
        return ParseStatus::kBad;
    }
    head.minor_version = bytes[7] - '0';
    head.status = 0;
    for (const char c : bytes.substr(9, 3)) {
        if (c < '0' || c > '9') {
            return ParseStatus::kBad;
        }
        head.status = head.status * 10 + (c - '0');
    }
    if (head.status < 100 || (bytes[12] != ' ' && bytes[12] != '\r')) {
        return ParseStatus::kBad;
    }
    const char* const end = bytes.data() + bytes.size();
    const char* p = find_control(bytes.data() + kShortestLine, end);
    if (p < end && *p != '\r') {
        return ParseStatus::kBad;
    }
    if (end - p < 2) {
        return ParseStatus::kIncomplete;
    }
    if (p[1] != '\n') {
        return ParseStatus::kBad;
    }
    p += 2;
    FieldReader fields(head);
    const auto status = fields.read(p, end);
    head.size = static_cast<std::size_t>(p - bytes.data());
    return status;
}

bool is_host(std::string_view text) {
    constexpr std::size_t kLongest = 255 + 6;
    if (text.empty() || text.size() > kLongest || !all_in(kHost, text)) {
        return false;
    }
    std::string_view rest;  // the port with its colon
    if (text.front() == '[') {
        const auto close = text.find(']');
        if (close == std::string_view::npos || close < 3) {
            return false;
        }
        rest = text.substr(close + 1);
    } else {
        rest = text.substr(std::min(text.find(':'), text.size()));
        if (rest.size() == text.size() || text.find('[') != std::string_view::npos) {
            return false;
        }
    }
    if (rest.empty()) {
        return true;
    }
    const auto port = parse_uint(rest.substr(1));
    return rest.front() == ':' && port && *port <= 65'535;
}

}  // namespace gatehouse::http
