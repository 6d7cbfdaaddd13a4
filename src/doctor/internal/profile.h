// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace gatehouse::doctor {

/// How a client knocks.
enum class Knock {
    kPost,      ///< `initialize`
    kGet,       ///< a GET first
    kMetadata,  ///< it reads the metadata without asking the endpoint
};

/// How `resource` in the metadata must relate to the URL that the client was given.
enum class ResourceRule { kExact, kPrefix };

/// What is known of one client (docs/guide/doctor.md).
struct Profile {
    std::string_view name, title, user_agent;
    Knock knock = Knock::kPost;
    ResourceRule resource = ResourceRule::kPrefix;
    bool hosted = false;         ///< runs in its vendor's cloud: needs public addresses and IPv4
    bool browser = false;        ///< runs in a browser: needs CORS
    bool strict_errors = false;  ///< 429 or 5xx while it discovers ends everything
    bool bearer_case = false;    ///< compares the scheme `Bearer` as written
    bool needs_iss = false;      ///< wants the `iss` parameter advertised
    std::string_view document;   ///< its client id where metadata documents are supported
    bool document_needs_none = false;  ///< uses it only where `none` is a way to authenticate
    std::vector<std::string_view> redirect_uris;
    std::size_t max_tool_name = 64, max_tools = 128;
};

/// Null for an unknown one.
[[nodiscard]] const Profile* find_profile(std::string_view name);
[[nodiscard]] const std::vector<Profile>& profiles();

}  // namespace gatehouse::doctor
