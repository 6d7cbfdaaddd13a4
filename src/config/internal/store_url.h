// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::config {

/// `postgresql://…` or `postgres://…`, whatever follows.
[[nodiscard]] bool names_postgres(std::string_view store);
/// What is wrong with such an address as far as that can be said without libpq; never quotes it.
[[nodiscard]] std::optional<std::string> complaint_about_postgres(std::string_view store);
/// The address as it may be shown: passwords replaced, everything else as written.
[[nodiscard]] std::string without_password(std::string_view store);

}  // namespace gatehouse::config
