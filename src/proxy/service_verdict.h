// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gatehouse::proxy {

/// What the policy service says of one message.
struct ServiceVerdict {
    bool allowed = false;
    std::string rule = "policy_service";  ///< as refusals and records name it
    std::string message;
};

/// Reads an answer of OPA's data API: `result` is true or false, or an object with `allow` and
/// maybe `rule` and `message`. kPeer for anything else: an undefined decision is none.
[[nodiscard]] Result<ServiceVerdict> read_service_verdict(std::string_view body);

/// Of the whole process, for metrics. Any thread.
struct ServiceCounters {
    std::atomic<std::uint64_t> asked{0}, allowed{0}, denied{0}, failed{0};
    std::atomic<std::uint64_t> remembered{0};    ///< decided without asking
    std::atomic<std::uint64_t> microseconds{0};  ///< that the service took, failures included
};

}  // namespace gatehouse::proxy
