// SPDX-License-Identifier: Apache-2.0
#include "catalog/catalog.h"

#include <algorithm>

#include "base/strings.h"

namespace gatehouse::catalog {
namespace {

template <typename T>
const T* find_named(const std::vector<T>& items, std::string_view name) {
    const auto it = std::ranges::find(items, name, &T::name);
    return it == items.end() ? nullptr : &*it;
}

bool contains_ignoring_case(const std::vector<std::string>& list, std::string_view item) {
    return std::ranges::any_of(list,
                               [&](const std::string& entry) { return iequals(entry, item); });
}

}  // namespace

bool Access::admits(std::string_view email, const std::vector<std::string>& in) const {
    if (everyone() || std::ranges::any_of(
                          in, [&](const std::string& group) { return contains(groups, group); })) {
        return true;
    }
    const auto at = email.rfind('@');
    return at != std::string_view::npos && (contains_ignoring_case(emails, email) ||
                                            contains_ignoring_case(domains, email.substr(at + 1)));
}

const Server* Catalog::find_server(std::string_view name) const {
    return find_named(servers, name);
}

const Profile* Catalog::find_profile(std::string_view name) const {
    return find_named(profiles, name);
}

const OidcProvider* Catalog::find_oidc(std::string_view name) const {
    return find_named(oidc, name);
}

const Server* Catalog::find_by_mcp_url(std::string_view canonical) const {
    const auto it = std::ranges::find(servers, canonical, &Server::mcp_url);
    return it == servers.end() ? nullptr : &*it;
}

const Server* Catalog::find_by_path(std::string_view origin, std::string_view path) const {
    if (path.size() > 1 && path.ends_with('/')) {
        path.remove_suffix(1);
    }
    const auto it = std::ranges::find_if(servers, [&](const Server& server) {
        return server.mcp_path == path && server.origin == origin;
    });
    return it == servers.end() ? nullptr : &*it;
}

bool Catalog::exchanges_sign_in(std::string_view provider) const {
    return std::ranges::any_of(servers, [&](const Server& server) {
        const Profile* profile = find_profile(server.profile);
        return server.sign_in == provider && profile != nullptr &&
               profile->exchange != ExchangeSubject::kNone;
    });
}

std::vector<const Server*> Catalog::servers_of_origin(std::string_view origin) const {
    std::vector<const Server*> found;
    for (const Server& server : servers) {
        if (server.origin == origin) {
            found.push_back(&server);
        }
    }
    return found;
}

bool Catalog::is_own_origin(std::string_view origin) const {
    return origin == public_origin ||
           std::ranges::any_of(servers, [&](const Server& s) { return s.origin == origin; });
}

}  // namespace gatehouse::catalog
