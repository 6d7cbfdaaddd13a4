// SPDX-License-Identifier: Apache-2.0
#include "admin/answers.h"

#include <algorithm>
#include <string>

#include "admin/problem.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "crypto/digest.h"

namespace gatehouse::admin {
namespace {

std::string etag(const json::Object& object) {
    return '"' + hex_encode(crypto::sha256(json::dump(object)).substr(0, 16)) + '"';
}

}  // namespace

http::Response object_response(int status, const json::Object& object) {
    return object_response(status, object, object);
}

json::Object version_of(const json::Object& object) {
    const json::Value* const id = object.if_contains("id");
    const json::Value* const updated_at = object.if_contains("updated_at");
    return id != nullptr && updated_at != nullptr && object.contains("defined")
               ? json::Object{{"id", *id}, {"updated_at", *updated_at}}
               : object;
}

http::Response object_response(int status,
                               const json::Object& object,
                               const json::Object& version) {
    http::Response response = http::json_response(status, json::dump(object));
    response.headers.set("Cache-Control", "no-store");
    response.headers.set("ETag", etag(version));
    return response;
}

std::optional<http::Response> stale(const http::Request& request, const json::Object& object) {
    const auto wanted = request.headers.get("If-Match");
    if (!wanted || trim(*wanted) == "*") {
        return std::nullopt;
    }
    const std::string current = etag(object);
    const bool matches = std::ranges::any_of(
        split(*wanted, ','), [&](std::string_view tag) { return trim(tag) == current; });
    return matches ? std::nullopt
                   : std::optional(problem(412, "Precondition Failed",
                                           "it was changed in the meantime; read it again"));
}

}  // namespace gatehouse::admin
