// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "audit/record_store.h"
#include "audit/segment.h"
#include "base/result.h"

namespace gatehouse::audit {

/// Takes journal entries over into the store, in batches, exactly once, and deletes segments that
/// are done. Also those that an earlier process left. Thread-safe; blocks on the store.
class Ingester {
  public:
    /// Both must outlive it.
    Ingester(std::filesystem::path directory, RecordStore& store);

    /// Everything written before the call is in the store when it returns well. When the store
    /// fails nothing is lost: the next run takes it over.
    [[nodiscard]] Result<void> run() { return run_some(SIZE_MAX); }

    /// At most `batches` of 500 entries, for a thread that has other work, too.
    [[nodiscard]] Result<void> run_some(std::size_t batches);

  private:
    struct Segment {
        std::string name;
        std::uint64_t offset = 8;
        bool has_successor = false;  ///< its writer has gone on, or is of another process
    };

    [[nodiscard]] Result<std::vector<Segment>> segments();
    [[nodiscard]] Result<void> take_over(Segment& segment, std::size_t& batches);

    std::filesystem::path directory_;
    RecordStore& store_;
    std::mutex mutex_;  // one run at a time; guards positions_
    std::map<std::string, std::uint64_t> positions_;
    bool loaded_ = false;
};

}  // namespace gatehouse::audit
