// SPDX-License-Identifier: Apache-2.0
#include "proxy/route_table.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/strings.h"
#include "base/url.h"
#include "crypto/digest.h"
#include "proxy/header_filter.h"

namespace gatehouse::proxy {
namespace {

std::uint64_t length_bit(std::size_t length) {
    return std::uint64_t{1} << std::min<std::size_t>(length, 63);
}

Replica make_replica(const std::string& runtime) {
    Replica replica{.url = runtime, .mark = crypto::token_digest(runtime).substr(0, 11)};
    // The configuration was checked: a URL that does not parse leaves a replica nobody can reach.
    if (const auto url = parse_url(runtime)) {
        replica.host = url->host;
        if (url->port != 0) {
            replica.host += ":" + std::to_string(url->port);
        }
        replica.target = url->target();
    }
    return replica;
}

Secret credential_lines(const catalog::Worker& worker) {
    std::string lines;
    if (!worker.secrets.empty()) {
        lines += worker.secret_header + ": ";
        lines += worker.secrets.front().reveal();
        lines += "\r\n";
    }
    for (const auto& [name, value] : worker.static_headers) {
        lines += name + ": ";
        lines += value.reveal();
        lines += "\r\n";
    }
    return Secret(std::move(lines));
}

Route make_route(const catalog::Server& server) {
    Route route{.server = &server};
    for (const auto& runtime : server.runtimes) {
        route.replicas.push_back(make_replica(runtime));
    }
    route.own_headers.emplace(NormalName(server.worker.secret_header).view());
    route.own_headers.emplace(NormalName(server.worker.token_header).view());
    for (const auto& [name, value] : server.worker.static_headers) {
        route.own_headers.emplace(NormalName(name).view());
    }
    for (const std::string& name : route.own_headers) {
        route.own_lengths |= length_bit(name.size());
    }
    route.credentials = credential_lines(server.worker);
    auto scopes = server.initial_scopes;
    std::erase(scopes, "offline_access");
    route.scope = join(scopes, " ");
    return route;
}

std::string_view without_slash(std::string_view path) {
    if (path.size() > 1 && path.ends_with('/')) {
        path.remove_suffix(1);
    }
    return path;
}

}  // namespace

bool Route::may_own(std::size_t length) const {
    return (own_lengths & length_bit(length)) != 0;
}

bool Route::owns(std::string_view name) const {
    return may_own(name.size()) && own_headers.contains(name);
}

std::size_t Route::find_replica(std::string_view mark) const {
    const auto it = std::ranges::find(replicas, mark, &Replica::mark);
    return static_cast<std::size_t>(it - replicas.begin());
}

RouteTable::RouteTable(std::shared_ptr<const catalog::Catalog> catalog,
                       std::shared_ptr<const policy::PolicySet> policies,
                       const std::vector<std::string>& listen_hosts)
    : catalog_(std::move(catalog)), policies_(std::move(policies)) {
    add_host(catalog_->public_origin);
    for (const auto& server : catalog_->servers) {
        add_host(server.origin);
        Route route = make_route(server);
        route.budgets = budget::Plan(*catalog_, server);
        route.policy = policies_->find(server.name);
        routes_[server.origin].emplace(server.mcp_path, std::move(route));
    }
    for (const auto& host : listen_hosts) {
        origins_.emplace(to_lower(host), catalog_->public_origin);
    }
}

void RouteTable::add_host(std::string_view origin) {
    const auto url = parse_url(origin);
    if (!url) {
        return;
    }
    const std::string with_port = url->host + ":" + std::to_string(url->effective_port());
    origins_.emplace(with_port, origin);
    if (url->effective_port() == (url->scheme == "https" ? 443 : 80)) {
        origins_.emplace(url->host, origin);
    }
}

const std::string* RouteTable::origin_of(std::string_view host) const {
    auto it = origins_.find(host);
    if (it == origins_.end()) {
        it = origins_.find(to_lower(host));
    }
    return it == origins_.end() ? nullptr : &it->second;
}

const Route* RouteTable::find(std::string_view origin, std::string_view path) const {
    const auto paths = routes_.find(origin);
    if (paths == routes_.end()) {
        return nullptr;
    }
    const auto it = paths->second.find(without_slash(path));
    return it == paths->second.end() ? nullptr : &it->second;
}

const Route* RouteTable::find_server(std::string_view name) const {
    const auto* const server = catalog_->find_server(name);
    return server == nullptr ? nullptr : find(server->origin, server->mcp_path);
}

}  // namespace gatehouse::proxy
