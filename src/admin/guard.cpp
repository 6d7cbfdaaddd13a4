// SPDX-License-Identifier: Apache-2.0
#include "admin/guard.h"

#include <algorithm>

#include "admin/problem.h"
#include "base/strings.h"

namespace gatehouse::admin {
namespace {

constexpr std::string_view kBearer = "bearer ";

std::string_view bearer_of(const http::Request& request) {
    const auto fields = request.headers.get_all("Authorization");
    if (fields.size() != 1 || fields[0].size() <= kBearer.size() ||
        !iequals(fields[0].substr(0, kBearer.size()), kBearer)) {
        return {};
    }
    return trim(fields[0].substr(kBearer.size()));
}

}  // namespace

bool Guard::is_own_host(std::string_view host) const {
    return std::ranges::any_of(hosts_, [&](const std::string& own) { return iequals(own, host); });
}

http::Handler Guard::protect(http::Handler handler) const {
    return [this, handler = std::move(handler)](const http::Request& request) -> http::Response {
        if (!is_own_host(request.headers.get("Host").value_or(""))) {
            return problem(421, "Misdirected Request", "this listener does not serve that host");
        }
        if (const auto origin = request.headers.get("Origin");
            origin && !(origin->starts_with("http://") && is_own_host(origin->substr(7)))) {
            return problem(403, "Forbidden", "requests from other origins are refused");
        }
        // An empty token would match an empty credential.
        if (token_.empty() || !token_.matches(bearer_of(request))) {
            http::Response refusal =
                problem(401, "Unauthorized", "send the admin token as a bearer token");
            refusal.headers.set("WWW-Authenticate", "Bearer");
            return refusal;
        }
        return handler(request);
    };
}

}  // namespace gatehouse::admin
