// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "policy/facts.h"

/// Policies decided in the plainest way, straight from contract.md sections 7 and 11 and
/// docs/policies.md: one rule after the other, one key after the other, nothing compiled. What the
/// product decides is held against it.
namespace gatehouse::test {

/// An argument as the test made it, before it became JSON.
struct ModelValue {
    enum class Kind { kNull, kBool, kNumber, kString, kContainer };

    Kind kind = Kind::kNull;
    std::string text;
};

struct ModelRequest {
    std::string method, item;
    policy::ItemKind kind = policy::ItemKind::kNone;
    std::map<std::string, ModelValue> arguments;  ///< by pointer
    bool odd_arguments = false;
};

struct ModelCaller {
    std::string id, name, email, client;
    std::vector<std::string> groups, scopes;
    std::string source_ip;
};

struct ModelDecision {
    std::string effect = "allow", rule, shadow;
    std::vector<std::string> missing;
    bool hidden = false;

    bool operator==(const ModelDecision&) const = default;
};

/// `hints` by tool; a tool without any was never seen.
struct ModelWorld {
    const catalog::Catalog& catalog;
    const catalog::Server& server;
    const std::map<std::string, policy::Hints>& hints;
    Timestamp now;
};

[[nodiscard]] bool reference_glob(std::string_view pattern, std::string_view text);
[[nodiscard]] ModelDecision reference_decide(const ModelWorld& world,
                                             const ModelCaller& caller,
                                             const ModelRequest& request);

}  // namespace gatehouse::test
