// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audit/chain_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// The chain over audit records in SQL. Reads what a stranger may have written into the tables
/// without trusting any type.
class SqlChainStore final : public audit::ChainStore {
  public:
    explicit SqlChainStore(Database& database) : database_(database) {}

    Result<audit::ChainHead> open_chain(std::string_view replica) override;
    Result<std::vector<audit::ChainHead>> chains() override;
    Result<std::vector<audit::StoredLink>> links(std::string_view replica,
                                                 std::uint64_t after_seq,
                                                 std::size_t limit) override;
    Result<std::optional<std::uint64_t>> newest_link_of(std::uint64_t record) override;
    Result<std::vector<std::uint64_t>> unlinked(std::uint64_t after_id, std::size_t limit) override;
    Result<void> add_anchor(const audit::StoredAnchor& anchor) override;
    Result<std::vector<audit::StoredAnchor>> anchors(std::string_view replica) override;
    Result<std::vector<audit::RetireCandidate>> oldest(const RetireQuery& query) override;
    Result<std::size_t> retire(const std::vector<audit::RetireCandidate>& records) override;
    Result<void> cut(const audit::ChainHead& head) override;
    Result<std::optional<std::uint64_t>> first_current(std::string_view replica) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
