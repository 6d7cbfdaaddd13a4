// SPDX-License-Identifier: Apache-2.0
#include "http/exchange.h"

#include <algorithm>

#include "base/strings.h"
#include "http/upstream.h"

namespace gatehouse::http {

namespace {

std::string_view first_value(std::span<const HeaderView> headers, HeaderId id) {
    const auto found = std::ranges::find(headers, id, &HeaderView::id);
    return found == headers.end() ? std::string_view{} : found->value;
}

}  // namespace

std::string_view RequestHead::get(HeaderId id) const {
    return first_value(headers, id);
}

std::string_view RequestHead::get(std::string_view name) const {
    const auto found = std::ranges::find_if(
        headers, [&](const HeaderView& header) { return iequals(header.name, name); });
    return found == headers.end() ? std::string_view{} : found->value;
}

bool RequestHead::has(HeaderId id) const {
    return std::ranges::find(headers, id, &HeaderView::id) != headers.end();
}

std::string_view UpstreamHead::get(HeaderId id) const {
    return first_value(headers, id);
}

}  // namespace gatehouse::http
