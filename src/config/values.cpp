// SPDX-License-Identifier: Apache-2.0
#include "config/internal/values.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>

#include "base/strings.h"
#include "base/units.h"
#include "base/url.h"
#include "catalog/weekly_hours.h"

namespace gatehouse::config {
namespace {

using Complaint = std::optional<std::string>;

std::optional<int> family_of(std::string_view address) {
    const std::string text(address);
    in6_addr storage{};
    if (inet_pton(AF_INET, text.c_str(), &storage) == 1) {
        return AF_INET;
    }
    if (inet_pton(AF_INET6, text.c_str(), &storage) == 1) {
        return AF_INET6;
    }
    return std::nullopt;
}

bool has_control_characters(std::string_view text) {
    return std::ranges::any_of(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; });
}

bool is_header_name(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("!#$%&'*+-.^_`|~").contains(c);
    });
}

bool is_scope(std::string_view text) {
    return std::ranges::all_of(text,
                               [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; });
}

bool is_host(std::string_view text) {
    const auto url = parse_url("http://" + std::string(text));
    return url && url->port == 0 && url->path.empty() && !url->has_userinfo && !url->has_query &&
           !url->has_fragment && !text.ends_with(':');
}

bool is_email(std::string_view text) {
    const auto at = text.find('@');
    return at != std::string_view::npos && at > 0 && text.rfind('@') == at && !text.contains(' ') &&
           is_host(text.substr(at + 1));
}

Complaint choice_complaint(const Key& key, std::string_view text) {
    const auto choices = choices_of(key);
    if (std::ranges::find(choices, text) != choices.end()) {
        return std::nullopt;
    }
    std::string list;
    for (const auto choice : choices) {
        list += (list.empty() ? "" : ", ") + std::string(choice);
    }
    return "one of " + list;
}

Complaint web_url_complaint(Type type, std::string_view text) {
    const auto url = parse_url(text);
    if (!url || (url->scheme != "https" && url->scheme != "http")) {
        return "an http or https URL";
    }
    if (url->has_userinfo || url->has_fragment) {
        return "a URL without user information and fragment";
    }
    if (type == Type::kSecureUrl && url->scheme == "http" && !url->is_loopback()) {
        return "an https URL (http is for loopback hosts only)";
    }
    return std::nullopt;
}

Complaint origin_complaint(std::string_view text) {
    const auto url = parse_url(text);
    const bool is_origin = url && url->has_authority && !url->has_userinfo && url->path.empty() &&
                           !url->has_query && !url->has_fragment;
    return text == "null" || is_origin ? Complaint()
                                       : "an origin such as http://localhost:6274, without a path";
}

Complaint number_complaint(const Key& key, std::string_view text) {
    const auto number = number_of(key.type, text);
    if (!number) {
        return key.type == Type::kDuration ? "a duration such as 500ms, 10s, 5m, 2h or 30d"
               : key.type == Type::kSize   ? "a size such as 64KiB or 4MiB"
                                           : "a whole number";
    }
    const auto dots = key.bounds.find("..");
    if (dots == std::string_view::npos) {
        return std::nullopt;
    }
    const auto low = key.bounds.substr(0, dots);
    const auto high = key.bounds.substr(dots + 2);
    if (*number >= number_of(key.type, low) && *number <= number_of(key.type, high)) {
        return std::nullopt;
    }
    return low == high ? std::string(low) : std::string(low) + " to " + std::string(high);
}

Complaint text_complaint(const Key& key, std::string_view text) {
    const bool may_have_lines = key.sensitivity == Sensitivity::kSecret;
    return !may_have_lines && has_control_characters(text)
               ? Complaint("a text without control characters")
               : std::nullopt;
}

Complaint when(bool is_wrong, std::string expected) {
    return is_wrong ? Complaint(std::move(expected)) : std::nullopt;
}

}  // namespace

std::vector<std::string_view> choices_of(const Key& key) {
    return split(key.bounds, '|');
}

std::optional<std::uint64_t> number_of(Type type, std::string_view text) {
    if (type == Type::kDuration) {
        const auto duration = parse_duration(text);
        return duration ? std::optional(static_cast<std::uint64_t>(duration->count()))
                        : std::nullopt;
    }
    if (type == Type::kSize) {
        const auto size = parse_size(text);
        return size ? std::optional(*size) : std::nullopt;
    }
    return parse_uint(text);
}

std::optional<ListenAddress> parse_address(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    const auto port = parse_uint(text.substr(colon + 1));
    std::string_view host = text.substr(0, colon);
    if (!port || *port > 65535) {
        return std::nullopt;
    }
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) {
        host = host.substr(1, host.size() - 2);
    } else if (host.empty()) {
        host = "0.0.0.0";
    } else if (host == "localhost") {
        host = "127.0.0.1";
    }
    if (family_of(host) != (bracketed ? AF_INET6 : AF_INET)) {
        return std::nullopt;
    }
    return ListenAddress{.host = std::string(host), .port = static_cast<std::uint16_t>(*port)};
}

std::string to_string(const ListenAddress& address) {
    const std::string port = std::to_string(address.port);
    return address.host.contains(':') ? "[" + address.host + "]:" + port
                                      : address.host + ":" + port;
}

bool is_loopback(const ListenAddress& address) {
    return address.host == "::1" || address.host.starts_with("127.");
}

std::optional<std::string> parse_cidr(std::string_view text) {
    const auto slash = text.find('/');
    const auto family = family_of(text.substr(0, slash));
    if (!family) {
        return std::nullopt;
    }
    const std::uint64_t longest = *family == AF_INET ? 32 : 128;
    if (slash == std::string_view::npos) {
        return std::string(text) + "/" + std::to_string(longest);
    }
    const auto length = parse_uint(text.substr(slash + 1));
    return length && *length <= longest ? std::optional(std::string(text)) : std::nullopt;
}

std::optional<std::string> complaint(const Key& key, std::string_view text) {
    if (text.empty()) {
        return "a value, found an empty one";
    }
    switch (key.type) {
        case Type::kText:
        case Type::kFile:
        case Type::kName:
            return text_complaint(key, text);
        case Type::kChoice:
            return choice_complaint(key, text);
        case Type::kSwitch:
            return when(text != "true" && text != "false", "true or false");
        case Type::kDuration:
        case Type::kSize:
        case Type::kCount:
            return number_complaint(key, text);
        case Type::kWebUrl:
        case Type::kSecureUrl:
            return web_url_complaint(key.type, text);
        case Type::kUri: {
            const auto uri = parse_url(text);
            return when(!uri || uri->has_fragment, "an absolute URI without a fragment");
        }
        case Type::kOrigin:
            return origin_complaint(text);
        case Type::kAddress:
            return when(!parse_address(text), "an address and a port such as 127.0.0.1:8080");
        case Type::kCidr:
            return when(!parse_cidr(text), "an address block such as 10.0.0.0/8");
        case Type::kHost:
            return when(!is_host(text), "a hostname such as todo.example.com");
        case Type::kHeaderName:
            return when(!is_header_name(text), "the name of a header");
        case Type::kScope:
            return when(!is_scope(text), "a scope: printable ASCII without spaces and quotes");
        case Type::kEmail:
            return when(!is_email(text), "an e-mail address");
        case Type::kHours: {
            const auto hours = catalog::WeeklyHours::parse(text);
            return hours ? Complaint() : hours.error().message;
        }
        case Type::kDomain:
            return when(!is_host(text), "a domain such as example.com");
    }
    return "something else";
}

}  // namespace gatehouse::config
