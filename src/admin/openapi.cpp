// SPDX-License-Identifier: Apache-2.0
#include "admin/openapi.h"

#include <algorithm>
#include <utility>

#include "admin/answers.h"
#include "admin/internal/operations.h"
#include "base/strings.h"

namespace gatehouse::admin {
namespace {

constexpr std::string_view kRoot = "/api/v1/";
constexpr std::string_view kListOf = "list of ";

json::Object reference(std::string_view name) {
    return {{"$ref", "#/components/schemas/" + std::string(name)}};
}

json::Object type_schema(std::string_view type) {
    if (type.starts_with('[')) {
        return {{"type", "array"}, {"items", type_schema(type.substr(1, type.size() - 2))}};
    }
    if (type == "any") {
        return {};
    }
    if (type == "time") {
        return {{"type", "string"}, {"format", "date-time"}};
    }
    if (type == "string" || type == "integer" || type == "number" || type == "boolean") {
        return {{"type", type}};
    }
    return reference(type);
}

json::Object member_schema(const Schema& schema) {
    json::Object properties;
    json::Array required;
    for (const std::string& member : split_words(schema.members)) {
        const auto colon = member.find(':');
        const std::string name = member.substr(0, colon);
        std::string type = member.substr(colon + 1);
        if (type.ends_with('?')) {
            type.pop_back();
        } else {
            required.emplace_back(name);
        }
        properties[name] = type_schema(type);
    }
    // What is sent may have every key of the file besides; what is answered is told in full.
    const bool is_sent = schema.name.starts_with("New");
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", std::move(required)},
            {"additionalProperties", is_sent}};
}

json::Object list_schema(std::string_view item) {
    return {{"type", "object"},
            {"properties",
             json::Object{{"items", json::Object{{"type", "array"}, {"items", type_schema(item)}}},
                          {"next", json::Object{{"type", json::Array{"string", "null"}}}}}},
            {"required", json::Array{"items", "next"}}};
}

json::Object content(std::string_view type, json::Object schema) {
    return {{type, json::Object{{"schema", std::move(schema)}}}};
}

json::Object parameter(std::string_view name, std::string_view in) {
    json::Object out{{"name", name}, {"in", in}, {"schema", json::Object{{"type", "string"}}}};
    if (in == "path") {
        out["required"] = true;
    }
    return out;
}

json::Array parameters_of(const http::Router::Name& route, const Operation& operation) {
    json::Array out;
    for (const std::string_view segment : split(route.pattern, '/')) {
        if (segment.starts_with('{')) {
            out.push_back(parameter(segment.substr(1, segment.size() - 2), "path"));
        }
    }
    if (operation.answer.starts_with(kListOf)) {
        out.push_back(parameter("limit", "query"));
        out.push_back(parameter("cursor", "query"));
    }
    for (const std::string& name : split_words(operation.query)) {
        out.push_back(parameter(name, "query"));
    }
    if (route.method == "PATCH" || route.method == "DELETE") {
        out.push_back(parameter("If-Match", "header"));
    }
    return out;
}

std::string success_status(const http::Router::Name& route, const Operation& operation) {
    if (operation.answer.empty()) {
        return "204";
    }
    // What is made is created; what is only asked is not.
    const bool makes = route.method == "POST" && !operation.answer.starts_with("any");
    return makes ? "201" : "200";
}

json::Object responses_of(const http::Router::Name& route, const Operation& operation) {
    json::Object success{{"description", "Done"}};
    if (!operation.answer.empty()) {
        success["content"] =
            content("application/json", operation.answer.starts_with(kListOf)
                                            ? list_schema(operation.answer.substr(kListOf.size()))
                                            : type_schema(operation.answer));
    }
    json::Object out;
    out[success_status(route, operation)] = std::move(success);
    out["default"] =
        json::Object{{"description", "Refused, and why"},
                     {"content", content("application/problem+json", reference("Problem"))}};
    return out;
}

json::Object operation_object(const http::Router::Name& route) {
    const auto all = operations();
    const auto known = std::ranges::find_if(all, [&](const Operation& one) {
        return one.method == route.method && one.pattern == route.pattern;
    });
    const Operation operation =
        known == all.end() ? Operation{route.method, route.pattern, "", "any", ""} : *known;
    json::Object out{{"summary", operation.summary},
                     {"parameters", parameters_of(route, operation)},
                     {"responses", responses_of(route, operation)}};
    if (!operation.body.empty()) {
        out["requestBody"] =
            json::Object{{"required", true},
                         {"content", content("application/json", type_schema(operation.body))}};
    }
    return out;
}

}  // namespace

json::Object openapi_document(const http::Router& router, std::string_view version) {
    json::Object paths;
    for (const http::Router::Name& route : router.names()) {
        if (!route.pattern.starts_with(kRoot)) {
            continue;
        }
        if (!paths.contains(route.pattern)) {
            paths[route.pattern] = json::Object{};
        }
        paths[route.pattern].get_object()[to_lower(route.method)] = operation_object(route);
    }
    json::Object all_schemas;
    for (const Schema& schema : schemas()) {
        all_schemas[schema.name] = member_schema(schema);
    }
    return {
        {"openapi", "3.1.0"},
        {"info", json::Object{{"title", "Gatehouse admin API"}, {"version", version}}},
        {"paths", std::move(paths)},
        {"security", json::Array{json::Object{{"bearer", json::Array{}}}}},
        {"components",
         json::Object{
             {"schemas", std::move(all_schemas)},
             {"securitySchemes",
              json::Object{{"bearer", json::Object{{"type", "http"}, {"scheme", "bearer"}}}}}}}};
}

void add_openapi_route(http::Router& router, const Guard& guard) {
    const std::string pattern = "/api/v1/openapi.json";
    auto document = std::make_shared<json::Object>();
    router.add("GET", pattern, http::WorkClass::kQuick,
               guard.protect(Role::kViewer, [document](const http::Request&) {
                   return object_response(200, *document);
               }));
    *document = openapi_document(router, "1");
}

}  // namespace gatehouse::admin
