// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "audit/call_journal.h"
#include "base/result.h"
#include "proxy/parts.h"

namespace gatehouse::proxy {

/// A request that was refused before its caller was known.
struct RefusedRequest {
    std::string_view server, method, request_id, source, reason;
    int status = 0;
    std::uint64_t bytes_in = 0;
};

/// Records requests of strangers (contract.md section 10), but only so many a minute of each source
/// and of all together: nobody without a token can fill the journal. How many were left out is
/// recorded when the minute is over. One loop.
class RefusalLog {
  public:
    static constexpr std::uint32_t kPerSource = 20;
    static constexpr std::uint32_t kPerMinute = 120;

    /// `journal` must outlive it.
    explicit RefusalLog(audit::CallJournal& journal);

    /// True when it was recorded, false when only counted. kUnavailable when the journal cannot
    /// take it.
    [[nodiscard]] Result<bool> record(const RefusedRequest& request, const Moment& now);
    /// Once a second or so.
    [[nodiscard]] Result<void> tick(const Moment& now);

  private:
    [[nodiscard]] bool take(std::string_view source);
    [[nodiscard]] Result<void> turn_minute(const Moment& now);
    [[nodiscard]] Result<void> write(const audit::CallIntent& intent, int status);

    audit::CallJournal& journal_;
    std::uint64_t seed_;
    SteadyTime minute_ends_{};
    std::uint32_t taken_ = 0;
    std::uint64_t left_out_ = 0;
    /// By a hash of the source; two that meet share what one may have.
    std::array<std::uint8_t, 1024> taken_of_{};
};

}  // namespace gatehouse::proxy
