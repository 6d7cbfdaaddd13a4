// SPDX-License-Identifier: Apache-2.0
#include "oauth/pushed_request_endpoint.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "base/json.h"
#include "oauth/authorize_request.h"
#include "oauth/cors.h"
#include "oauth/form_request.h"

namespace gatehouse::oauth {
namespace {

constexpr std::array<std::string_view, 3> kProofs{"client_secret", "client_assertion",
                                                  "client_assertion_type"};

/// What was asked for, without what only proves who asks.
FormFields parameters_of(const http::Request& request, const Client& client) {
    auto fields = parse_form(request.body).value_or(FormFields{});
    std::erase_if(fields, [](const auto& entry) {
        return entry.first == "client_id" ||
               std::ranges::find(kProofs, std::string_view(entry.first)) != kProofs.end();
    });
    fields.emplace_back("client_id", client.id);
    return fields;
}

}  // namespace

http::Response PushedRequestEndpoint::handle(const http::Request& request) {
    const auto pushed = push(request);
    if (!pushed) {
        return open_to_all_origins(error_response(pushed.error()));
    }
    return open_to_all_origins(
        uncached_json(201, json::dump(json::Object{{"request_uri", *pushed},
                                                   {"expires_in", kPushedRequestLife.count()}})));
}

OAuthResult<std::string> PushedRequestEndpoint::push(const http::Request& request) {
    const auto form = FormRequest::parse(request);
    if (!form) {
        return std::unexpected(form.error());
    }
    const auto catalog = services_.catalog.get();
    const std::string issuer = issuer_of(*catalog, request);
    const auto client = authenticator_.authenticate(request, *form, issuer);
    if (!client) {
        return std::unexpected(client.error());
    }
    if (form->has("request_uri")) {
        return refuse("invalid_request", "request_uri cannot be pushed");
    }
    const auto parameters = parameters_of(request, *client);
    const auto asked = read_authorize_request({.origin = issuer, .user_agent = {}}, parameters,
                                              *catalog, services_.clients);
    if (!asked) {
        const auto* refusal = std::get_if<RedirectableRefusal>(&asked.error());
        return refusal != nullptr
                   ? refuse(refusal->error.code, refusal->error.description)
                   : refuse("invalid_request", "redirect_uri is missing or not the client's");
    }
    return services_.pushed_requests.push(parameters, issuer, client->id, services_.clock.now());
}

}  // namespace gatehouse::oauth
