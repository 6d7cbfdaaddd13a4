// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "oauth/flow_parts.h"

/// Signing in at an OpenID provider: there and back.
namespace gatehouse::oauth {

inline constexpr std::string_view kProviderPattern = "/sign-in/{provider}";
inline constexpr std::string_view kProviderCallbackPattern = "/sign-in/{provider}/callback";

/// GET O/sign-in/{provider}?transaction=ID: leaves for the provider, for whatever the transaction
/// is about. With `account=other` the provider is told to ask again who it is.
[[nodiscard]] http::Response leave_for_provider(const FlowParts& parts,
                                                const http::Request& request);
/// GET O/sign-in/{provider}/callback: the browser comes back. Nothing happens unless it brings the
/// cookie of the transaction it left for.
[[nodiscard]] http::Response return_from_provider(const FlowParts& parts,
                                                  const http::Request& request);

/// Where a sign-in of this transaction at `provider` starts.
[[nodiscard]] std::string provider_url(std::string_view provider, std::string_view transaction_id);
/// What the client asked of the sign-in (D16).
[[nodiscard]] identity::ProviderWishes wishes_of(const Transaction& transaction);
/// Where a person goes on once signed in.
[[nodiscard]] std::string where_next(const Transaction& transaction);

}  // namespace gatehouse::oauth
