// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gatehouse {

/// An absolute http, https or private-use URL, split but not decoded (RFC 3986).
struct Url {
    std::string scheme;    ///< lower case
    std::string userinfo;  ///< without `@`
    bool has_userinfo = false;
    std::string host;        ///< lower case; IPv6 literals keep their brackets
    std::uint16_t port = 0;  ///< 0: none given
    std::string path;        ///< as written, may be empty
    std::string query;       ///< without `?`
    bool has_query = false;
    std::string fragment;
    bool has_fragment = false;
    bool has_authority = false;  ///< `scheme://…`, not `scheme:…`

    /// The port, or the scheme's default (80, 443), or 0.
    [[nodiscard]] std::uint16_t effective_port() const;
    /// scheme://host[:port], the port left out where it is the default.
    [[nodiscard]] std::string origin() const;
    /// 127.0.0.0/8 in dotted form, [::1] or localhost: nothing that needs a resolver to know.
    [[nodiscard]] bool is_loopback() const;
    /// path and query as a request target; "/" for an empty path.
    [[nodiscard]] std::string target() const;
};

/// Strict: rejects control characters, spaces, backslashes, non-ASCII, malformed escapes, an
/// empty host after `//`, ports above 65535 and IPv4 look-alikes (0x7f.1, 127.1, octal).
[[nodiscard]] Result<Url> parse_url(std::string_view text);

/// A resource identifier for comparison (requirements D09): lower-case scheme and host, default
/// port and one trailing slash dropped. Errors on a fragment or a relative URL.
[[nodiscard]] Result<std::string> canonical_resource(std::string_view text);

}  // namespace gatehouse
