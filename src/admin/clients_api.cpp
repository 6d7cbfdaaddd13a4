// SPDX-License-Identifier: Apache-2.0
#include "admin/clients_api.h"

#include <algorithm>
#include <utility>

#include "admin/answers.h"
#include "admin/listing.h"
#include "admin/problem.h"
#include "admin/views.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "base/units.h"

namespace gatehouse::admin {
namespace {

using oauth::BlockKind;
using oauth::ClientBlock;

constexpr std::string_view kClientPattern = "/api/v1/clients/{id}";
constexpr std::string_view kBlocksPattern = "/api/v1/blocks";
constexpr std::string_view kBlockPattern = "/api/v1/blocks/{id}";
constexpr std::string_view kRedirectHost = "redirect_host";
constexpr std::string_view kDocumentHost = "document_host";

std::optional<std::string> addressed_id(std::string_view pattern, const http::Request& request) {
    const auto parameters = http::path_parameters(pattern, request.path);
    return parameters.empty() ? std::nullopt : percent_decode(parameters[0]);
}

Result<json::Object> find_client(const Dependencies& dependencies, const std::string& id) {
    auto clients = all_clients(dependencies);
    if (!clients) {
        return std::unexpected(clients.error());
    }
    const auto found = std::ranges::find_if(
        *clients, [&](const json::Object& client) { return json::get_string(client, "id") == id; });
    return found == clients->end() ? fail(ErrorCode::kNotFound, "there is no such client")
                                   : Result<json::Object>(std::move(*found));
}

Result<void> record(const Dependencies& dependencies,
                    std::string_view action,
                    const std::string& client,
                    json::Object detail) {
    detail["action"] = action;
    return dependencies.events.record(
        {.name = "admin.action", .client = client, .detail = std::move(detail)});
}

/// What the body asks for; nothing where it speaks of anything else.
std::optional<bool> read_disabled(std::string_view body) {
    const auto object = json::parse_object(body);
    return object && object->size() == 1 ? json::get_bool(*object, "disabled") : std::nullopt;
}

Result<std::size_t> switch_client(const Dependencies& dependencies,
                                  const std::string& id,
                                  bool disabled) {
    if (disabled) {
        return dependencies.client_control.disable(id);
    }
    const auto enabled = dependencies.client_control.enable(id);
    return enabled ? Result<std::size_t>(0) : std::unexpected(enabled.error());
}

http::Response update_client(const Dependencies& dependencies, const http::Request& request) {
    const auto id = addressed_id(kClientPattern, request);
    if (!id) {
        return problem(404, "Not Found");
    }
    const auto known = find_client(dependencies, *id);
    if (known) {
        if (auto refusal = stale(request, *known)) {
            return *std::move(refusal);
        }
    }
    const auto disabled = read_disabled(request.body);
    if (!disabled) {
        return known && json::get_string(*known, "origin") == "file"
                   ? problem(409, "Conflict", "the configuration file defines it; change it there")
                   : problem(400, "Bad Request", R"(only {"disabled": true or false} can be said)");
    }
    const auto ended = switch_client(dependencies, *id, *disabled);
    if (!ended) {
        return problem(ended.error());
    }
    const auto recorded = record(dependencies, *disabled ? "clients.disable" : "clients.enable",
                                 *id, {{"connections_ended", static_cast<std::int64_t>(*ended)}});
    if (!recorded) {
        return problem(recorded.error());
    }
    const auto changed = find_client(dependencies, *id);
    return changed ? object_response(200, *changed) : problem(changed.error());
}

http::Response remove_client(const Dependencies& dependencies, const http::Request& request) {
    const auto id = addressed_id(kClientPattern, request);
    const auto known =
        id ? find_client(dependencies, *id) : fail(ErrorCode::kNotFound, "there is no such client");
    if (!known) {
        return problem(known.error());
    }
    if (json::get_string(*known, "origin") == "file") {
        return problem(409, "Conflict", "the configuration file defines it; change it there");
    }
    const auto ended = dependencies.client_control.forget(*id);
    if (!ended) {
        return problem(ended.error());
    }
    const auto recorded = record(dependencies, "clients.remove", *id,
                                 {{"connections_ended", static_cast<std::int64_t>(*ended)}});
    return recorded ? http::Response{.status = 204, .headers = {}, .body = {}}
                    : problem(recorded.error());
}

std::string_view kind_name(BlockKind kind) {
    return kind == BlockKind::kRedirectHost ? kRedirectHost : kDocumentHost;
}

std::optional<BlockKind> parse_kind(std::string_view name) {
    if (name == kRedirectHost) {
        return BlockKind::kRedirectHost;
    }
    return name == kDocumentHost ? std::optional(BlockKind::kDocumentHost) : std::nullopt;
}

std::string id_of(BlockKind kind, std::string_view host) {
    return std::string(kind_name(kind)) + ":" + std::string(host);
}

json::Object view(const ClientBlock& block) {
    return {{"id", id_of(block.kind, block.host)},
            {"origin", "api"},
            {"kind", kind_name(block.kind)},
            {"host", block.host},
            {"blocked_at", format_time(block.blocked_at)}};
}

http::Response list_blocks(const Dependencies& dependencies, const http::Request& request) {
    const auto query = parse_list_query(request.query);
    if (!query) {
        return problem(query.error());
    }
    const auto blocks = dependencies.client_blocks.list();
    if (!blocks) {
        return problem(blocks.error());
    }
    std::vector<json::Object> views;
    for (const ClientBlock& block : *blocks) {
        views.push_back(view(block));
    }
    return page_response(cut_page(std::move(views), *query));
}

http::Response add_block(const Dependencies& dependencies, const http::Request& request) {
    const auto object = json::parse_object(request.body);
    const auto kind =
        object ? parse_kind(json::get_string(*object, "kind").value_or("")) : std::nullopt;
    if (!kind || object->size() != 2 || !json::get_string(*object, "host")) {
        return problem(400, "Bad Request",
                       "kind must be redirect_host or document_host, and host a host name");
    }
    const std::string host = to_lower(*json::get_string(*object, "host"));
    const auto added = dependencies.client_blocks.block(*kind, host);
    if (!added) {
        return problem(added.error());
    }
    const auto recorded =
        record(dependencies, "clients.block", {}, {{"kind", kind_name(*kind)}, {"host", host}});
    if (!recorded) {
        return problem(recorded.error());
    }
    const auto blocks = dependencies.client_blocks.list();
    if (!blocks) {
        return problem(blocks.error());
    }
    const auto made = std::ranges::find_if(*blocks, [&](const ClientBlock& block) {
        return block.kind == *kind && block.host == host;
    });
    return made != blocks->end() ? object_response(*added ? 201 : 200, view(*made))
                                 : problem(404, "Not Found", "it was unblocked just now");
}

http::Response remove_block(const Dependencies& dependencies, const http::Request& request) {
    const auto id = addressed_id(kBlockPattern, request);
    const auto colon = id ? id->find(':') : std::string::npos;
    const auto kind = colon == std::string::npos ? std::nullopt : parse_kind(id->substr(0, colon));
    if (!kind) {
        return problem(404, "Not Found", "an id is a kind, a colon and a host");
    }
    const std::string host = id->substr(colon + 1);
    const auto removed = dependencies.client_blocks.unblock(*kind, host);
    if (!removed) {
        return problem(removed.error());
    }
    if (!*removed) {
        return problem(404, "Not Found", "this host is not blocked");
    }
    const auto recorded =
        record(dependencies, "clients.unblock", {}, {{"kind", kind_name(*kind)}, {"host", host}});
    return recorded ? http::Response{.status = 204, .headers = {}, .body = {}}
                    : problem(recorded.error());
}

using Handler = http::Response (*)(const Dependencies&, const http::Request&);

}  // namespace

Result<std::vector<json::Object>> all_clients(const Dependencies& dependencies) {
    auto known = dependencies.clients();
    if (!known) {
        return known;
    }
    const auto catalog = dependencies.catalog.get();
    for (const catalog::Server& server : catalog->servers) {
        for (const catalog::PreregisteredClient& client : server.clients) {
            json::Object defined = view(client, server);
            const auto stored = std::ranges::find_if(*known, [&](const json::Object& item) {
                return json::get_string(item, "id") == client.id &&
                       json::get_string(item, "issuer") == server.origin;
            });
            if (stored == known->end()) {
                known->push_back(std::move(defined));
            } else {
                stored->insert_or_assign("origin", "file");
                for (const auto& member : defined) {
                    stored->insert_or_assign(member.key(), member.value());
                }
            }
        }
    }
    return known;
}

void add_clients_routes(http::Router& router, const Dependencies& dependencies) {
    const auto add = [&](std::string method, std::string_view pattern, Handler handle) {
        router.add(
            std::move(method), std::string(pattern), http::WorkClass::kSlow,
            dependencies.guard.protect([&dependencies, handle](const http::Request& request) {
                return handle(dependencies, request);
            }));
    };
    add("PATCH", kClientPattern, update_client);
    add("DELETE", kClientPattern, remove_client);
    add("GET", kBlocksPattern, list_blocks);
    add("POST", kBlocksPattern, add_block);
    add("DELETE", kBlockPattern, remove_block);
}

}  // namespace gatehouse::admin
