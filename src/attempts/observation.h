// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "attempts/attempt.h"
#include "http/message.h"

namespace gatehouse::attempts {

/// One exchange, read as a step of some attempt.
struct Observation {
    Event event;
    std::string server;  ///< empty: it does not say
    std::string client;  ///< client id, empty: it does not say
    std::string client_name;
    /// Names of things that only one attempt has (a transaction, a code, a token): the first that
    /// an attempt is known by is the one.
    std::vector<std::string> keys;
};

/// Which server a resource or a path of metadata is about; empty for none of ours.
using ServerOf = std::function<std::string(std::string_view url_or_path)>;

/// What an exchange with the OAuth endpoints and pages means: nothing for the rest, else one step
/// or two. Never holds a secret.
[[nodiscard]] std::vector<Observation> observe(const http::Request& request,
                                               const http::Response& response,
                                               const ServerOf& server_of);

/// A key that names a secret without holding it.
[[nodiscard]] std::string key_of(std::string_view kind, std::string_view secret);

}  // namespace gatehouse::attempts
