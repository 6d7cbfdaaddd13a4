// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace gatehouse::net {

/// How one attempt to move bytes over a connection went.
struct IoOutcome {
    enum class Status : std::uint8_t {
        kOk,
        kWouldBlock,
        kClosed,  ///< reading: the peer ended its side well
        kFailed
    };
    Status status = Status::kOk;
    std::size_t bytes = 0;
    bool drained = false;  ///< reading: nothing more is there right now
};

}  // namespace gatehouse::net
