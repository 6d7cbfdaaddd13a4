// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/json.h"
#include "catalog/catalog.h"
#include "identity/user_store.h"
#include "oauth/connection_store.h"

/// How the admin API shows things. Secrets appear as fingerprints only (contract.md §11).
namespace gatehouse::admin {

/// "sha256:" and the first bytes of the digest; empty of an empty one.
[[nodiscard]] std::string fingerprint(std::string_view secret);

[[nodiscard]] json::Object view(const catalog::Server& server);
[[nodiscard]] json::Object view(const catalog::Profile& profile);
/// A client that the file defines for `server`.
[[nodiscard]] json::Object view(const catalog::PreregisteredClient& client,
                                const catalog::Server& server);
[[nodiscard]] json::Object view(const identity::User& user);
[[nodiscard]] json::Object view(const oauth::Connection& connection);

}  // namespace gatehouse::admin
