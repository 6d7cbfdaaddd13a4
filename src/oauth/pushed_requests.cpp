// SPDX-License-Identifier: Apache-2.0
#include "oauth/pushed_requests.h"

#include <utility>

#include "base/strings.h"
#include "crypto/digest.h"

namespace gatehouse::oauth {
namespace {

constexpr std::string_view kPrefix = "urn:ietf:params:oauth:request_uri:";

std::string bound_to(std::string_view origin, std::string_view client_id) {
    return std::string(origin) + "\n" + std::string(client_id);
}

std::unexpected<Error> unknown() {
    return fail(ErrorCode::kNotFound, "unknown request_uri");
}

}  // namespace

bool PushedRequests::is_one(std::string_view request_uri) {
    return request_uri.starts_with(kPrefix);
}

std::string PushedRequests::push(const FormFields& parameters,
                                 std::string_view origin,
                                 std::string_view client_id,
                                 Timestamp now) const {
    const auto end = to_unix_seconds(now + kPushedRequestLife);
    return std::string(kPrefix) +
           base64url_encode(sealer_.seal(std::to_string(end) + "\n" + encode_form(parameters),
                                         bound_to(origin, client_id)));
}

Result<PushedRequest> PushedRequests::open(std::string_view request_uri,
                                           std::string_view origin,
                                           std::string_view client_id,
                                           Timestamp now) const {
    if (!is_one(request_uri)) {
        return unknown();
    }
    const auto box = base64url_decode(request_uri.substr(kPrefix.size()));
    const auto plain =
        box ? sealer_.open(*box, bound_to(origin, client_id)) : Result<Secret>(unknown());
    if (!plain) {
        return unknown();
    }
    const std::string_view text = plain->reveal();
    const auto line = text.find('\n');
    const auto end = parse_uint(text.substr(0, line));
    if (line == std::string_view::npos || !end || std::cmp_less_equal(*end, to_unix_seconds(now))) {
        return unknown();
    }
    auto fields = parse_form(text.substr(line + 1));
    if (!fields) {
        return unknown();
    }
    // Of the box, which has one spelling only.
    return PushedRequest{.parameters = *std::move(fields),
                         .transaction_id = crypto::token_digest(*box).substr(0, 22)};
}

}  // namespace gatehouse::oauth
