// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "oauth/client.h"

namespace gatehouse::oauth {

/// The client that a metadata document describes (C23, C24): its `client_id` is the URL byte for
/// byte, it has a name and redirect URIs that could be registered, and no secret. Grants and
/// members that the gateway has not are passed over.
///
/// The client authenticates with `none`: documents that leave no other choice than a key or a
/// shared secret are refused. Documents that list several methods
/// (`token_endpoint_auth_methods_supported`) are taken at `none` when it is among them.
///
/// kInvalid; the message is for the client's developer and says nothing of the fetch.
[[nodiscard]] Result<Client> read_client_document(json::Object document,
                                                  std::string_view client_id);

}  // namespace gatehouse::oauth
