// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "http/chunked_decoder.h"
#include "http/http1_parser.h"
#include "http/internal/byte_buffer.h"
#include "http/transport.h"
#include "http/upstream.h"
#include "http/upstream_pool.h"
#include "net/event_loop.h"

namespace gatehouse::http::internal {

class UpstreamConnection;

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
    virtual void give_back(UpstreamConnection& connection) = 0;
    virtual void remove(UpstreamConnection& connection) = 0;
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

/// One connection to a runtime: one call at a time, then idle in the pool.
class UpstreamConnection final : public net::IoHandler {
  public:
    explicit UpstreamConnection(UpstreamOwner& owner) : owner_(owner) {}

    ~UpstreamConnection() override;

    /// Sends over this idle connection. False, with nothing sent, when it turns out dead.
    [[nodiscard]] bool reuse(const UpstreamRequest& request,
                             UpstreamListener& listener,
                             UpstreamCallHandle& call);
    /// Connects and then sends; failures are told later.
    void open(const UpstreamRequest& request, UpstreamListener& listener, UpstreamCallHandle& call);

    void on_io(net::IoEvents events) override;
    void go_on();
    void check_deadline(SteadyTime now);
    /// Closes without a word to the listener.
    void kill();
    void pause();
    void resume();

    std::size_t index = 0;  ///< in the pool's list
    bool queued = false;    ///< for `go_on`

  private:
    enum class State : std::uint8_t { kConnecting, kHandshake, kUnreachable, kIdle, kHead, kBody };
    enum class Framing : std::uint8_t { kNone, kLength, kChunked, kUntilClose };

    void attach(const UpstreamRequest& request,
                UpstreamListener& listener,
                UpstreamCallHandle& call);
    [[nodiscard]] bool is_stale();
    void connect_next();
    [[nodiscard]] std::unique_ptr<Transport> make_transport(net::Socket socket) const;
    void finish_connect(net::IoEvents events);
    void go_on_with_handshake();
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
    std::uint64_t left_ = 0;
    ChunkedDecoder decoder_;
    std::uint32_t next_address_ = 0;
    State state_ = State::kConnecting;
    Framing framing_ = Framing::kNone;
    bool keep_alive_ = true, bodiless_ = false, paused_ = false;
    bool read_ready_ = false, hangup_ = false, dead_ = false;
};

}  // namespace gatehouse::http::internal
