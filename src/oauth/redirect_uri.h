// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gatehouse::oauth {

enum class RedirectKind {
    kWeb,           ///< https
    kLoopback,      ///< http to 127.0.0.0/8, [::1] or localhost
    kPrivateScheme  ///< an application's own scheme
};

/// May this URI be registered (requirements C07, C08 with their override)? Every private-use scheme
/// may; script, file and socket schemes, plain http beyond loopback, fragments, userinfo and
/// wildcards may not. The message says why, without the URI.
[[nodiscard]] Result<RedirectKind> check_redirect_uri(std::string_view uri);

/// D05: exact strings, save that the port of an http loopback URI is free. `localhost` and
/// `127.0.0.1` are different hosts.
[[nodiscard]] bool redirect_uri_matches(std::string_view registered, std::string_view requested);
[[nodiscard]] bool is_registered_redirect_uri(const std::vector<std::string>& registered,
                                              std::string_view requested);

/// What a person is shown and what consent is bound to: host[:port] of http(s) (without the port
/// for loopback, where it is random), "scheme://host" or "scheme:" of private-use schemes. Empty
/// for what cannot be read.
[[nodiscard]] std::string redirect_host(std::string_view uri);

}  // namespace gatehouse::oauth
