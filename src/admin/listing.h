// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "base/json.h"
#include "base/result.h"
#include "http/message.h"

namespace gatehouse::admin {

/// The query of a list request: `limit` (1 to 1000, default 100), `cursor`, and filters.
struct ListQuery {
    std::size_t limit = 100;
    std::string cursor;  ///< empty: from the start
    FormFields filters;

    /// Empty when absent.
    [[nodiscard]] std::string filter(std::string_view name) const;
};

/// kInvalid for a malformed query or a limit out of range.
[[nodiscard]] Result<ListQuery> parse_list_query(std::string_view query);

struct Page {
    json::Array items;
    std::string next;  ///< empty: the last page
};

/// What a list has, unpaged.
using Load = std::function<Result<std::vector<json::Object>>(const ListQuery&)>;

/// {"items": […], "next": cursor}; `next` is null on the last page.
[[nodiscard]] http::Response page_response(const Page& page);

/// Cuts a page out of a whole list that is ordered by `id`: items after the cursor.
[[nodiscard]] Page cut_page(std::vector<json::Object> items, const ListQuery& query);

}  // namespace gatehouse::admin
