// SPDX-License-Identifier: Apache-2.0
#include "oauth/authorize_access.h"

#include <algorithm>

#include "base/strings.h"
#include "base/url.h"

namespace gatehouse::oauth {

bool host_matches(std::string_view pattern, std::string_view host) {
    std::size_t p = 0, h = 0, star = std::string_view::npos, retry = 0;
    while (h < host.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            retry = h;
        } else if (p < pattern.size() &&
                   (pattern[p] == '?' || iequals(pattern.substr(p, 1), host.substr(h, 1)))) {
            ++p;
            ++h;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            h = ++retry;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::vector<std::string> select_scopes(const catalog::Server& server,
                                       const Client& client,
                                       const std::vector<std::string>& asked) {
    std::vector<std::string> all, chosen;
    for (const std::string& scope : server.scopes) {
        // Neither says what a tool may do: the one is about tokens, the other about ID tokens.
        if (scope == kOfflineAccess || scope == "openid" || contains(all, scope) ||
            (!client.scopes.empty() && !contains(client.scopes, scope))) {
            continue;
        }
        all.push_back(scope);
        if (contains(asked, scope)) {
            chosen.push_back(scope);
        }
    }
    if (chosen.empty()) {
        chosen = std::move(all);
    }
    if (contains(asked, kOfflineAccess)) {
        chosen.emplace_back(kOfflineAccess);
    }
    return chosen;
}

bool may_use_server(const catalog::Server& server, const Client& client) {
    switch (client.kind) {
        case ClientKind::kPreregistered:
            return client.server == server.name;
        case ClientKind::kDynamic:
            return server.allow_dynamic;
        case ClientKind::kMetadataDocument: {
            const auto url = parse_url(client.id);
            return server.allow_cimd && url &&
                   std::ranges::any_of(server.cimd_hosts, [&](const std::string& pattern) {
                       return host_matches(pattern, url->host);
                   });
        }
    }
    return false;
}

std::vector<const catalog::Server*> usable_servers(const catalog::Catalog& catalog,
                                                   std::string_view origin,
                                                   const Client& client) {
    auto servers = catalog.servers_of_origin(origin);
    std::erase_if(servers,
                  [&](const catalog::Server* server) { return !may_use_server(*server, client); });
    return servers;
}

bool may_authorize(const catalog::Access& access, const identity::User& user) {
    return access.admits(user.email_verified ? user.email : std::string(), user.groups);
}

std::string sign_in_source(const catalog::Server& server) {
    return server.sign_in == kDownstream ? "profile:" + server.profile : server.sign_in;
}

const std::string& title_of(const catalog::Server& server) {
    return server.title.empty() ? server.name : server.title;
}

std::string display_name(const identity::User& user) {
    const std::string& name = user.name.empty() ? user.subject : user.name;
    return user.email.empty() || user.email == name ? name : name + " (" + user.email + ")";
}

std::string display_name(const Client& client) {
    const std::string name = sanitize_text(client.name, 100);
    return name.empty() ? "An app without a name" : name;
}

}  // namespace gatehouse::oauth
