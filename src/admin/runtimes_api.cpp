// SPDX-License-Identifier: Apache-2.0
#include "admin/runtimes_api.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "admin/answers.h"
#include "admin/listing.h"
#include "admin/problem.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "base/units.h"
#include "base/url.h"

namespace gatehouse::admin {
namespace {

constexpr std::string_view kRuntimes = "/api/v1/runtimes";
constexpr std::string_view kRuntime = "/api/v1/runtimes/{id}";
constexpr std::string_view kRefresh = "/api/v1/runtimes/{id}/refresh";
constexpr std::string_view kProbe = "/api/v1/runtimes/probe";
constexpr std::string_view kTools = "/api/v1/servers/{id}/tools";
constexpr std::string_view kApprove = "/api/v1/servers/{id}/tools/approve";
constexpr std::size_t kMaxText = 16U << 10U;
constexpr std::size_t kMaxHeaders = 20;

using runtimes::Facts;
using runtimes::Tool;

json::Value schema_of(const Tool& tool, const char* member) {
    auto entry = json::parse_object(tool.entry);
    const json::Value* const schema = entry ? entry->if_contains(member) : nullptr;
    return schema == nullptr ? json::Value(nullptr) : *schema;
}

json::Object annotations_view(const runtimes::Annotations& annotations) {
    json::Object view;
    const auto put = [&](const char* name, const std::optional<bool>& hint) {
        if (hint) {
            view[name] = *hint;
        }
    };
    put("readOnlyHint", annotations.read_only);
    put("destructiveHint", annotations.destructive);
    put("idempotentHint", annotations.idempotent);
    put("openWorldHint", annotations.open_world);
    return view;
}

json::Object tool_view(const Tool& tool) {
    json::Object view{{"id", tool.name},
                      {"name", tool.name},
                      {"title", sanitize_text(tool.title, kMaxText)},
                      {"description", sanitize_text(tool.description, kMaxText)},
                      {"kind", runtimes::kind_name(runtimes::kind_of(tool.annotations))},
                      {"annotations", annotations_view(tool.annotations)},
                      {"input_schema", schema_of(tool, "inputSchema")},
                      {"digest", tool.digest},
                      {"standing", runtimes::standing_name(tool.standing)}};
    if (auto output = schema_of(tool, "outputSchema"); !output.is_null()) {
        view["output_schema"] = std::move(output);
    }
    return view;
}

std::int64_t count_unapproved(const Facts& facts) {
    return std::ranges::count_if(facts.tools, [](const Tool& tool) {
        return tool.standing != runtimes::Standing::kApproved;
    });
}

std::string_view mode_name(catalog::ToolChanges mode) {
    switch (mode) {
        case catalog::ToolChanges::kAllow:
            return "allow";
        case catalog::ToolChanges::kWarn:
            return "warn";
        case catalog::ToolChanges::kBlockNew:
            return "block_new";
    }
    return "block_new";
}

json::Object runtime_view(const catalog::Server& server, const Facts* facts) {
    json::Object view{{"id", server.name},     {"origin", "file"},
                      {"server", server.name}, {"runtime", json::to_array(server.runtimes)},
                      {"probe", server.probe}, {"tool_changes", mode_name(server.tool_changes)}};
    const Facts nothing{};
    const Facts& known = facts == nullptr ? nothing : *facts;
    view["state"] = runtimes::reach_name(known.reach);
    view["revisions"] = json::to_array(known.revisions);
    view["sessions"] = known.sessions;
    view["transport"] = known.sse_only ? "http+sse" : "streamable-http";
    view["tools_known"] = runtimes::source_name(known.source);
    if (known.source != runtimes::ToolSource::kNone) {
        view["tools"] = known.tools.size();
        view["unapproved"] = count_unapproved(known);
    }
    if (!known.name.empty()) {
        view["server_info"] = json::Object{{"name", known.name}, {"version", known.version}};
    }
    if (!known.trouble.empty()) {
        view["trouble"] = sanitize_text(known.trouble, 500);
    }
    if (to_unix_millis(known.checked_at) != 0) {
        view["checked_at"] = format_time(known.checked_at);
    }
    return view;
}

std::optional<std::string> server_of(std::string_view pattern, const http::Request& request) {
    const auto parameters = http::path_parameters(pattern, request.path);
    return parameters.empty() ? std::nullopt : percent_decode(parameters[0]);
}

http::Response list_runtimes(const Dependencies& dependencies, const http::Request& request) {
    const auto query = parse_list_query(request.query);
    if (!query) {
        return problem(query.error());
    }
    const auto book = dependencies.runtimes->live().get();
    const auto catalog = dependencies.catalog.get();
    std::vector<json::Object> views;
    for (const catalog::Server& server : catalog->servers) {
        views.push_back(runtime_view(server, runtimes::find_facts(*book, server.name).get()));
    }
    return page_response(cut_page(std::move(views), *query));
}

http::Response show_runtime(const Dependencies& dependencies,
                            std::string_view pattern,
                            const http::Request& request) {
    const auto name = server_of(pattern, request);
    const auto catalog = dependencies.catalog.get();
    const catalog::Server* const server = name ? catalog->find_server(*name) : nullptr;
    if (server == nullptr) {
        return problem(404, "Not Found", "there is no server of this name");
    }
    const auto book = dependencies.runtimes->live().get();
    return object_response(200, runtime_view(*server, runtimes::find_facts(*book, *name).get()));
}

http::Response list_tools(const Dependencies& dependencies, const http::Request& request) {
    const auto query = parse_list_query(request.query);
    if (!query) {
        return problem(query.error());
    }
    const auto name = server_of(kTools, request);
    if (!name || dependencies.catalog.get()->find_server(*name) == nullptr) {
        return problem(404, "Not Found", "there is no server of this name");
    }
    const auto facts = runtimes::find_facts(*dependencies.runtimes->live().get(), *name);
    std::vector<json::Object> views;
    if (facts != nullptr) {
        std::ranges::transform(facts->tools, std::back_inserter(views), tool_view);
    }
    return page_response(cut_page(std::move(views), *query));
}

http::Response refresh(const Dependencies& dependencies, const http::Request& request) {
    const auto name = server_of(kRefresh, request);
    if (auto done = dependencies.runtimes->refresh(name.value_or("")); !done) {
        return problem(done.error());
    }
    return show_runtime(dependencies, kRefresh, request);
}

Result<std::vector<std::string>> wanted_tools(const http::Request& request) {
    if (request.body.empty()) {
        return std::vector<std::string>{};
    }
    const auto object = json::parse_object(request.body);
    if (!object) {
        return std::unexpected(object.error());
    }
    for (const auto& member : *object) {
        if (member.key() != "tools") {
            return fail(ErrorCode::kInvalid, "unknown member: " + to_safe_ascii(member.key(), 40));
        }
    }
    if (!object->contains("tools")) {
        return std::vector<std::string>{};
    }
    auto tools = json::get_strings(*object, "tools");
    if (!tools || tools->empty()) {
        return fail(ErrorCode::kInvalid, "tools must be a list of names");
    }
    return *std::move(tools);
}

http::Response approve(const Dependencies& dependencies, const http::Request& request) {
    const auto name = server_of(kApprove, request);
    if (!name || dependencies.catalog.get()->find_server(*name) == nullptr) {
        return problem(404, "Not Found", "there is no server of this name");
    }
    const auto tools = wanted_tools(request);
    if (!tools) {
        return problem(tools.error());
    }
    const auto approved = dependencies.runtimes->approve(*name, *tools);
    if (!approved) {
        return problem(approved.error());
    }
    json::Array names;
    for (const std::string& tool : *approved) {
        names.emplace_back(sanitize_text(tool, 128));
    }
    const auto recorded =
        dependencies.events.record({.name = "admin.action",
                                    .server = *name,
                                    .detail = {{"action", "tools.approve"}, {"tools", names}}});
    return recorded ? object_response(200, {{"server", *name}, {"approved", std::move(names)}})
                    : problem(recorded.error());
}

Result<runtimes::Peer> peer_of(const Dependencies& dependencies, const json::Object& body) {
    for (const auto& member : body) {
        if (member.key() != "url" && member.key() != "headers") {
            return fail(ErrorCode::kInvalid, "unknown member: " + to_safe_ascii(member.key(), 40));
        }
    }
    runtimes::Peer peer{.url = json::get_string(body, "url").value_or(""),
                        .timeout = dependencies.catalog.get()->runtime_checks.timeout};
    const auto url = parse_url(peer.url);
    if (!url || (url->scheme != "http" && url->scheme != "https") || url->has_userinfo ||
        url->has_fragment) {
        return fail(ErrorCode::kInvalid, "url must be the runtime's http or https MCP endpoint");
    }
    const json::Value* const headers = body.if_contains("headers");
    if (headers == nullptr) {
        return peer;
    }
    if (!headers->is_object() || headers->get_object().size() > kMaxHeaders) {
        return fail(ErrorCode::kInvalid, "headers must be an object of texts");
    }
    for (const auto& header : headers->get_object()) {
        if (!header.value().is_string()) {
            return fail(ErrorCode::kInvalid, "headers must be an object of texts");
        }
        peer.headers.add(std::string(header.key()), std::string(header.value().get_string()));
    }
    return peer;
}

/// For those who are about to attach it: what it speaks, what it offers, and what it wants.
http::Response probe_url(const Dependencies& dependencies, const http::Request& request) {
    const auto body = json::parse_object(request.body);
    if (!body) {
        return problem(body.error());
    }
    const auto peer = peer_of(dependencies, *body);
    if (!peer) {
        return problem(peer.error());
    }
    const auto found = runtimes::probe(*dependencies.client, *peer);
    json::Object view{{"url", peer->url},
                      {"state", runtimes::reach_name(found.reach)},
                      {"revisions", json::to_array(found.revisions)},
                      {"revision", found.revisions.empty() ? json::Value(nullptr)
                                                           : json::Value(found.revisions.back())},
                      {"sessions", found.sessions},
                      {"transport", found.sse_only ? "http+sse" : "streamable-http"},
                      {"wants_secret", found.reach == runtimes::Reach::kNeedsUser},
                      {"tools_known", found.tools.has_value()}};
    if (!found.name.empty()) {
        view["server_info"] = json::Object{{"name", found.name}, {"version", found.version}};
    }
    if (!found.trouble.empty()) {
        view["trouble"] = sanitize_text(found.trouble, 500);
    }
    json::Array tools;
    for (const Tool& tool : found.tools.value_or(std::vector<Tool>{})) {
        auto shown = tool_view(tool);
        shown.erase("standing");
        tools.emplace_back(std::move(shown));
    }
    view["tools"] = std::move(tools);
    const auto recorded = dependencies.events.record(
        {.name = "admin.action",
         .detail = {{"action", "runtimes.probe"},
                    {"host", parse_url(peer->url).value_or(Url{}).host}}});
    return recorded ? object_response(200, view) : problem(recorded.error());
}

using Handler = http::Response (*)(const Dependencies&, const http::Request&);

}  // namespace

void add_runtimes_routes(http::Router& router, const Dependencies& dependencies) {
    const auto add = [&](std::string method, std::string_view pattern, Handler handle) {
        router.add(
            std::move(method), std::string(pattern), http::WorkClass::kSlow,
            dependencies.guard.protect([&dependencies, handle](const http::Request& request) {
                return handle(dependencies, request);
            }));
    };
    add("GET", kRuntimes, list_runtimes);
    add("GET", kRuntime, [](const Dependencies& given, const http::Request& request) {
        return show_runtime(given, kRuntime, request);
    });
    add("POST", kProbe, probe_url);
    add("POST", kRefresh, refresh);
    add("GET", kTools, list_tools);
    add("POST", kApprove, approve);
}

}  // namespace gatehouse::admin
