// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "admin/definition_store.h"
#include "base/clock.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "config/additions.h"
#include "crypto/sealer.h"

namespace gatehouse::admin {

/// A server, profile, policy or budget that was made through the API instead of the file.
struct Definition {
    config::Addition what;
    Timestamp created_at, updated_at;
    bool counts = true;  ///< false: the file defines its namesake, and that one counts
};

/// Why a change cannot be. With `problems`: the configuration would not be valid with it.
struct Refusal {
    Error error;
    std::vector<config::Problem> problems;
};

/// Keeps what the API makes, sealed, in the store; holds it against the whole configuration; and
/// puts it into effect (ADR 0025). Thread-safe after `open`; calls block.
class Definitions {
  public:
    /// Puts a catalog into effect.
    using Publish = std::function<void(std::shared_ptr<const catalog::Catalog>)>;

    /// `environment` must outlive it.
    Definitions(const config::Environment& environment, const Clock& clock)
        : environment_(environment), clock_(clock) {}

    /// Reads what is kept, and seals it under the newest master key. kCorrupt when a box opens
    /// under no key. `text`: what stands in `file`.
    [[nodiscard]] Result<void> open(DefinitionStore& store,
                                    crypto::Sealer sealer,
                                    std::filesystem::path file,
                                    std::string text);
    /// From now on changes are published.
    void publish_to(Publish publish);

    /// The file's text with what the API made.
    [[nodiscard]] config::LoadOutcome check(const std::string& text) const;
    /// Takes from a configuration that `check` gave which of them count: what the file defines too,
    /// does not.
    void note(const config::Config& config);
    /// Runs `adopt` while nothing else changes the configuration; the text it gives is what the
    /// file has from now on.
    void reload(const std::function<std::optional<std::string>()>& adopt);
    /// Takes over what other replicas changed.
    [[nodiscard]] Result<void> refresh();
    /// Seals under the first master key what is still under another. Inside `reload` only.
    [[nodiscard]] Result<void> reseal();

    /// In the order in which they were made.
    [[nodiscard]] std::vector<Definition> list() const;

    struct Edit {
        enum class Kind : std::uint8_t { kMake, kReplace, kRemove };

        config::Addition what;
        Kind kind = Kind::kMake;
        /// The state that the edit starts from; another one is a conflict.
        std::optional<Timestamp> updated_at = {};
    };

    enum class Mode : std::uint8_t {
        kTry,   ///< only says what would be
        kKeep,  ///< kept, and in effect on this replica when the call returns
    };

    /// The catalog with the edit in it. kConflict when somebody else was faster or the name is
    /// taken, kNotFound when there is nothing to replace or remove.
    [[nodiscard]] std::expected<std::shared_ptr<const catalog::Catalog>, Refusal> apply(
        const Edit& edit, Mode mode);

  private:
    struct Known {
        std::vector<Definition> definitions;
        std::int64_t revision = 0;
    };

    [[nodiscard]] Result<Known> read();
    [[nodiscard]] Result<Definition> unseal(const StoredDefinition& stored) const;
    [[nodiscard]] config::LoadOutcome check(const std::string& text,
                                            const std::vector<Definition>& with) const;
    [[nodiscard]] Result<std::int64_t> keep(const Edit& edit, Timestamp updated_at);

    const config::Environment& environment_;
    const Clock& clock_;
    DefinitionStore* store_ = nullptr;
    std::optional<crypto::Sealer> sealer_;
    std::filesystem::path file_;
    std::mutex changing_;       // held over a whole change, from its check to its publication
    mutable std::mutex mutex_;  // guards known_
    std::string text_;          // of the file that is in effect; under changing_
    Known known_;
    Publish publish_;
};

}  // namespace gatehouse::admin
