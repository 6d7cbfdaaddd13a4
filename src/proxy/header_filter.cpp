// SPDX-License-Identifier: Apache-2.0
#include "proxy/header_filter.h"

#include "base/strings.h"
#include "http/header_id.h"

namespace gatehouse::proxy {
namespace {

char normalize(char c) {
    if (c >= 'A' && c <= 'Z') {
        return static_cast<char>(c | 0x20);
    }
    return c == '_' ? '-' : c;
}

/// Calls `visit` with each name of the Connection fields until it says that it has seen enough.
template <typename Visit>
bool any_connection_name(std::span<const http::HeaderView> headers, Visit visit) {
    for (const http::HeaderView& header : headers) {
        if (header.id != http::HeaderId::kConnection) {
            continue;
        }
        std::string_view rest = header.value;
        while (!rest.empty()) {
            const auto comma = rest.find(',');
            const auto name = trim(rest.substr(0, comma));
            rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
            if (!name.empty() && visit(name)) {
                return true;
            }
        }
    }
    return false;
}

bool is_end_to_end(std::string_view name) {
    return name.starts_with("mcp-") || name.starts_with("content-") || name == "last-event-id" ||
           name == "retry-after";
}

}  // namespace

NormalName::NormalName(std::string_view name) : size_(name.size()) {
    if (size_ > short_.size()) {
        long_.resize(size_);
    }
    char* out = long_.empty() ? short_.data() : long_.data();
    for (const char c : name) {
        *out++ = normalize(c);
    }
    id_ = http::header_id(view());
}

HopByHop::HopByHop(std::span<const http::HeaderView> headers) : headers_(headers) {
    any_ = any_connection_name(headers, [](std::string_view name) {
        return !iequals(name, "keep-alive") && !iequals(name, "close");
    });
}

bool HopByHop::names(std::string_view name) const {
    if (!any_ || is_end_to_end(name)) {
        return false;
    }
    return any_connection_name(headers_, [&](std::string_view listed) {
        return listed.size() == name.size() && NormalName(listed).view() == name;
    });
}

}  // namespace gatehouse::proxy
