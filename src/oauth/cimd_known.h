// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "oauth/client.h"

namespace gatehouse::oauth {

/// What the metadata document of a well-known client says, as published in September 2026; nothing
/// for other ids. For when its host refuses the fetch: some answer servers in data centres with a
/// challenge for browsers.
[[nodiscard]] std::optional<Client> find_known_client(std::string_view client_id);

/// The ids that `find_known_client` has.
[[nodiscard]] std::vector<std::string_view> known_client_ids();

}  // namespace gatehouse::oauth
