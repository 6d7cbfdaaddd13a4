// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "identity/user_store.h"
#include "oauth/client.h"

/// Who may have what, as the configuration says. Pure.
namespace gatehouse::oauth {

/// D13: what an authorization of this client at this server is about: the asked scopes that both
/// may have, all of them when none of the asked is known; `offline_access` only when asked for.
[[nodiscard]] std::vector<std::string> select_scopes(const catalog::Server& server,
                                                     const Client& client,
                                                     const std::vector<std::string>& asked);
/// `registration` and `clients` of the server (contract.md §4).
[[nodiscard]] bool may_use_server(const catalog::Server& server, const Client& client);
/// The servers of an origin that this client may use.
[[nodiscard]] std::vector<const catalog::Server*> usable_servers(const catalog::Catalog& catalog,
                                                                 std::string_view origin,
                                                                 const Client& client);
/// `access` of the server; of addresses only verified ones count.
[[nodiscard]] bool may_authorize(const catalog::Access& access, const identity::User& user);

/// `*` stands for any characters, `?` for one; case does not matter.
[[nodiscard]] bool host_matches(std::string_view pattern, std::string_view host);

/// The source whose session counts for this server (contract.md §11).
[[nodiscard]] std::string sign_in_source(const catalog::Server& server);
[[nodiscard]] const std::string& title_of(const catalog::Server& server);
/// "Alice (alice@example.com)", as far as it is known.
[[nodiscard]] std::string display_name(const identity::User& user);
/// A name for people, never empty.
[[nodiscard]] std::string display_name(const Client& client);

inline constexpr std::string_view kDownstream = "downstream";
inline constexpr std::string_view kOfflineAccess = "offline_access";

}  // namespace gatehouse::oauth
