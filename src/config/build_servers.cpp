// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "base/strings.h"
#include "config/internal/build.h"
#include "config/internal/values.h"

namespace gatehouse::config {
namespace {

/// The first segments of the gateway's own paths (contract.md §4).
constexpr std::array<std::string_view, 14> kReserved{
    "authorize", "token",   "register", "revoke",   "introspect", "par",    "jwks.json",
    "connect",   "account", "sign-in",  "sign-out", "healthz",    "readyz", ".well-known"};

catalog::Capture parse_capture(std::string_view text) {
    if (text == "full") {
        return catalog::Capture::kFull;
    }
    return text == "redacted" ? catalog::Capture::kRedacted : catalog::Capture::kNone;
}

bool is_path(std::string_view path) {
    if (!path.starts_with('/')) {
        return false;
    }
    return std::ranges::all_of(split(path.substr(1), '/'), [](std::string_view segment) {
        return !segment.empty() && segment != "." && segment != ".." &&
               std::ranges::all_of(segment, [](char c) {
                   return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || std::string_view("-._~").contains(c);
               });
    });
}

void check_path(const Section& section, const BuildContext& context, std::string_view path) {
    if (!is_path(path)) {
        context.report(
            section, "path",
            "expected a path such as /todo, without a slash at its end, found " + in_ticks(path));
        return;
    }
    const std::string first = to_lower(split(path, '/')[1]);
    if (std::ranges::find(kReserved, first) != kReserved.end()) {
        context.report(section, "path",
                       in_ticks("/" + first) + " is the gateway's own; write another `path`");
    }
}

void place_on_own_host(const Section& section,
                       const BuildContext& context,
                       const Url& public_url,
                       catalog::Server& server) {
    Url own = public_url;
    own.host = to_lower(section.text("host"));
    if (own.host == public_url.host) {
        context.report(section, "host", "this is the host of `public_url`");
    }
    server.host = own.host;
    server.origin = own.origin();
    server.mcp_path = "/mcp";
}

void place(const Section& section,
           const BuildContext& context,
           const catalog::Catalog& catalog,
           catalog::Server& server) {
    const std::string path = section.is_given("path") ? section.text("path") : "/" + section.name();
    const auto public_url = parse_url(catalog.public_origin);
    if (!section.is_bad("path")) {
        check_path(section, context, path);
    }
    if (section.is_given("host") && !section.is_bad("host") && public_url) {
        place_on_own_host(section, context, *public_url, server);
    } else {
        server.path = path;
        server.origin = catalog.public_origin;
        server.mcp_path = path + "/mcp";
    }
    server.mcp_url = server.origin + server.mcp_path;
    if (const catalog::Server* other = catalog.find_by_mcp_url(server.mcp_url)) {
        context.report(section, server.host.empty() ? "path" : "host",
                       "the server " + in_ticks(other->name) + " has this address already");
    }
}

/// The ways of `sign_in` that are configured, by name.
std::vector<std::string> sign_in_ways(const catalog::Catalog& catalog) {
    std::vector<std::string> ways;
    if (catalog.local_sign_in) {
        ways.emplace_back("local");
    }
    for (const catalog::OidcProvider& provider : catalog.oidc) {
        ways.push_back(provider.name);
    }
    return ways;
}

bool yields_identity(const catalog::Profile* profile) {
    return profile != nullptr && profile->identity.from != catalog::IdentitySource::kNone;
}

std::string default_sign_in(const Section& section,
                            const BuildContext& context,
                            const catalog::Catalog& catalog,
                            const catalog::Profile* profile) {
    if (yields_identity(profile)) {
        return "downstream";
    }
    const auto ways = sign_in_ways(catalog);
    if (ways.size() == 1) {
        return ways.front();
    }
    if (ways.empty()) {
        context.report(section, "sign_in",
                       "nobody could sign in: configure `sign_in.local` or `sign_in.oidc`, or a "
                       "profile with an `identity`");
    } else {
        context.report(section, "sign_in", "missing; say which of " + join(ways, ", "));
    }
    return {};
}

void check_sign_in(const Section& section,
                   const BuildContext& context,
                   const catalog::Catalog& catalog,
                   const catalog::Server& server) {
    if (server.sign_in == "downstream") {
        const catalog::Profile* profile = catalog.find_profile(server.profile);
        if (!section.is_given("profile")) {
            context.report(section, "sign_in", "`downstream` needs a `profile`");
        } else if (profile != nullptr && !yields_identity(profile)) {
            context.report(section, "sign_in",
                           "`downstream` needs an identity, and " +
                               in_ticks("profiles." + profile->name + ".identity.from") +
                               " is none");
        }
        return;
    }
    auto ways = sign_in_ways(catalog);
    if (contains(ways, server.sign_in)) {
        return;
    }
    if (server.sign_in == "local") {
        context.report(section, "sign_in", "`sign_in.local` is not enabled");
        return;
    }
    ways.emplace_back("downstream");
    const std::vector<std::string_view> known(ways.begin(), ways.end());
    context.report(section, "sign_in",
                   "there is no way to sign in called " + in_ticks(server.sign_in) +
                       suggestion(server.sign_in, known));
}

/// Accounts that come with a sign-in need one at a provider that issues tokens.
void check_exchange(const Section& section,
                    const BuildContext& context,
                    const catalog::Catalog& catalog,
                    const catalog::Server& server) {
    const catalog::Profile* profile = catalog.find_profile(server.profile);
    if (profile != nullptr && profile->exchange != catalog::ExchangeSubject::kNone &&
        (server.sign_in == "local" || server.sign_in == "downstream")) {
        context.report(section, "sign_in",
                       in_ticks("profiles." + profile->name + ".exchange") +
                           " needs people who sign in through `sign_in.oidc`");
    }
}

void join_profile(const Section& section,
                  const BuildContext& context,
                  const catalog::Catalog& catalog,
                  catalog::Server& server) {
    server.profile = section.text("profile");
    const catalog::Profile* profile = catalog.find_profile(server.profile);
    if (!server.profile.empty() && profile == nullptr) {
        std::vector<std::string_view> known;
        for (const catalog::Profile& candidate : catalog.profiles) {
            known.push_back(candidate.name);
        }
        context.report(
            section, "profile",
            "there is no profile " + in_ticks(server.profile) + suggestion(server.profile, known));
    }
    if (section.is_given("sign_in")) {
        server.sign_in = section.text("sign_in");
        check_sign_in(section, context, catalog, server);
    } else if (server.profile.empty() || profile != nullptr) {
        server.sign_in = default_sign_in(section, context, catalog, profile);
    }
    check_exchange(section, context, catalog, server);
    server.scopes = section.texts("scopes");
    if (profile != nullptr) {
        if (!section.is_given("scopes")) {
            server.scopes = profile->scopes;
        }
        check_subset(section, "scopes", profile->scopes, "profiles." + profile->name + ".scopes",
                     context);
    }
    server.initial_scopes =
        section.is_given("initial_scopes") ? section.texts("initial_scopes") : server.scopes;
    if (!section.is_bad("scopes")) {
        check_subset(section, "initial_scopes", server.scopes, section.path_of("scopes"), context);
    }
}

void read_openness(const Section& section, catalog::Server& server) {
    const Section registration = section.section("registration");
    server.allow_cimd = registration.flag("cimd");
    server.allow_dynamic = registration.flag("dynamic");
    server.cimd_hosts = registration.texts("cimd_hosts");
    server.personal_tokens = section.flag("personal_tokens");
    for (const std::string& origin : section.section("cors").texts("origins")) {
        const auto url = parse_url(origin);
        server.cors_origins.push_back(url ? url->origin() : origin);
    }
    const Section reconnect = section.section("reconnect");
    server.reconnect = {.in_band = reconnect.texts("in_band"),
                        .without_account = reconnect.texts("without_account")};
    const Section access = section.section("access");
    server.access = {.emails = access.texts("emails"),
                     .domains = access.texts("domains"),
                     .groups = access.texts("groups")};
    std::ranges::transform(server.access.emails, server.access.emails.begin(), to_lower);
    std::ranges::transform(server.access.domains, server.access.domains.begin(), to_lower);
}

void read_audit(const Section& audit, catalog::Server& server) {
    server.audit_arguments = parse_capture(audit.text("arguments"));
    server.audit_results = parse_capture(audit.text("results"));
    server.audit_retain = std::chrono::floor<std::chrono::hours>(audit.duration("retain"));
}

catalog::ToolChanges parse_tool_changes(std::string_view text) {
    if (text == "allow") {
        return catalog::ToolChanges::kAllow;
    }
    return text == "block_new" ? catalog::ToolChanges::kBlockNew : catalog::ToolChanges::kWarn;
}

catalog::Server build_server(const Section& section,
                             const BuildContext& context,
                             const catalog::Catalog& catalog) {
    catalog::Server server{
        .name = section.name(),
        .title = section.is_given("title") ? section.text("title") : section.name(),
        .runtimes = section.texts("runtime")};
    place(section, context, catalog, server);
    join_profile(section, context, catalog, server);
    build_worker(section, context, server);
    read_openness(section, server);
    build_clients(section, context, server);
    read_audit(section.section("audit"), server);
    server.budgets = build_budgets(section, context, server.name);
    server.tool_costs = build_tool_costs(section);
    server.tool_changes = parse_tool_changes(section.text("tool_changes"));
    server.probe = section.flag("probe");
    // Additions have no place in the file, and the services are read from there.
    if (section.is_given("policy_service") && section.at().line == 0) {
        context.report(section, "policy_service", "it is set in the configuration file only");
    }
    server.default_policy = section.text("default_policy") == "deny"
                                ? catalog::DefaultPolicy::kDeny
                                : catalog::DefaultPolicy::kAllow;
    server.policies = build_policies(section, context, catalog.policies);
    if (!section.is_bad("scopes")) {
        server.scope_includes = build_scope_includes(section, context, server.scopes);
        check_policy_scopes(section, server.scopes, section.path_of("scopes"), context);
    }
    return server;
}

/// Pre-registered ids are unique per origin.
void check_client_ids(const std::vector<Section>& sections,
                      const BuildContext& context,
                      const catalog::Catalog& catalog) {
    std::map<std::string, std::string> owners;  // origin and id -> path of the first
    for (const Section& section : sections) {
        const catalog::Server* server = catalog.find_server(section.name());
        for (const Section& client : section.items("clients")) {
            const std::string id = client.text("id");
            const auto [owner, is_first] =
                owners.emplace(server->origin + " " + id, client.path_of("id"));
            if (!is_first && !id.empty()) {
                context.report(client, "id",
                               in_ticks(id) + " is already " + in_ticks(owner->second) +
                                   ", and ids are unique per origin");
            }
        }
    }
}

}  // namespace

void check_subset(const Section& section,
                  std::string_view list,
                  const std::vector<std::string>& allowed,
                  std::string_view whose,
                  const BuildContext& context) {
    const std::vector<std::string_view> known(allowed.begin(), allowed.end());
    if (!section.is_given(list)) {
        return;
    }
    const std::string path = section.path_of(list);
    for (const Located& item : section.located(list)) {
        if (!contains(allowed, item.text)) {
            context.problems.add(item.at, path,
                                 in_ticks(path) + ": " + in_ticks(item.text) + " is not in " +
                                     in_ticks(whose) + suggestion(item.text, known));
        }
    }
}

void build_servers(const Section& root, const BuildContext& context, catalog::Catalog& catalog) {
    const auto sections = root.named("servers");
    catalog.policies = build_policies(root, context, {});
    catalog.budgets = build_budgets(root, context, {});
    catalog.tool_costs = build_tool_costs(root);
    for (const Section& section : sections) {
        catalog.servers.push_back(build_server(section, context, catalog));
    }
    check_client_ids(sections, context, catalog);
    std::vector<std::string> scopes;
    for (const catalog::Server& server : catalog.servers) {
        scopes.insert(scopes.end(), server.scopes.begin(), server.scopes.end());
    }
    check_policy_scopes(root, scopes, "the scopes of any server", context);
}

}  // namespace gatehouse::config
