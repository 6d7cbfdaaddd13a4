// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "audit/chain.h"
#include "audit/record_store.h"
#include "audit/segment.h"
#include "base/result.h"

namespace gatehouse::audit {

/// Takes journal entries over into the store, in batches, exactly once, links them into this
/// replica's chain, and deletes segments that are done. Also those that an earlier process left.
/// Thread-safe; blocks on the store.
class Ingester {
  public:
    struct Parts {
        std::filesystem::path directory;
        std::string replica;
        RecordStore& records;
        ChainStore& chains;
        const ChainSeal& seal;
        /// Told of every batch that is in the store; on the thread that runs. May be empty.
        std::function<void(const std::vector<Entry>&)> on_stored;
    };

    /// References must outlive it.
    explicit Ingester(Parts parts);

    /// Everything written before the call is in the store when it returns well. When the store
    /// fails nothing is lost: the next run takes it over.
    [[nodiscard]] Result<void> run() { return run_some(SIZE_MAX); }

    /// At most `batches` of 500 entries, for a thread that has other work, too.
    [[nodiscard]] Result<void> run_some(std::size_t batches);

    /// Where this replica's chain stands, as far as this process has brought it.
    [[nodiscard]] Result<ChainHead> head();
    /// Moves the start of this replica's chain; its links before are gone then.
    [[nodiscard]] Result<void> cut(std::uint64_t start_seq, const std::string& start_hash);

    /// What the journal holds that is not yet in the store.
    struct Lag {
        std::uint64_t bytes = 0;     ///< of entries
        std::uint64_t segments = 0;  ///< files
    };

    [[nodiscard]] Lag lag();

  private:
    struct Segment {
        std::string name;
        std::uint64_t offset = 8;
        bool has_successor = false;  ///< its writer has gone on, or is of another process
    };

    [[nodiscard]] Result<void> load();
    [[nodiscard]] std::string position_name(const std::string& segment) const;
    [[nodiscard]] Result<std::vector<Segment>> segments();
    [[nodiscard]] Result<void> set_aside(const Segment& segment);
    [[nodiscard]] Result<void> take_over(Segment& segment, std::size_t& batches);

    Parts parts_;
    std::mutex mutex_;  // one run at a time; guards the members below
    std::map<std::string, std::uint64_t> positions_;
    std::optional<ChainHead> head_;  ///< nothing: to be read from the store
};

}  // namespace gatehouse::audit
