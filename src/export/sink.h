// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "audit/export_store.h"
#include "base/result.h"

namespace gatehouse::exports {

/// Somewhere records go. One thread at a time; may block.
class Sink {
  public:
    Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    Sink(Sink&&) = delete;
    Sink& operator=(Sink&&) = delete;
    virtual ~Sink() = default;

    /// Names its position in the store.
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// How many of the records, from the first on, are done with: sent, or not for this sink. The
    /// rest comes again. An error means that none was.
    [[nodiscard]] virtual Result<std::size_t> take(
        const std::vector<audit::ChainedRecord>& records) = 0;
};

}  // namespace gatehouse::exports
