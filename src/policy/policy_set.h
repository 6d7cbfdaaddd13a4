// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "catalog/catalog.h"
#include "policy/policy.h"

namespace gatehouse::policy {

/// The policies of one version of the catalog.
class PolicySet {
  public:
    explicit PolicySet(const catalog::Catalog& catalog);

    /// Null for a server on which everything is allowed to everybody, whatever token they come
    /// with.
    [[nodiscard]] const Policy* find(std::string_view server) const;

  private:
    std::unordered_map<std::string, std::unique_ptr<const Policy>> policies_;
};

/// Compiles once for all loops. Thread-safe.
class PolicyLibrary {
  public:
    /// The set of this very catalog; compiled by whoever asks first.
    [[nodiscard]] std::shared_ptr<const PolicySet> of(
        const std::shared_ptr<const catalog::Catalog>& catalog);

  private:
    std::mutex mutex_;  // guards both
    std::shared_ptr<const catalog::Catalog> catalog_;
    std::shared_ptr<const PolicySet> set_;
};

/// What runtimes say of their tools, learned from lists that pass by. Thread-safe.
class HintLibrary {
  public:
    using Tools = std::unordered_map<std::string, Hints>;

    /// `runtime` tells servers of one name apart when their runtime is replaced.
    void learn(std::string_view server, std::string_view runtime, Tools tools);

    /// What is known now, or null.
    [[nodiscard]] std::shared_ptr<const Tools> of(std::string_view server,
                                                  std::string_view runtime) const;

  private:
    mutable std::mutex mutex_;  // guards servers_
    std::unordered_map<std::string, std::shared_ptr<const Tools>> servers_;
};

/// What all loops share.
struct RuleLibrary {
    PolicyLibrary policies;
    HintLibrary hints;
};

/// What a HintLibrary knew at one moment of one server's tools.
class KnownHints final : public HintSource {
  public:
    explicit KnownHints(std::shared_ptr<const HintLibrary::Tools> tools)
        : tools_(std::move(tools)) {}

    [[nodiscard]] std::optional<Hints> find(std::string_view tool) const override;

  private:
    std::shared_ptr<const HintLibrary::Tools> tools_;
};

}  // namespace gatehouse::policy
