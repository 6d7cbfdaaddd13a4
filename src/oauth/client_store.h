// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "oauth/client.h"

namespace gatehouse::oauth {

enum class ClientState { kEnabled, kDisabled };

/// A client that somebody approved at least once, as the operator sees it.
struct KnownClient {
    std::string origin, id, name, client_uri;
    ClientKind kind = ClientKind::kDynamic;
    std::vector<std::string> redirect_uris;
    ClientState state = ClientState::kEnabled;
    Timestamp first_seen_at;
    std::string auth_method = "none", jwks, jwks_uri;
};

/// Rows appear with the first consent, so that registrations alone write nothing (contract §5).
class ClientStore {
  public:
    ClientStore() = default;
    ClientStore(const ClientStore&) = delete;
    ClientStore& operator=(const ClientStore&) = delete;
    ClientStore(ClientStore&&) = delete;
    ClientStore& operator=(ClientStore&&) = delete;
    virtual ~ClientStore() = default;

    /// Inserts, or brings name and URIs up to date; state and first_seen_at of a known one stay.
    [[nodiscard]] virtual Result<void> remember(const Client& client,
                                                std::string_view origin,
                                                Timestamp now) = 0;
    /// kNotFound for a client that nobody approved yet.
    [[nodiscard]] virtual Result<KnownClient> find(std::string_view origin,
                                                   std::string_view id) = 0;
    /// By first_seen_at, oldest first.
    [[nodiscard]] virtual Result<std::vector<KnownClient>> list() = 0;
    /// kNotFound as in `find`.
    [[nodiscard]] virtual Result<void> set_state(std::string_view origin,
                                                 std::string_view id,
                                                 ClientState state) = 0;
    /// kNotFound as in `find`.
    [[nodiscard]] virtual Result<void> remove(std::string_view origin, std::string_view id) = 0;
};

}  // namespace gatehouse::oauth
