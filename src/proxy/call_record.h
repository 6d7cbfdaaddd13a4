// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "audit/call_journal.h"
#include "base/clock.h"
#include "base/result.h"
#include "proxy/call_facts.h"
#include "proxy/parts.h"

namespace gatehouse::proxy {

/// How a call answered.
struct Answered {
    int http_status = 0;
    std::optional<std::int64_t> rpc_code;
    std::optional<bool> is_error;
};

/// A call's entries in the journal: one intent for each of its messages before anything runs, one
/// outcome for each before the answer's first byte, and for a stream one more before its last.
class CallRecord {
  public:
    /// Of a new call; nothing of an earlier one is left.
    void begin(SteadyTime now, std::uint64_t bytes_in);

    /// kUnavailable when the journal cannot take it: the call must not run. At most once. A
    /// `decision` that allows leaves each message its own.
    [[nodiscard]] Result<void> intend(audit::CallJournal& journal,
                                      const CallFacts& facts,
                                      const Decision& decision,
                                      Timestamp now);

    [[nodiscard]] bool intended() const { return !calls_.empty(); }

    enum class Part { kFirst, kLast };
    /// kUnavailable when the journal cannot take it: nothing more may be said to the client. After
    /// the last one it does nothing.
    [[nodiscard]] Result<void> conclude(audit::CallJournal& journal,
                                        Part part,
                                        const CallFacts& facts,
                                        const Moment& now);

    void runtime_asked(SteadyTime now) { asked_at_ = now; }

    void runtime_answered(SteadyTime now) { answered_at_ = now; }

    [[nodiscard]] std::uint64_t bytes_in() const { return bytes_in_; }

    Answered answered;
    std::uint64_t bytes_out = 0;
    bool reached = false;  ///< the runtime may have seen it; else it costs nothing

  private:
    struct Entry {
        std::uint64_t call = 0;
        std::int64_t units = kUncounted;
    };

    static constexpr std::int64_t kUncounted = -1;

    std::vector<Entry> calls_;
    SteadyTime began_at_;
    std::optional<SteadyTime> asked_at_, answered_at_;
    std::uint64_t bytes_in_ = 0;
    bool concluded_ = false;
};

}  // namespace gatehouse::proxy
