// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gatehouse::oauth {

inline constexpr std::string_view kClientCredentials = "client_credentials";

/// The subject of a client's own tokens: no user's id holds a colon (E30).
inline constexpr std::string_view kClientSubjectPrefix = "client:";

[[nodiscard]] inline std::string client_subject(std::string_view client_id) {
    return std::string(kClientSubjectPrefix) + std::string(client_id);
}

enum class ClientKind { kPreregistered, kDynamic, kMetadataDocument };

/// An MCP client as the authorization server sees it, whatever way it became known.
struct Client {
    std::string id;
    ClientKind kind = ClientKind::kDynamic;
    std::string name;  ///< untrusted, sanitized; may be empty
    std::string client_uri;
    std::vector<std::string> redirect_uris;
    std::vector<std::string> grant_types{"authorization_code", "refresh_token"};
    std::string auth_method =
        "none";  ///< none | client_secret_basic | client_secret_post | private_key_jwt
    std::string secret_digest;  ///< crypto::token_digest of the secret; empty for none
    /// Where its public keys are: the key set as JSON, or the URL of one. A client whose document
    /// allows `none` as well may have keys, too.
    std::string jwks, jwks_uri;
    std::string application_type = "native";
    std::string server;  ///< pre-registered: the only server it is valid for; else empty
    std::vector<std::string> scopes;  ///< limit for pre-registered clients; empty: none
};

/// Finds clients by id. Thread-safe; may block (metadata documents).
class ClientDirectory {
  public:
    ClientDirectory() = default;
    ClientDirectory(const ClientDirectory&) = delete;
    ClientDirectory& operator=(const ClientDirectory&) = delete;
    ClientDirectory(ClientDirectory&&) = delete;
    ClientDirectory& operator=(ClientDirectory&&) = delete;
    virtual ~ClientDirectory() = default;

    /// `origin`: the issuer the client spoke to. kNotFound for an unknown, foreign or disabled id.
    [[nodiscard]] virtual Result<Client> find(std::string_view origin,
                                              std::string_view client_id) = 0;
};

}  // namespace gatehouse::oauth
