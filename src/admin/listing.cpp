// SPDX-License-Identifier: Apache-2.0
#include "admin/listing.h"

#include <algorithm>

#include "base/strings.h"

namespace gatehouse::admin {
namespace {

constexpr std::uint64_t kMaxLimit = 1000;

std::string id_of(const json::Object& item) {
    return json::get_string(item, "id").value_or("");
}

}  // namespace

std::string ListQuery::filter(std::string_view name) const {
    const auto it = std::ranges::find(filters, name, &FormFields::value_type::first);
    return it == filters.end() ? std::string() : it->second;
}

Result<ListQuery> parse_list_query(std::string_view query) {
    auto fields = parse_form(query);
    if (!fields) {
        return fail(ErrorCode::kInvalid, "the query cannot be read");
    }
    ListQuery parsed;
    for (auto& [name, value] : *fields) {
        if (name == "limit") {
            const auto limit = parse_uint(value);
            if (!limit || *limit == 0 || *limit > kMaxLimit) {
                return fail(ErrorCode::kInvalid, "limit must be a number from 1 to 1000");
            }
            parsed.limit = *limit;
        } else if (name == "cursor") {
            parsed.cursor = std::move(value);
        } else {
            parsed.filters.emplace_back(std::move(name), std::move(value));
        }
    }
    return parsed;
}

http::Response page_response(const Page& page) {
    json::Object body{{"items", page.items}};
    body["next"] = page.next.empty() ? json::Value(nullptr) : json::Value(page.next);
    http::Response response = http::json_response(200, json::dump(body));
    response.headers.set("Cache-Control", "no-store");
    return response;
}

Page cut_page(std::vector<json::Object> items, const ListQuery& query) {
    std::ranges::sort(items, {}, id_of);
    Page page;
    for (json::Object& item : items) {
        if (id_of(item) <= query.cursor && !query.cursor.empty()) {
            continue;
        }
        if (page.items.size() == query.limit) {
            page.next = json::get_string(page.items.back().as_object(), "id").value_or("");
            break;
        }
        page.items.emplace_back(std::move(item));
    }
    return page;
}

}  // namespace gatehouse::admin
