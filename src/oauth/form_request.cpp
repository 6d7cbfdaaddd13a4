// SPDX-License-Identifier: Apache-2.0
#include "oauth/form_request.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/strings.h"
#include "base/url.h"

namespace gatehouse::oauth {
namespace {

constexpr std::size_t kMaxBodyBytes = 64 * 1024;
constexpr std::array<std::string_view, 12> kSingleParameters{
    "grant_type", "code",           "redirect_uri",  "code_verifier",    "refresh_token",
    "scope",      "client_id",      "client_secret", "client_assertion", "client_assertion_type",
    "token",      "token_type_hint"};

}  // namespace

bool has_media_type(const http::Request& request, std::string_view type) {
    const std::string_view value = request.headers.get("Content-Type").value_or("");
    return iequals(trim(value.substr(0, value.find(';'))), type);
}

OAuthResult<FormRequest> FormRequest::parse(const http::Request& request) {
    if (!has_media_type(request, "application/x-www-form-urlencoded")) {
        return refuse("invalid_request", "the body must be application/x-www-form-urlencoded", 415);
    }
    if (request.body.size() > kMaxBodyBytes) {
        return refuse("invalid_request", "the body is larger than 64 KiB", 413);
    }
    auto fields = parse_form(request.body);
    if (!fields) {
        return refuse("invalid_request", "the body is not a valid form");
    }
    std::erase_if(*fields, [](const auto& field) { return field.second.empty(); });
    for (const std::string_view name : kSingleParameters) {
        if (std::ranges::count(*fields, name,
                               [](const auto& f) { return std::string_view(f.first); }) > 1) {
            return refuse("invalid_request", std::string(name) + " was sent more than once");
        }
    }
    return FormRequest(*std::move(fields));
}

std::string_view FormRequest::get(std::string_view name) const {
    const auto it =
        std::ranges::find_if(fields_, [&](const auto& field) { return field.first == name; });
    return it == fields_.end() ? std::string_view() : std::string_view(it->second);
}

std::vector<std::string> FormRequest::get_all(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& [key, value] : fields_) {
        if (key == name) {
            values.push_back(value);
        }
    }
    return values;
}

OAuthResult<void> check_resource(const FormRequest& form, const catalog::Server& server) {
    const auto url = canonical_resource(server.mcp_url);
    const auto origin = canonical_resource(server.origin);
    for (const std::string& resource : form.get_all("resource")) {
        const auto asked = canonical_resource(resource);
        const bool fits = asked && ((url && *asked == *url) || (origin && *asked == *origin));
        if (!fits) {
            return refuse("invalid_target", "resource is not the one that was authorized");
        }
    }
    return {};
}

}  // namespace gatehouse::oauth
