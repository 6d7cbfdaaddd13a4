// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "oauth/flow_parts.h"

namespace gatehouse::oauth {

/// The account of profiles with `exchange`: got for the person's sign-in, without another page. A
/// sign-in that is over, or that the server will not have, is made anew once.
[[nodiscard]] http::Response exchange_account(const FlowParts& parts,
                                              const Scene& scene,
                                              std::string_view user_id);

}  // namespace gatehouse::oauth
