// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "audit/record_store.h"
#include "base/result.h"

namespace gatehouse::audit {

/// A record at its place in a replica's chain.
struct ChainedRecord {
    std::uint64_t seq = 0;
    StoredRecord record;
};

/// What exports read, and how far each of them is.
class ExportStore {
  public:
    ExportStore() = default;
    ExportStore(const ExportStore&) = delete;
    ExportStore& operator=(const ExportStore&) = delete;
    ExportStore(ExportStore&&) = delete;
    ExportStore& operator=(ExportStore&&) = delete;
    virtual ~ExportStore() = default;

    /// In the order of the chain. A record that changes comes again, at its new place.
    [[nodiscard]] virtual Result<std::vector<ChainedRecord>> records_after(std::string_view replica,
                                                                           std::uint64_t seq,
                                                                           std::size_t limit) = 0;
    /// 0 for an export that is new.
    [[nodiscard]] virtual Result<std::uint64_t> position(std::string_view name,
                                                         std::string_view replica) = 0;
    [[nodiscard]] virtual Result<void> set_position(std::string_view name,
                                                    std::string_view replica,
                                                    std::uint64_t seq) = 0;
};

}  // namespace gatehouse::audit
