// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

/// The hash chain over stored records (ADR 0020). Each replica has a chain of its own; every record
/// that it stores, and every change of one, adds a link.
namespace gatehouse::audit {

/// What a chain begins with: 32 zero bytes.
[[nodiscard]] inline std::string chain_origin() {
    return std::string(32, '\0');
}

/// One link. `hash` covers everything before it in the chain.
struct Link {
    std::uint64_t seq = 0;       ///< 1 for the first one
    std::uint64_t record = 0;    ///< id of the record it is about
    std::uint64_t previous = 0;  ///< id of the record that the link before is about
    std::string digest;          ///< of the record as it was stored: 32 bytes
    std::string hash;            ///< 32 bytes
};

/// What became of the record that a link is about.
enum class LinkState {
    kCurrent,     ///< it stands as this link says; its digest was just made again
    kSuperseded,  ///< a later link tells how it stands now
    kRetired,     ///< retention removed it; `proof` shows that the gateway did so
};

struct StoredLink {
    Link link;
    LinkState state = LinkState::kCurrent;
    std::string proof;
};

/// Where a chain stands. `seal` is made with a key that only gateways hold.
struct ChainHead {
    std::string replica;
    std::uint32_t number = 0;  ///< in the ids of this replica's records
    std::uint64_t seq = 0;     ///< of the last link; 0 before the first
    std::string hash = chain_origin();
    std::uint64_t record = 0;     ///< the last link's
    std::uint64_t start_seq = 0;  ///< links up to here were cut off by retention
    std::string start_hash = chain_origin();
    std::string seal;
};

/// A signed statement where a chain stood.
struct StoredAnchor {
    std::string replica;
    std::uint64_t seq = 0;
    std::string hash;
    Timestamp time;
    std::string statement;  ///< compact JWS
};

/// Decides about links while records are written, inside the store's transaction.
class ChainDraft {
  public:
    explicit ChainDraft(ChainHead head) : head_(std::move(head)) {}

    /// The next link, about a record whose bytes have this digest.
    [[nodiscard]] Link add(std::uint64_t record, std::string digest);

    [[nodiscard]] const ChainHead& head() const { return head_; }

    void set_seal(std::string seal) { head_.seal = std::move(seal); }

  private:
    ChainHead head_;
};

/// The hash of a link after one whose hash is `before`.
[[nodiscard]] std::string link_hash(std::string_view before, const Link& link);

/// A record that retention is about to remove.
struct RetireCandidate {
    std::string replica;
    Link link;
    std::string proof;  ///< what stays with the link
};

class ChainStore {
  public:
    ChainStore() = default;
    ChainStore(const ChainStore&) = delete;
    ChainStore& operator=(const ChainStore&) = delete;
    ChainStore(ChainStore&&) = delete;
    ChainStore& operator=(ChainStore&&) = delete;
    virtual ~ChainStore() = default;

    /// The chain of a replica, made when there is none; its number is then the next one.
    [[nodiscard]] virtual Result<ChainHead> open_chain(std::string_view replica) = 0;
    [[nodiscard]] virtual Result<std::vector<ChainHead>> chains() = 0;
    /// In the order of the chain, after `seq`.
    [[nodiscard]] virtual Result<std::vector<StoredLink>> links(std::string_view replica,
                                                                std::uint64_t after_seq,
                                                                std::size_t limit) = 0;
    /// The place of the record's newest link, over all chains; nothing when it has none.
    [[nodiscard]] virtual Result<std::optional<std::uint64_t>> newest_link_of(
        std::uint64_t record) = 0;
    /// Ids of records that stand in no chain.
    [[nodiscard]] virtual Result<std::vector<std::uint64_t>> unlinked(std::uint64_t after_id,
                                                                      std::size_t limit) = 0;

    [[nodiscard]] virtual Result<void> add_anchor(const StoredAnchor& anchor) = 0;
    /// By `seq`; an empty replica: of all.
    [[nodiscard]] virtual Result<std::vector<StoredAnchor>> anchors(std::string_view replica) = 0;

    /// Linked records that are older than `id`, oldest first. An empty `server` means records of no
    /// server, or of one that is not in `known`.
    struct RetireQuery {
        std::string server;
        std::vector<std::string> known;
        std::uint64_t before_id = 0;
        std::size_t limit = 500;
    };

    [[nodiscard]] virtual Result<std::vector<RetireCandidate>> oldest(const RetireQuery& query) = 0;
    /// Removes the records, except those that changed meanwhile, and leaves their links with the
    /// proofs. How many went.
    [[nodiscard]] virtual Result<std::size_t> retire(
        const std::vector<RetireCandidate>& records) = 0;
    /// Removes the links up to `head.start_seq` and stores the new start. kConflict when the chain
    /// grew meanwhile.
    [[nodiscard]] virtual Result<void> cut(const ChainHead& head) = 0;
    /// The place of the first link of that chain whose record still stands; nothing: none does.
    [[nodiscard]] virtual Result<std::optional<std::uint64_t>> first_current(
        std::string_view replica) = 0;
};

}  // namespace gatehouse::audit
