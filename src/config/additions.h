// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"
#include "config/config.h"

/// What was made through the admin API, in the file's own shape (contract.md §3, ADR 0025). It goes
/// through the same checks as the file and is then part of the same catalog.
namespace gatehouse::config {

struct Addition {
    enum class Kind : std::uint8_t { kProfile, kServer, kPolicy, kBudget };

    Kind kind = Kind::kServer;
    std::string name;
    std::string server;   ///< of a policy or budget; empty: of every server
    json::Object object;  ///< the keys of the file; of policies and budgets without `name`
};

/// The section of the file: "servers", "profiles", "policies" or "budgets".
[[nodiscard]] std::string_view section_name(Addition::Kind kind);
/// "todo", or "todo:limit" for what belongs to a server. Unique within its kind.
[[nodiscard]] std::string id_of(const Addition& addition);

/// As `parse` of config.h. What the file defines itself counts and its namesake is left out;
/// `Config::additions` has the others. Values are taken as they are: `${…}` is for the file alone.
/// Problems of additions have no position, and name the key.
[[nodiscard]] LoadOutcome parse(std::string_view text,
                                const std::filesystem::path& file,
                                const Environment& environment,
                                std::span<const Addition> additions);

/// Gives what takes the place of a secret; `path` is "worker.secret".
using SecretVisitor = std::function<json::Value(std::string_view path, std::string_view text)>;
/// The object with every secret replaced. Unknown members stay.
[[nodiscard]] json::Object map_secrets(Addition::Kind kind,
                                       const json::Object& object,
                                       const SecretVisitor& visit);

/// The same as YAML for the file, secrets as `${NAME}`.
[[nodiscard]] std::string export_yaml(std::span<const Addition> additions);

}  // namespace gatehouse::config
