// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/event_loop.h"
#include "net/io_outcome.h"

namespace gatehouse::tls {

namespace internal {
struct SessionState;
}

/// One TLS connection over a non-blocking, connected socket that somebody else owns and closes
/// after it. Never blocks and raises no signal. One thread at a time.
class Session {
  public:
    explicit Session(std::unique_ptr<internal::SessionState> state);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    Session(Session&&) = delete;
    Session& operator=(Session&&) = delete;
    ~Session();

    /// kOk once it is established. `read` and `write` do it too.
    [[nodiscard]] net::IoOutcome handshake();
    /// kClosed only after the peer's close_notify: an end without it is kFailed.
    [[nodiscard]] net::IoOutcome read(std::span<char> into);
    /// `bytes` may be less than all. After less than all the next call must begin with the bytes
    /// that were left, and with no fewer of them.
    [[nodiscard]] net::IoOutcome write(std::span<const std::string_view> parts);
    /// Says once that nothing follows, if it can be said without waiting.
    void close_notify();

    /// What to try when the socket reports `events`: reading may have waited for room to write and
    /// the other way round.
    [[nodiscard]] net::IoEvents wakes(net::IoEvents events) const;

    [[nodiscard]] bool established() const;
    [[nodiscard]] bool resumed() const;
    [[nodiscard]] std::string_view version() const;   ///< "TLSv1.3"
    [[nodiscard]] std::string_view protocol() const;  ///< the ALPN choice, or empty
    /// Why it failed; for the log.
    [[nodiscard]] const std::string& failure() const;

  private:
    enum class Doing : std::uint8_t { kHandshake, kReading, kWriting };

    [[nodiscard]] net::IoOutcome stopped(int result, Doing doing);
    [[nodiscard]] net::IoOutcome give_up(std::string why);

    std::unique_ptr<internal::SessionState> state_;
};

}  // namespace gatehouse::tls
