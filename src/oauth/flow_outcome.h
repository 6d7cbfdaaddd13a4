// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "oauth/flow_parts.h"

/// How an authorization leaves these pages.
namespace gatehouse::oauth {

/// Sends the browser to the downstream authorization server. Only ever after a click on a page of
/// ours (D24, I01). `user_id`: empty where that server is to say who it is.
[[nodiscard]] http::Response begin_leg(const FlowParts& parts,
                                       const Scene& scene,
                                       std::string_view user_id);

/// The code, by redirect (D23): exactly one per transaction. What it stands for is in the store
/// before the browser leaves. Remembers the client and the consent.
[[nodiscard]] http::Response issue_code(const FlowParts& parts,
                                        const Scene& scene,
                                        const Person& person);

/// Ends a transaction with an error that the client hears of; at once, because the person agreed
/// or refused by a click.
[[nodiscard]] http::Response end_with_error(const FlowParts& parts,
                                            const Scene& scene,
                                            const AuthorizeError& error);

/// What the grant must cover: this authorization and, as there is one grant per person and server,
/// whatever the person's other clients there may do (G11).
[[nodiscard]] Result<std::vector<std::string>> scopes_of_leg(const FlowParts& parts,
                                                             const Scene& scene,
                                                             std::string_view user_id);
/// The end of a walk whose purpose was to connect an account.
[[nodiscard]] http::Response connected_page(const FlowParts& parts, const Scene& scene);

}  // namespace gatehouse::oauth
