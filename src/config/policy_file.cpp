// SPDX-License-Identifier: Apache-2.0
#include "config/policy_file.h"

#include <algorithm>
#include <array>

#include "config/internal/build.h"
#include "config/internal/checker.h"

namespace gatehouse::config {
namespace {

constexpr std::array<std::string_view, 3> kServerKeys{"policies", "default_policy",
                                                      "scope_includes"};

Environment nothing_outside() {
    return {.variable = [](std::string_view) { return std::nullopt; },
            .read_file = [](const std::filesystem::path& path) -> Result<std::string> {
                return fail(ErrorCode::kNotFound, path.string() + " is not read here");
            }};
}

/// A list alone is that of the top-level rules.
void wrap_list(Node& document) {
    if (document.kind != Node::Kind::kList) {
        return;
    }
    Node list = std::move(document);
    document = {.kind = Node::Kind::kMap, .at = list.at};
    document.entries.push_back({.name = "policies", .at = list.at, .value = std::move(list)});
}

/// Reads one proposal.
class Proposal {
  public:
    Proposal(const std::string& name, const catalog::Catalog& running)
        : problems_(name),
          environment_(nothing_outside()),
          checker_(environment_, {}, problems_),
          context_{.environment = environment_, .folder = {}, .problems = problems_},
          next_(std::make_shared<catalog::Catalog>(running)) {}

    [[nodiscard]] ProposedPolicies read(std::string_view text) {
        auto document = parse_document(text);
        if (!document) {
            problems_.add(document.error().at, "", document.error().message);
            return std::unexpected(problems_.take());
        }
        wrap_list(*document);
        if (document->kind != Node::Kind::kMap) {
            problems_.add(document->at, "", "expected rules, or a configuration that has some");
            return std::unexpected(problems_.take());
        }
        // Whoever proposes a whole configuration may propose other servers too.
        is_whole_ = document->find("public_url") != nullptr;
        check(*document);
        if (problems_.empty()) {
            build(Section(&*document, "", "", document->at));
        }
        if (!problems_.empty()) {
            return std::unexpected(problems_.take());
        }
        return next_;
    }

  private:
    void check(Node& document) {
        check_repeated(document, "");
        for (Entry& entry : document.entries) {
            if (entry.name == "policies") {
                checker_.check_key(entry.value, *find_key("policies"), "policies");
            } else if (entry.name == "servers") {
                check_servers(entry.value);
            } else if (find_key(entry.name) == nullptr) {
                unknown(entry, entry.name, member_names(""));
            }
        }
    }

    void check_servers(Node& servers) {
        if (servers.kind != Node::Kind::kMap && servers.kind != Node::Kind::kNull) {
            problems_.add(servers.at, "servers", "`servers`: expected a mapping");
            return;
        }
        check_repeated(servers, "servers");
        for (Entry& server : servers.entries) {
            const std::string path = "servers." + server.name;
            if (next_->find_server(server.name) == nullptr) {
                if (!is_whole_) {
                    unknown(server, path, server_names());
                }
            } else if (server.value.kind == Node::Kind::kMap) {
                check_server(server.value, path);
            }
        }
    }

    void check_server(Node& server, const std::string& path) {
        check_repeated(server, path);
        for (Entry& entry : server.entries) {
            const std::string pattern = "servers.*." + entry.name;
            const Key* const key = find_key(pattern);
            if (key == nullptr) {
                unknown(entry, path + "." + entry.name, member_names("servers.*"));
            } else if (std::ranges::find(kServerKeys, entry.name) != kServerKeys.end()) {
                checker_.check_key(entry.value, *key, path + "." + entry.name);
            }
        }
    }

    void check_repeated(const Node& node, const std::string& path) {
        for (const Entry& entry : node.entries) {
            if (node.find(entry.name) != &entry.value) {
                problems_.add(entry.at, path, in_ticks(entry.name) + " is given twice");
            }
        }
    }

    void unknown(const Entry& entry,
                 const std::string& path,
                 const std::vector<std::string_view>& known) {
        problems_.add(entry.at, path,
                      in_ticks(path) + " is unknown here" + suggestion(entry.name, known));
    }

    [[nodiscard]] std::vector<std::string_view> server_names() const {
        std::vector<std::string_view> names;
        for (const catalog::Server& server : next_->servers) {
            names.emplace_back(server.name);
        }
        return names;
    }

    /// Of a whole configuration the rules are what it says, also where it says nothing.
    [[nodiscard]] bool replaces(const Section& section, std::string_view name) const {
        return is_whole_ || section.is_given(name);
    }

    void build(const Section& root) {
        if (replaces(root, "policies")) {
            next_->policies = build_policies(root, context_, {});
        }
        for (const Section& section : root.named("servers")) {
            const auto server =
                std::ranges::find(next_->servers, section.name(), &catalog::Server::name);
            if (server != next_->servers.end()) {
                build_server(section, *server);
            }
        }
    }

    void build_server(const Section& section, catalog::Server& server) {
        if (replaces(section, "default_policy")) {
            server.default_policy = section.text("default_policy") == "deny"
                                        ? catalog::DefaultPolicy::kDeny
                                        : catalog::DefaultPolicy::kAllow;
        }
        if (replaces(section, "policies")) {
            server.policies = build_policies(section, context_, next_->policies);
        }
        if (!is_whole_) {
            check_policy_scopes(section, server.scopes, "the scopes of the server", context_);
        }
        if (replaces(section, "scope_includes")) {
            server.scope_includes = build_scope_includes(section, context_, server.scopes);
        }
    }

    Problems problems_;
    Environment environment_;
    Checker checker_;
    BuildContext context_;
    std::shared_ptr<catalog::Catalog> next_;
    bool is_whole_ = false;
};

}  // namespace

ProposedPolicies propose_policies(std::string_view text,
                                  const std::string& name,
                                  const catalog::Catalog& running) {
    return Proposal(name, running).read(text);
}

}  // namespace gatehouse::config
