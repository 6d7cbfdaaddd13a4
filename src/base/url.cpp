// SPDX-License-Identifier: Apache-2.0
#include "base/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>

#include "base/strings.h"

namespace gatehouse {

namespace {

bool is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_one_of(char c, std::string_view set) {
    return set.find(c) != std::string_view::npos;
}

// Unreserved characters, sub-delimiters, well-formed escapes, and what else the part may hold.
bool is_clean(std::string_view text, std::string_view also) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '%') {
            if (text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) {
                return false;
            }
            i += 2;
        } else if (!is_alpha(c) && !is_digit(c) && !is_one_of(c, "-._~!$&'()*+,;=") &&
                   !is_one_of(c, also)) {
            return false;
        }
    }
    return true;
}

bool is_scheme(std::string_view text) {
    return !text.empty() && is_alpha(text.front()) && std::ranges::all_of(text, [](char c) {
        return is_alpha(c) || is_digit(c) || is_one_of(c, "+-.");
    });
}

bool is_web(std::string_view scheme) {
    return scheme == "http" || scheme == "https";
}

bool is_dotted_quad(const std::vector<std::string_view>& labels) {
    return labels.size() == 4 && std::ranges::all_of(labels, [](std::string_view label) {
               const auto value = parse_uint(label);
               return value && *value <= 255;
           });
}

// Whatever some resolver or browser would read as an IPv4 address: the last label is a number.
bool ends_in_number(std::string_view last_label) {
    const bool decimal = std::ranges::all_of(last_label, is_digit);
    const bool hexadecimal =
        last_label.starts_with("0x") && std::ranges::all_of(last_label.substr(2), is_hex);
    return decimal || hexadecimal;
}

bool is_name_or_ipv4(std::string_view host) {
    if (host.size() > 253) {
        return false;
    }
    const auto labels = split(host, '.');
    for (const auto label : labels) {
        if (label.empty() || label.size() > 63 || !std::ranges::all_of(label, [](char c) {
                return is_alpha(c) || is_digit(c) || c == '-' || c == '_';
            })) {
            return false;
        }
    }
    return !ends_in_number(labels.back()) || is_dotted_quad(labels);
}

bool is_ipv6_literal(std::string_view host) {
    if (host.size() < 4 || host.front() != '[' || host.back() != ']') {
        return false;
    }
    in6_addr address{};
    const std::string inner(host.substr(1, host.size() - 2));
    // inet_pton stops at a NUL and would not see what follows it.
    if (inner.find_first_not_of("0123456789abcdef:.") != std::string::npos) {
        return false;
    }
    return inet_pton(AF_INET6, inner.c_str(), &address) == 1;
}

std::unexpected<Error> refuse(std::string_view reason) {
    return fail(ErrorCode::kInvalid, "malformed URL: " + std::string(reason));
}

Result<void> parse_host_and_port(std::string_view text, Url& url) {
    const auto bracket = text.rfind(']');
    const auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
    url.host = to_lower(text.substr(0, colon));
    if (url.host.empty()) {
        return refuse("empty host");
    }
    if (!is_ipv6_literal(url.host) && !is_name_or_ipv4(url.host)) {
        return refuse("bad host");
    }
    if (colon != std::string_view::npos) {
        const auto port = parse_uint(text.substr(colon + 1));
        if (!port || *port == 0 || *port > 65535) {
            return refuse("bad port");
        }
        url.port = static_cast<std::uint16_t>(*port);
    }
    return {};
}

Result<void> parse_authority(std::string_view text, Url& url) {
    url.has_authority = true;
    const auto at = text.find('@');
    if (at != std::string_view::npos) {
        url.has_userinfo = true;
        url.userinfo = text.substr(0, at);
        if (!is_clean(url.userinfo, ":")) {
            return refuse("bad user information");
        }
        text.remove_prefix(at + 1);
    }
    return parse_host_and_port(text, url);
}

// Cuts off what follows `mark`, if it is there.
bool cut(std::string_view& text, char mark, std::string& rest) {
    const auto at = text.find(mark);
    if (at == std::string_view::npos) {
        return false;
    }
    rest = text.substr(at + 1);
    text = text.substr(0, at);
    return true;
}

}  // namespace

std::uint16_t Url::effective_port() const {
    if (port != 0) {
        return port;
    }
    if (scheme == "https") {
        return 443;
    }
    return scheme == "http" ? 80 : 0;
}

std::string Url::origin() const {
    std::string result = scheme + "://" + host;
    const bool is_default =
        (scheme == "https" && port == 443) || (scheme == "http" && port == 80) || port == 0;
    if (!is_default) {
        result += ':' + std::to_string(port);
    }
    return result;
}

bool Url::is_loopback() const {
    if (host == "localhost" || host == "[::1]") {
        return true;
    }
    const auto labels = split(host, '.');
    return labels.front() == "127" && is_dotted_quad(labels);
}

std::string Url::target() const {
    std::string result = path.empty() ? "/" : path;
    if (has_query) {
        result += '?' + query;
    }
    return result;
}

Result<Url> parse_url(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || !is_scheme(text.substr(0, colon))) {
        return refuse("no scheme");
    }
    Url url;
    url.scheme = to_lower(text.substr(0, colon));
    auto rest = text.substr(colon + 1);
    url.has_fragment = cut(rest, '#', url.fragment);
    url.has_query = cut(rest, '?', url.query);
    if (rest.starts_with("//")) {
        rest.remove_prefix(2);
        const auto authority = rest.substr(0, rest.find('/'));
        rest.remove_prefix(authority.size());
        if (auto parsed = parse_authority(authority, url); !parsed) {
            return std::unexpected(parsed.error());
        }
    } else if (is_web(url.scheme)) {
        return refuse("no host");
    }
    url.path = rest;
    if (!is_clean(url.path, "/:@") || !is_clean(url.query, "/:@?[]") ||
        !is_clean(url.fragment, "/:@?[]")) {
        return refuse("illegal character");
    }
    return url;
}

Result<std::string> canonical_resource(std::string_view text) {
    const auto url = parse_url(text);
    if (!url) {
        return std::unexpected(url.error());
    }
    if (!url->has_authority || url->has_fragment || url->has_userinfo) {
        return fail(ErrorCode::kInvalid, "a resource is an absolute URL without a fragment");
    }
    std::string_view path = url->path;
    if (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    std::string result = url->origin();
    result += path;
    if (url->has_query) {
        result += '?' + url->query;
    }
    return result;
}

}  // namespace gatehouse
