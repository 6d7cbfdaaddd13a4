// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/live.h"
#include "base/result.h"
#include "oauth/client.h"
#include "oauth/client_block_store.h"
#include "oauth/connection_store.h"
#include "oauth/trust_publisher.h"

namespace gatehouse::oauth {

/// The blocks at one moment. Immutable.
class BlockSet {
  public:
    BlockSet() = default;

    explicit BlockSet(std::vector<ClientBlock> blocks) : blocks_(std::move(blocks)) {}

    [[nodiscard]] bool is_empty() const { return blocks_.empty(); }

    /// `host` as redirect_host() gives it; its port does not have to be named by the block.
    [[nodiscard]] bool blocks_redirect(std::string_view host) const;
    /// The id of a client that is known by its metadata document; false for any other.
    [[nodiscard]] bool blocks_document(std::string_view client_id) const;
    [[nodiscard]] bool blocks(const Connection& connection) const;

    [[nodiscard]] bool operator==(const BlockSet&) const = default;

  private:
    [[nodiscard]] bool matches(BlockKind kind, std::string_view host) const;

    std::vector<ClientBlock> blocks_;
};

/// Clients that an operator keeps out by their hosts (contract.md section 11). Thread-safe; all
/// but `current` blocks on the store.
class ClientBlocks {
  public:
    struct Needs {
        ClientBlockStore& store;
        ConnectionStore& connections;
        TrustPublisher& trust;
        const Clock& clock;
    };

    explicit ClientBlocks(const Needs& needs);

    [[nodiscard]] std::shared_ptr<const BlockSet> current() const { return live_.get(); }

    /// Takes over what the store says, also from other replicas, and ends the connections of
    /// clients that are blocked since: one may have begun where the block was not known yet.
    [[nodiscard]] Result<void> refresh();

    /// Ends what began while a block was being made. To be called now and then.
    [[nodiscard]] Result<void> sweep() { return end_blocked(*live_.get()); }

    /// In effect when this returns, for tokens too. kInvalid for what is no host; false when it
    /// was blocked already.
    [[nodiscard]] Result<bool> block(BlockKind kind, std::string_view host);
    /// Lets such clients register and authorize again; what ended stays ended. False when there is
    /// no such block.
    [[nodiscard]] Result<bool> unblock(BlockKind kind, std::string_view host);

    [[nodiscard]] Result<std::vector<ClientBlock>> list() { return needs_.store.list(); }

  private:
    [[nodiscard]] Result<void> end_blocked(const BlockSet& blocks);

    Needs needs_;
    std::mutex mutex_;     // one refresh at a time, so that an older view never replaces a newer
    bool settled_ = true;  // guarded by mutex_: the connections that live_ blocks have ended
    Live<BlockSet> live_;
};

/// The client as far as it may be used: without redirect URIs that lead to blocked hosts.
/// kNotFound when none is left.
[[nodiscard]] Result<Client> admit(Client client, const BlockSet& blocks);

}  // namespace gatehouse::oauth
