// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "http/chunked_decoder.h"
#include "http/http1_parser.h"
#include "http/internal/breaker.h"
#include "http/internal/byte_buffer.h"
#include "http/transport.h"
#include "http/upstream.h"
#include "http/upstream_pool.h"
#include "net/event_loop.h"

namespace gatehouse::http::internal {

class UpstreamConnection;

/// How the opening of a connection ended.
enum class Opening : std::uint8_t {
    kSucceeded,
    kFailed,
    kAbandoned  ///< its call ended, or this machine had no descriptor for it
};

/// What the connections of one pool share with it.
class UpstreamOwner {
  public:
    UpstreamOwner() = default;
    UpstreamOwner(const UpstreamOwner&) = delete;
    UpstreamOwner& operator=(const UpstreamOwner&) = delete;
    UpstreamOwner(UpstreamOwner&&) = delete;
    UpstreamOwner& operator=(UpstreamOwner&&) = delete;
    virtual ~UpstreamOwner() = default;

    [[nodiscard]] virtual net::EventLoop& loop() = 0;
    [[nodiscard]] virtual const UpstreamTarget& target() const = 0;
    [[nodiscard]] virtual const UpstreamOptions& options() const = 0;
    /// For the time of one callback.
    [[nodiscard]] virtual ParsedHead& parsed() = 0;
    /// It can take a call again, and may have one when this returns.
    virtual void give_back(UpstreamConnection& connection) = 0;
    virtual void remove(UpstreamConnection& connection) = 0;
    /// Once for each `open`.
    virtual void opened(UpstreamConnection& connection, Opening how) = 0;
    virtual void handshake_failed(std::string_view why) = 0;
    /// Calls `go_on` at the end of the turn.
    virtual void later(UpstreamConnection& connection) = 0;
};

/// The handle that the caller holds; knows its connection while the answer is not complete.
class UpstreamCallHandle final : public UpstreamCall {
  public:
    ~UpstreamCallHandle() override;
    void pause() override;
    void resume() override;

  private:
    friend class UpstreamConnection;
    UpstreamConnection* connection_ = nullptr;
};

/// One connection to a runtime: one call at a time, then idle in the pool. A new one holds its
/// call's bytes until it is opened.
class UpstreamConnection final : public net::IoHandler {
  public:
    explicit UpstreamConnection(UpstreamOwner& owner) : owner_(owner) {}

    ~UpstreamConnection() override;

    /// Sends over this idle connection. False, with nothing sent, when it turns out dead.
    [[nodiscard]] bool reuse(const UpstreamRequest& request,
                             UpstreamListener& listener,
                             UpstreamCallHandle& call);
    /// Takes in a call for a connection that does not exist yet.
    void hold(const UpstreamRequest& request, UpstreamListener& listener, UpstreamCallHandle& call);
    /// Connects and then sends what is held; failures are told later.
    void open(Breaker::Try which);
    /// Tells the held call's listener kUnavailable, later.
    void refuse();
    /// Sends what `other` holds over this idle connection, and ends `other`. With nothing sent it
    /// is this one that ends.
    void take_over(UpstreamConnection& other);

    void on_io(net::IoEvents events) override;
    void go_on();
    void check_deadline(SteadyTime now);
    /// Closes without a word to the listener.
    void kill();
    void pause();
    void resume();

    [[nodiscard]] bool has_call() const { return listener_ != nullptr; }

    [[nodiscard]] std::size_t held_bytes() const { return out_.size(); }

    [[nodiscard]] Breaker::Try which() const { return which_; }

    std::size_t index = 0;  ///< in the pool's list
    bool queued = false;    ///< for `go_on`

  private:
    enum class State : std::uint8_t {
        kHeld,
        kRefused,
        kConnecting,
        kHandshake,
        kUnreachable,
        kIdle,
        kHead,
        kBody
    };
    enum class Framing : std::uint8_t { kNone, kLength, kChunked, kUntilClose };

    void attach(const UpstreamRequest& request,
                UpstreamListener& listener,
                UpstreamCallHandle& call);
    [[nodiscard]] bool is_stale();
    void connect_next();
    [[nodiscard]] bool connect_to(const net::IpAddress& ip);
    [[nodiscard]] std::unique_ptr<Transport> make_transport(net::Socket socket) const;
    void finish_connect(net::IoEvents events);
    void go_on_with_handshake();
    void end_opening(Opening how);
    void begin_call();
    void flush();
    void read_some();
    void take(std::span<char> bytes);
    void take_answer(std::span<char> bytes);
    void take_head(std::span<char> body);
    [[nodiscard]] Framing framing_of(const ParsedHead& head) const;
    /// The body part of `bytes`, in place; false on a framing error.
    [[nodiscard]] bool unframe(std::span<char>& bytes, bool& complete);
    template <typename Tell>
    void complete(Tell&& tell);
    void peer_gone(IoOutcome::Status status);
    void fail(UpstreamError error);
    UpstreamListener* release_call();

    UpstreamOwner& owner_;
    std::unique_ptr<Transport> transport_;
    UpstreamCallHandle* call_ = nullptr;
    UpstreamListener* listener_ = nullptr;
    ByteBuffer in_, out_;
    SteadyTime deadline_ = SteadyTime::max();
    SteadyTime idle_since_{};
    std::chrono::milliseconds first_byte_timeout_{0}, idle_timeout_{0};
    std::chrono::milliseconds max_rest_{0};  // before the runtime may close it
    std::uint64_t left_ = 0;
    ChunkedDecoder decoder_;
    std::uint16_t next_address_ = 0;
    std::uint8_t interims_ = 0;
    State state_ = State::kHeld;
    Framing framing_ = Framing::kNone;
    Breaker::Try which_ = Breaker::Try::kUsual;
    bool opening_ = false, no_descriptor_ = false;
    bool keep_alive_ = true, bodiless_ = false, paused_ = false;
    bool read_ready_ = false, hangup_ = false, dead_ = false;
};

}  // namespace gatehouse::http::internal
