// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "oauth/flow_parts.h"
#include "oauth/pages.h"

/// The part of /account that is about personal access tokens.
namespace gatehouse::oauth {

/// Adds the tokens of these people, and where they may make more.
[[nodiscard]] Result<void> add_account_tokens(const FlowParts& parts,
                                              const catalog::Catalog& catalog,
                                              const std::vector<Person>& people,
                                              AccountPage& page);

/// Makes the token that the form asks for; the page that shows it, or says why there is none.
[[nodiscard]] http::Response make_account_token(const FlowParts& parts,
                                                const http::Request& request,
                                                const std::vector<Person>& people,
                                                const FormFields& form);

}  // namespace gatehouse::oauth
