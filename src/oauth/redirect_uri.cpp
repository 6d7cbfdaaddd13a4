// SPDX-License-Identifier: Apache-2.0
#include "oauth/redirect_uri.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/url.h"

namespace gatehouse::oauth {
namespace {

constexpr std::size_t kMaxUriBytes = 2048;

/// Schemes that a browser would run, read from disk or turn into a connection.
constexpr std::array<std::string_view, 18> kRefusedSchemes{
    "about",      "blob",     "chrome",      "content", "data",       "file",
    "filesystem", "ftp",      "intent",      "jar",     "javascript", "mailto",
    "resource",   "vbscript", "view-source", "ws",      "wss",        "wyciwyg"};

/// An http loopback URI around its port.
struct PortlessUri {
    std::string_view before, after;
};

/// Works on the text, so that everything but the port is compared byte for byte.
std::optional<PortlessUri> split_at_port(std::string_view uri) {
    constexpr std::string_view kScheme = "http://";
    const auto url = parse_url(uri);
    if (!url || !uri.starts_with(kScheme) || !url->is_loopback() || url->has_userinfo ||
        url->has_fragment) {
        return std::nullopt;
    }
    const auto end = std::min(uri.find_first_of("/?#", kScheme.size()), uri.size());
    const std::string_view authority = uri.substr(0, end);
    // The bracket of an IPv6 literal comes after its colons.
    const auto colon = authority.find(':', std::max(authority.rfind(']') + 1, kScheme.size()));
    return PortlessUri{.before = authority.substr(0, colon), .after = uri.substr(end)};
}

}  // namespace

Result<RedirectKind> check_redirect_uri(std::string_view uri) {
    if (uri.empty() || uri.size() > kMaxUriBytes) {
        return fail(ErrorCode::kInvalid, "it must have 1 to 2048 characters");
    }
    const auto url = parse_url(uri);
    if (!url) {
        return fail(ErrorCode::kInvalid, "it is not an absolute URI", url.error().message);
    }
    if (url->has_fragment) {
        return fail(ErrorCode::kInvalid, "it has a fragment");
    }
    if (url->has_userinfo) {
        return fail(ErrorCode::kInvalid, "it has user information");
    }
    if (uri.find('*') != std::string_view::npos) {
        return fail(ErrorCode::kInvalid, "wildcards are not possible");
    }
    if (url->scheme == "https") {
        if (!url->has_authority || url->host.empty()) {
            return fail(ErrorCode::kInvalid, "it names no host");
        }
        return RedirectKind::kWeb;
    }
    if (url->scheme == "http") {
        if (!url->has_authority || !url->is_loopback()) {
            return fail(ErrorCode::kInvalid, "http is for loopback hosts only");
        }
        return RedirectKind::kLoopback;
    }
    if (std::ranges::find(kRefusedSchemes, url->scheme) != kRefusedSchemes.end()) {
        return fail(ErrorCode::kInvalid, "its scheme is not possible for redirects");
    }
    return RedirectKind::kPrivateScheme;
}

bool redirect_uri_matches(std::string_view registered, std::string_view requested) {
    if (registered == requested) {
        return true;
    }
    const auto a = split_at_port(registered);
    const auto b = split_at_port(requested);
    return a && b && a->before == b->before && a->after == b->after;
}

bool is_registered_redirect_uri(const std::vector<std::string>& registered,
                                std::string_view requested) {
    return std::ranges::any_of(
        registered, [&](const std::string& uri) { return redirect_uri_matches(uri, requested); });
}

std::string redirect_host(std::string_view uri) {
    const auto url = parse_url(uri);
    if (!url) {
        return {};
    }
    if (url->scheme == "http" && url->is_loopback()) {
        return url->host;
    }
    if (url->scheme == "https" || url->scheme == "http") {
        const std::string origin = url->origin();
        return origin.substr(origin.find("://") + 3);
    }
    return url->has_authority ? url->scheme + "://" + url->host : url->scheme + ":";
}

}  // namespace gatehouse::oauth
