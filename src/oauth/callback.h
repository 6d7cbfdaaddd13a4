// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oauth/flow_parts.h"

namespace gatehouse::oauth {

inline constexpr std::string_view kCallbackPattern = "/connect/{profile}/callback";

/// GET O/connect/{profile}/callback: the browser comes back from the downstream authorization
/// server. Nothing happens unless it brings the cookies of its leg and of its transaction (G03).
[[nodiscard]] http::Response complete_leg(const FlowParts& parts, const http::Request& request);

/// What is done with an account that came, by whichever way: it is the person's from now on, and
/// the walk goes on.
[[nodiscard]] http::Response accept_account(const FlowParts& parts,
                                            const Scene& scene,
                                            const LegResult& leg);
/// The end of a walk whose account did not come, in the client's words.
[[nodiscard]] http::Response refuse_account(const FlowParts& parts,
                                            const Scene& scene,
                                            LegFailure failure);

}  // namespace gatehouse::oauth
