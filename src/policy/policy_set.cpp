// SPDX-License-Identifier: Apache-2.0
#include "policy/policy_set.h"

#include <utility>

namespace gatehouse::policy {
namespace {

constexpr std::size_t kMaxTools = 20'000;
constexpr std::size_t kMaxServers = 10'000;

std::string key_of(std::string_view server, std::string_view runtime) {
    return std::string(server) + "\n" + std::string(runtime);
}

}  // namespace

PolicySet::PolicySet(const catalog::Catalog& catalog) {
    for (const catalog::Server& server : catalog.servers) {
        // Personal access tokens come with limits of their own.
        if (!catalog.policies.empty() || !server.policies.empty() || server.personal_tokens ||
            server.default_policy != catalog::DefaultPolicy::kAllow) {
            policies_.emplace(server.name, std::make_unique<const Policy>(catalog, server));
        }
    }
}

const Policy* PolicySet::find(std::string_view server) const {
    const auto it = policies_.find(std::string(server));
    return it == policies_.end() ? nullptr : it->second.get();
}

std::shared_ptr<const PolicySet> PolicyLibrary::of(
    const std::shared_ptr<const catalog::Catalog>& catalog) {
    const std::lock_guard lock(mutex_);
    if (catalog_ != catalog) {
        set_ = std::make_shared<const PolicySet>(*catalog);
        catalog_ = catalog;
    }
    return set_;
}

void HintLibrary::learn(std::string_view server, std::string_view runtime, Tools tools) {
    const std::lock_guard lock(mutex_);
    if (servers_.size() >= kMaxServers) {
        servers_.clear();
    }
    auto& known = servers_[key_of(server, runtime)];
    bool changes = known == nullptr;
    if (!changes) {
        for (const auto& [name, hints] : tools) {
            const auto it = known->find(name);
            changes = changes || it == known->end() || it->second != hints;
        }
    }
    if (!changes) {
        return;
    }
    if (known != nullptr && known->size() < kMaxTools) {
        tools.insert(known->begin(), known->end());
    }
    known = std::make_shared<const Tools>(std::move(tools));
}

std::shared_ptr<const HintLibrary::Tools> HintLibrary::of(std::string_view server,
                                                          std::string_view runtime) const {
    const std::lock_guard lock(mutex_);
    const auto it = servers_.find(key_of(server, runtime));
    return it == servers_.end() ? nullptr : it->second;
}

std::optional<Hints> KnownHints::find(std::string_view tool) const {
    if (tools_ == nullptr) {
        return std::nullopt;
    }
    const auto it = tools_->find(std::string(tool));
    return it == tools_->end() ? std::nullopt : std::optional(it->second);
}

}  // namespace gatehouse::policy
