// SPDX-License-Identifier: Apache-2.0
#include "admin/api_keys_api.h"

#include <utility>

#include "admin/answers.h"
#include "admin/changes.h"
#include "admin/listing.h"
#include "admin/problem.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "base/units.h"

namespace gatehouse::admin {
namespace {

constexpr std::string_view kListPattern = "/api/v1/api-keys";
constexpr std::string_view kItemPattern = "/api/v1/api-keys/{id}";

json::Object view(const ApiKey& key, Timestamp now) {
    json::Object out{{"id", key.id},           {"origin", "api"},
                     {"name", key.name},       {"role", key.role},
                     {"made_by", key.made_by}, {"created_at", format_time(key.created_at)}};
    if (key.expires_at) {
        out["expires_at"] = format_time(*key.expires_at);
        out["expired"] = *key.expires_at <= now;
    }
    if (key.last_used_at) {
        out["last_used_at"] = format_time(*key.last_used_at);
    }
    return out;
}

Result<std::optional<Timestamp>> read_end(const json::Object& object, Timestamp now) {
    const auto life = json::get_string(object, "expires");
    const auto end = json::get_string(object, "expires_at");
    if (life && end) {
        return fail(ErrorCode::kInvalid, "give either expires or expires_at");
    }
    if (life) {
        const auto duration = parse_duration(*life);
        if (!duration || duration->count() <= 0) {
            return fail(ErrorCode::kInvalid, "expires must be a duration such as 30d");
        }
        return now + *duration;
    }
    if (end) {
        const auto time = parse_time(*end);
        if (!time) {
            return fail(ErrorCode::kInvalid,
                        "expires_at must be a time such as 2027-01-31T00:00:00Z");
        }
        return *time;
    }
    return std::nullopt;
}

Result<NewApiKey> parse_new_key(const http::Request& request, Timestamp now) {
    const auto object = json::parse_object(request.body);
    if (!object) {
        return std::unexpected(object.error());
    }
    for (const auto& member : *object) {
        const std::string_view name = member.key();
        if (name != "name" && name != "role" && name != "expires" && name != "expires_at") {
            return fail(ErrorCode::kInvalid, "unknown member: " + to_safe_ascii(name, 40));
        }
        if (!member.value().is_string()) {
            return fail(ErrorCode::kInvalid, to_safe_ascii(name, 40) + " must be a text");
        }
    }
    const auto role = parse_role(json::get_string(*object, "role").value_or(""));
    if (!role) {
        return fail(ErrorCode::kInvalid, "role must be admin, operator or viewer");
    }
    const auto end = read_end(*object, now);
    if (!end) {
        return std::unexpected(end.error());
    }
    const Caller* const caller = ActingCaller::current();
    return NewApiKey{.name = json::get_string(*object, "name").value_or(""),
                     .role = *role,
                     .expires_at = *end,
                     .made_by = caller == nullptr ? std::string() : caller->name};
}

http::Response add_key(const Dependencies& dependencies, const http::Request& request) {
    const auto wanted = parse_new_key(request, dependencies.clock.now());
    if (!wanted) {
        return problem(wanted.error());
    }
    const auto made = dependencies.api_keys->add(*wanted);
    if (!made) {
        return problem(made.error());
    }
    json::Object shown = view(made->key, dependencies.clock.now());
    if (auto recorded = record_change(dependencies.events, {.action = "api-keys.add",
                                                            .kind = "api-key",
                                                            .id = made->key.id,
                                                            .before = {},
                                                            .after = shown});
        !recorded) {
        // A credential that no record tells of must not come into the world.
        (void)dependencies.api_keys->remove(made->key.id);
        return problem(recorded.error());
    }
    shown["key"] = made->text.reveal();
    return object_response(201, shown);
}

Result<ApiKey> addressed_key(const Dependencies& dependencies, const http::Request& request) {
    const auto parameters = http::path_parameters(kItemPattern, request.path);
    const auto name = parameters.empty() ? std::nullopt : percent_decode(parameters[0]);
    return name ? dependencies.api_keys->find_by_id_or_name(*name)
                : fail(ErrorCode::kNotFound, "there is no such API key");
}

http::Response show_key(const Dependencies& dependencies, const http::Request& request) {
    const auto key = addressed_key(dependencies, request);
    return key ? object_response(200, view(*key, dependencies.clock.now())) : problem(key.error());
}

http::Response remove_key(const Dependencies& dependencies, const http::Request& request) {
    const auto key = addressed_key(dependencies, request);
    if (!key) {
        return problem(key.error());
    }
    json::Object before = view(*key, dependencies.clock.now());
    if (auto refusal = stale(request, before)) {
        return *std::move(refusal);
    }
    const auto removed = dependencies.api_keys->remove(key->id);
    if (!removed) {
        return problem(removed.error());
    }
    if (!*removed) {
        return problem(404, "Not Found", "there is no such API key");
    }
    if (auto recorded = record_change(dependencies.events, {.action = "api-keys.remove",
                                                            .kind = "api-key",
                                                            .id = key->id,
                                                            .before = std::move(before)});
        !recorded) {
        return problem(recorded.error());
    }
    return {.status = 204, .headers = {}, .body = {}};
}

http::Response list_keys(const Dependencies& dependencies, const http::Request& request) {
    const auto query = parse_list_query(request.query);
    if (!query) {
        return problem(query.error());
    }
    const auto keys = dependencies.api_keys->list();
    if (!keys) {
        return problem(keys.error());
    }
    std::vector<json::Object> views;
    for (const ApiKey& key : *keys) {
        views.push_back(view(key, dependencies.clock.now()));
    }
    return page_response(cut_page(std::move(views), *query));
}

http::Response rotate_token(const Dependencies& dependencies, const http::Request&) {
    const auto token = dependencies.rotate_admin_token();
    if (!token) {
        return problem(token.error());
    }
    if (auto recorded = record_change(
            dependencies.events,
            {.action = "admin-token.rotate", .kind = "admin-token", .id = "admin.token"});
        !recorded) {
        return problem(recorded.error());
    }
    return object_response(201, {{"id", "admin.token"}, {"token", token->reveal()}});
}

using Handler = http::Response (*)(const Dependencies&, const http::Request&);

}  // namespace

void add_api_keys_routes(http::Router& router, const Dependencies& dependencies) {
    const auto add = [&](std::string method, std::string_view pattern, Role least, Handler handle) {
        router.add(std::move(method), std::string(pattern), http::WorkClass::kQuick,
                   dependencies.guard.protect(
                       least, [&dependencies, handle](const http::Request& request) {
                           return handle(dependencies, request);
                       }));
    };
    if (dependencies.api_keys != nullptr) {
        add("GET", kListPattern, Role::kViewer, list_keys);
        add("GET", kItemPattern, Role::kViewer, show_key);
        add("POST", kListPattern, Role::kAdmin, add_key);
        add("DELETE", kItemPattern, Role::kAdmin, remove_key);
    }
    if (dependencies.rotate_admin_token) {
        add("POST", "/api/v1/admin-token/rotate", Role::kAdmin, rotate_token);
    }
}

}  // namespace gatehouse::admin
