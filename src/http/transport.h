// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "net/socket.h"

namespace gatehouse::http {

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

/// The bytes of one connection, in the clear or not: what the HTTP state machines know of sockets.
/// Owns the descriptor. Never blocks.
class Transport {
  public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    Transport(Transport&&) = delete;
    Transport& operator=(Transport&&) = delete;
    virtual ~Transport() = default;

    [[nodiscard]] virtual int fd() const = 0;
    [[nodiscard]] virtual bool secure() const = 0;
    [[nodiscard]] virtual IoOutcome read(std::span<char> into) = 0;
    /// Tries once; `bytes` may be less than all.
    [[nodiscard]] virtual IoOutcome write(std::span<const std::string_view> parts) = 0;
    /// Ends our side; reading goes on.
    virtual void shutdown_write() = 0;
    /// Makes the close that follows a reset, so that the peer cannot take it for a good end.
    virtual void reset_on_close() = 0;
};

[[nodiscard]] std::unique_ptr<Transport> make_plain_transport(net::Socket socket);

}  // namespace gatehouse::http
