// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/url.h"
#include "catalog/catalog.h"
#include "config/config.h"
#include "config/internal/problems.h"
#include "config/internal/section.h"

/// From checked sections to values, with the rules that join several keys.
namespace gatehouse::config {

struct BuildContext {
    const Environment& environment;
    std::filesystem::path folder;  ///< what relative paths start from
    Problems& problems;

    void report(const Section& section, std::string_view name, std::string_view message) const;
};

/// Everything but the catalog.
void build_process(const Section& root, const BuildContext& context, Config& config);
void build_sign_in(const Section& root, const BuildContext& context, catalog::Catalog& catalog);
void build_profiles(const Section& root, const BuildContext& context, catalog::Catalog& catalog);
/// After sign-in ways and profiles.
void build_servers(const Section& root, const BuildContext& context, catalog::Catalog& catalog);

/// Parts of a server (build_servers).
void build_worker(const Section& server_section,
                  const BuildContext& context,
                  catalog::Server& server);
void build_clients(const Section& server_section,
                   const BuildContext& context,
                   catalog::Server& server);
/// One list of budgets; `server` is empty for the one of every server.
[[nodiscard]] std::vector<catalog::Budget> build_budgets(const Section& parent,
                                                         const BuildContext& context,
                                                         std::string_view server);
[[nodiscard]] catalog::ToolCosts build_tool_costs(const Section& parent);
/// The rules of the top (`before` empty) or of a server (`before`: those of the top).
[[nodiscard]] std::vector<catalog::PolicyRule> build_policies(
    const Section& owner,
    const BuildContext& context,
    const std::vector<catalog::PolicyRule>& before);
/// A server's `scope_includes`; reports scopes that `allowed` lacks.
[[nodiscard]] catalog::ScopeIncludes build_scope_includes(const Section& server_section,
                                                          const BuildContext& context,
                                                          const std::vector<std::string>& allowed);
/// Reports scopes of rules that `allowed` lacks.
void check_policy_scopes(const Section& owner,
                         const std::vector<std::string>& allowed,
                         std::string_view whose,
                         const BuildContext& context);
/// Reports what `list` has and `allowed` lacks; `whose` names the owner of `allowed`.
void check_subset(const Section& section,
                  std::string_view list,
                  const std::vector<std::string>& allowed,
                  std::string_view whose,
                  const BuildContext& context);

}  // namespace gatehouse::config
