// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "audit/record.h"
#include "base/result.h"

namespace gatehouse::audit {

/// One loop's journal of calls. Used on that loop's thread only; never blocks on a disk.
class CallJournal {
  public:
    CallJournal() = default;
    CallJournal(const CallJournal&) = delete;
    CallJournal& operator=(const CallJournal&) = delete;
    CallJournal(CallJournal&&) = delete;
    CallJournal& operator=(CallJournal&&) = delete;
    virtual ~CallJournal() = default;

    /// Before the call goes to the runtime, also for calls that are refused. The number names the
    /// call in `outcome`. kUnavailable when the journal cannot take it: the call must not run.
    [[nodiscard]] virtual Result<std::uint64_t> intent(const CallIntent& intent) = 0;
    /// Before the answer's first byte; for a stream again (with `last`) before its last.
    [[nodiscard]] virtual Result<void> outcome(std::uint64_t call, const CallOutcome& outcome) = 0;
};

}  // namespace gatehouse::audit
