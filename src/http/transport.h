// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "net/event_loop.h"
#include "net/io_outcome.h"
#include "net/socket.h"
#include "tls/session.h"

namespace gatehouse::http {

using net::IoOutcome;

/// The bytes of one connection, in the clear or not: what the HTTP state machines know of sockets.
/// Owns the descriptor. Never blocks.
class Transport {
  public:
    enum class Privacy : std::uint8_t { kPlain, kTls };

    explicit Transport(Privacy privacy) : privacy_(privacy) {}

    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    Transport(Transport&&) = delete;
    Transport& operator=(Transport&&) = delete;
    virtual ~Transport() = default;

    [[nodiscard]] virtual int fd() const = 0;

    [[nodiscard]] bool secure() const { return privacy_ == Privacy::kTls; }

    /// Where it is secure: what to try when the socket reports `events`.
    [[nodiscard]] virtual net::IoEvents wakes(net::IoEvents events) const { return events; }

    /// kOk once it may carry a request. Reading and writing do it too.
    [[nodiscard]] virtual IoOutcome handshake() { return {}; }

    /// Why the handshake failed; for the log.
    [[nodiscard]] virtual std::string_view failure() const { return {}; }

    /// What the handshake chose to speak (ALPN), or empty.
    [[nodiscard]] virtual std::string_view protocol() const { return {}; }

    [[nodiscard]] virtual IoOutcome read(std::span<char> into) = 0;
    /// Tries once; `bytes` may be less than all.
    [[nodiscard]] virtual IoOutcome write(std::span<const std::string_view> parts) = 0;
    /// Ends our side; reading goes on.
    virtual void shutdown_write() = 0;
    /// Makes the close that follows a reset, so that the peer cannot take it for a good end.
    virtual void reset_on_close() = 0;

  private:
    const Privacy privacy_;
};

[[nodiscard]] std::unique_ptr<Transport> make_plain_transport(net::Socket socket);
/// `session` is one over `socket`. Closing tells the peer that the end is meant.
[[nodiscard]] std::unique_ptr<Transport> make_tls_transport(net::Socket socket,
                                                            std::unique_ptr<tls::Session> session);

}  // namespace gatehouse::http
