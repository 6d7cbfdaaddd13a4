// SPDX-License-Identifier: Apache-2.0
#include "grants/scopes.h"

#include <algorithm>
#include <string_view>

#include "base/strings.h"

namespace gatehouse::grants {
namespace {

bool is_protocol_scope(std::string_view scope) {
    return scope == "openid" || scope == "offline_access";
}

bool is_foreign(const catalog::Profile& profile,
                const catalog::Server& server,
                const std::string& scope) {
    return !is_protocol_scope(scope) && contains(profile.scopes, scope) &&
           !contains(server.scopes, scope);
}

void add_once(std::vector<std::string>& scopes, std::string_view scope) {
    if (!contains(scopes, scope)) {
        scopes.emplace_back(scope);
    }
}

}  // namespace

std::vector<std::string> scopes_to_ask(const catalog::Profile& profile,
                                       const catalog::Server& server,
                                       const std::vector<std::string>& wanted) {
    std::vector<std::string> asked;
    for (const std::string& scope : server.scopes) {
        if (contains(wanted, scope) && !is_protocol_scope(scope)) {
            add_once(asked, scope);
        }
    }
    if (asked.empty()) {
        asked = server.scopes;
    }
    if (profile.identity.from == catalog::IdentitySource::kIdToken ||
        contains(profile.scopes, "openid")) {
        add_once(asked, "openid");
    }
    if (contains(profile.scopes, "offline_access")) {
        add_once(asked, "offline_access");
    }
    return asked;
}

bool is_too_wide(const catalog::Profile& profile,
                 const catalog::Server& server,
                 const std::vector<std::string>& granted) {
    return std::ranges::any_of(
        granted, [&](const std::string& scope) { return is_foreign(profile, server, scope); });
}

std::vector<std::string> narrowed(const catalog::Profile& profile,
                                  const catalog::Server& server,
                                  const std::vector<std::string>& granted) {
    std::vector<std::string> kept;
    std::ranges::copy_if(granted, std::back_inserter(kept), [&](const std::string& scope) {
        return !is_foreign(profile, server, scope);
    });
    return kept;
}

bool is_wider(const catalog::Server& server,
              const std::vector<std::string>& granted,
              const std::vector<std::string>& other) {
    return covers(server, granted, other) && !covers(server, other, granted);
}

bool covers(const catalog::Server& server,
            const std::vector<std::string>& granted,
            const std::vector<std::string>& wanted) {
    return std::ranges::all_of(wanted, [&](const std::string& scope) {
        return is_protocol_scope(scope) || !contains(server.scopes, scope) ||
               contains(granted, scope);
    });
}

}  // namespace gatehouse::grants
