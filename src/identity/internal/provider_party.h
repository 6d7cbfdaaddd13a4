// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "catalog/catalog.h"
#include "oidc/provider_directory.h"
#include "oidc/token_endpoint.h"

/// An entry of `sign_in.oidc` in the words of the module that speaks the protocol.
namespace gatehouse::identity::internal {

[[nodiscard]] catalog::Profile to_profile(const catalog::OidcProvider& entry);
/// Basic, as OpenID Connect wants it by default, unless the provider takes nothing but a form.
[[nodiscard]] oidc::ClientCredentials to_client(const catalog::OidcProvider& entry,
                                                const oidc::Provider& provider);

}  // namespace gatehouse::identity::internal
