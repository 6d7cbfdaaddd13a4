// SPDX-License-Identifier: Apache-2.0
#include "admin/keys_api.h"

#include "admin/answers.h"
#include "admin/problem.h"
#include "base/encoding.h"

namespace gatehouse::admin {
namespace {

using Rotation = oauth::SigningKeys::Rotation;

constexpr std::string_view kItemPattern = "/api/v1/keys/{id}";

Result<Rotation> parse_rotation(std::string_view body) {
    if (body.empty()) {
        return Rotation::kAfterCacheTime;
    }
    const auto object = json::parse_object(body);
    if (!object) {
        return std::unexpected(object.error());
    }
    if (object->empty()) {
        return Rotation::kAfterCacheTime;
    }
    if (object->size() != 1 || json::get_string(*object, "when") != "now") {
        return fail(ErrorCode::kInvalid, R"(only {"when": "now"} can be asked for)");
    }
    return Rotation::kSoon;
}

Result<void> record(const Dependencies& dependencies,
                    std::string_view action,
                    std::string_view id) {
    return dependencies.events.record(
        {.name = "admin.action", .detail = {{"action", action}, {"key", id}}});
}

http::Response rotate_key(const Dependencies& dependencies, const http::Request& request) {
    const auto when = parse_rotation(request.body);
    if (!when) {
        return problem(when.error());
    }
    const auto key = dependencies.rotate_key(*when);
    if (!key) {
        return problem(key.error());
    }
    const auto recorded =
        record(dependencies, "keys.rotate", json::get_string(*key, "id").value_or(""));
    return recorded ? object_response(201, *key) : problem(recorded.error());
}

http::Response remove_key(const Dependencies& dependencies, const http::Request& request) {
    const auto parameters = http::path_parameters(kItemPattern, request.path);
    const auto id = parameters.empty() ? std::nullopt : percent_decode(parameters[0]);
    if (!id) {
        return problem(404, "Not Found");
    }
    if (const auto removed = dependencies.remove_key(*id); !removed) {
        return problem(removed.error());
    }
    const auto recorded = record(dependencies, "keys.remove", *id);
    return recorded ? http::Response{.status = 204, .headers = {}, .body = {}}
                    : problem(recorded.error());
}

}  // namespace

void add_keys_routes(http::Router& router, const Dependencies& dependencies) {
    router.add(
        "POST", "/api/v1/keys/rotate", http::WorkClass::kSlow,
        dependencies.guard.protect(Role::kAdmin, [&dependencies](const http::Request& request) {
            return rotate_key(dependencies, request);
        }));
    router.add(
        "DELETE", std::string(kItemPattern), http::WorkClass::kSlow,
        dependencies.guard.protect(Role::kAdmin, [&dependencies](const http::Request& request) {
            return remove_key(dependencies, request);
        }));
}

}  // namespace gatehouse::admin
