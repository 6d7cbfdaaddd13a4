// SPDX-License-Identifier: Apache-2.0
#include "proxy/bearer.h"

#include <algorithm>

#include "base/strings.h"

namespace gatehouse::proxy {
bool is_token68(std::string_view text) {
    while (text.ends_with('=')) {
        text.remove_suffix(1);
    }
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '.' || c == '_' || c == '~' || c == '+' || c == '/';
    });
}

Bearer read_bearer(const http::RequestHead& head) {
    const http::HeaderView* found = nullptr;
    for (const http::HeaderView& header : head.headers) {
        if (header.id != http::HeaderId::kAuthorization) {
            continue;
        }
        if (found != nullptr) {
            return {.credential = Credential::kMalformed};
        }
        found = &header;
    }
    if (found == nullptr) {
        return {};
    }
    const auto value = trim(found->value);
    const auto space = value.find(' ');
    const auto scheme = value.substr(0, space);
    if (scheme.empty()) {
        return {.credential = Credential::kMalformed};
    }
    if (!iequals(scheme, "Bearer")) {
        return {};
    }
    const auto token =
        space == std::string_view::npos ? std::string_view{} : trim(value.substr(space));
    if (token.empty()) {
        return {.credential = Credential::kMalformed};
    }
    return {.credential = Credential::kToken, .token = token};
}

}  // namespace gatehouse::proxy
