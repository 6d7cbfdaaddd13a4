// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"

/// Which downstream scopes are asked for and accepted, by server (G09, G10).
namespace gatehouse::grants {

/// The part of `wanted` that the server may have; all of its scopes when nothing of it remains.
/// Plus `openid` and `offline_access` where the profile uses them.
[[nodiscard]] std::vector<std::string> scopes_to_ask(const catalog::Profile& profile,
                                                     const catalog::Server& server,
                                                     const std::vector<std::string>& wanted);
/// True when `granted` holds a scope of the profile that the server may not have. Scopes that the
/// profile does not know do not count: servers rename and add some of their own accord.
[[nodiscard]] bool is_too_wide(const catalog::Profile& profile,
                               const catalog::Server& server,
                               const std::vector<std::string>& granted);
/// `granted` without the scopes that make it too wide.
[[nodiscard]] std::vector<std::string> narrowed(const catalog::Profile& profile,
                                                const catalog::Server& server,
                                                const std::vector<std::string>& granted);
/// True when `granted` holds everything that `other` does, and more, of what the server may have.
[[nodiscard]] bool is_wider(const catalog::Server& server,
                            const std::vector<std::string>& granted,
                            const std::vector<std::string>& other);
/// True when `granted` holds all of `wanted` that the server may have; `openid` and
/// `offline_access` do not count, as servers leave them out of their answers.
[[nodiscard]] bool covers(const catalog::Server& server,
                          const std::vector<std::string>& granted,
                          const std::vector<std::string>& wanted);

}  // namespace gatehouse::grants
