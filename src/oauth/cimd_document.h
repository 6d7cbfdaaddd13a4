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
/// The client authenticates with `private_key_jwt` where its document says so and nothing else
/// (C25). Where `none` is allowed as well, by `token_endpoint_auth_methods_supported`, it may do
/// either. Documents that leave no choice but a shared secret are refused.
///
/// kInvalid; the message is for the client's developer and says nothing of the fetch.
[[nodiscard]] Result<Client> read_client_document(json::Object document,
                                                  std::string_view client_id);

}  // namespace gatehouse::oauth
