// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "audit/chain.h"
#include "audit/chain_store.h"
#include "base/json.h"
#include "base/result.h"

namespace gatehouse::audit {

/// Something that is not as it was recorded.
struct Finding {
    std::string kind;  ///< altered, removed, inserted, rewritten
    std::string replica;
    std::uint64_t seq = 0;     ///< 0: no place in the chain is known
    std::uint64_t record = 0;  ///< 0: no record is known
    std::string text;          ///< for a person
};

struct VerifyReport {
    std::uint64_t chains = 0, links = 0, records = 0, retired = 0, anchors = 0;
    std::uint64_t unknown_keys = 0;  ///< anchors by keys that are published no more
    std::uint64_t found = 0;         ///< all findings; the list stops at 100
    std::vector<Finding> findings;

    [[nodiscard]] json::Object to_json() const;
};

enum class AnchorTrust { kGood, kUnknownKey, kForged };

/// Walks every chain from its start and compares: each link with the record as it stands, each hash
/// with what went before, the end with the sealed head, and what was signed with what is there. It
/// holds one page at a time. Blocks on the store.
class Verifier {
  public:
    struct Parts {
        ChainStore& store;
        const ChainSeal& seal;
        /// Judges the signature and the content of a statement.
        std::function<AnchorTrust(const StoredAnchor&)> judge;
        /// Anchors that were exported beside the store.
        std::vector<StoredAnchor> exported;
        /// The chain of this replica as the running process knows it.
        std::optional<ChainHead> own;
    };

    explicit Verifier(Parts parts) : parts_(std::move(parts)) {}

    [[nodiscard]] Result<VerifyReport> run();

  private:
    struct Walk;

    void report(Finding finding);
    [[nodiscard]] Result<void> load_anchors();
    [[nodiscard]] Result<void> walk_chain(const ChainHead& head);
    [[nodiscard]] Result<bool> skip_cut(Walk& walk, std::uint64_t seq);
    [[nodiscard]] Result<void> check_link(Walk& walk, const StoredLink& stored);
    void check_hash(Walk& walk, const StoredLink& stored);
    void check_state(Walk& walk, const StoredLink& stored);
    void check_anchors(Walk& walk, const Link& link);
    [[nodiscard]] Result<void> check_end(Walk& walk);
    [[nodiscard]] Result<void> find_inserted();

    Parts parts_;
    VerifyReport report_;
    std::map<std::string, std::vector<StoredAnchor>> anchors_;
};

}  // namespace gatehouse::audit
