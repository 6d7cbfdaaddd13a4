// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::oauth {

/// A scope as a sentence for a person: "Read todos" for todos.read, items:read and read_items
/// alike. The name itself where it says nothing that we know.
[[nodiscard]] std::string describe_scope(std::string_view scope);

}  // namespace gatehouse::oauth
