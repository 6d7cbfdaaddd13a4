// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/chunked_decoder.h"
#include "http/exchange.h"
#include "http/internal/byte_buffer.h"
#include "http/internal/connection.h"
#include "http/internal/response_head.h"
#include "http/transport.h"
#include "net/address.h"

namespace gatehouse::http {
class ServerContext;
}

namespace gatehouse::http::internal {

class Http1Exchange;

/// A response's buffered bytes: above the first the application should stop, below the second it
/// may go on; the next request of a connection waits for the second too.
inline constexpr std::size_t kFullAbove = std::size_t{256} * 1024;
inline constexpr std::size_t kResumeBelow = std::size_t{64} * 1024;

enum class CutStyle : std::uint8_t { kEnd, kReset };

/// One client connection speaking HTTP/1. Requests are served one after the other: the next one is
/// not looked at before the previous response is finished.
///
/// While nothing is half received and nothing waits to be sent it owns no buffer: messages are
/// parsed in the loop's scratch buffer.
class ServerConnection final : public Connection {
  public:
    ServerConnection(ServerContext& context,
                     std::unique_ptr<Transport> transport,
                     const net::IpAddress& peer);
    ~ServerConnection() override;

    void on_io(net::IoEvents events) override;

    void advance() override;
    void check_deadlines(SteadyTime now) override;
    void drain() override;
    void kill() override;

    // For the exchange.
    [[nodiscard]] bool secure() const { return transport_->secure(); }

    [[nodiscard]] Persistence persistence() const;
    [[nodiscard]] std::string& head_buffer();
    [[nodiscard]] std::string_view http_date();

    void close_after_response() { close_after_ = true; }

    [[nodiscard]] Exchange::WriteState send(std::span<const std::string_view> parts);
    void response_finished();
    void cut(CutStyle style);

  private:
    enum class State : std::uint8_t {
        kHead,     // in_: the start of a request, or nothing
        kBody,     // in_: head, then the decoded body so far
        kRunning,  // in_: what the client sent ahead
        kDiscard,  // the rest of a refused request's body is read and dropped
        kLinger    // our last bytes are on their way; what arrives is dropped
    };
    enum class Source : std::uint8_t { kScratch, kBuffer };

    [[nodiscard]] bool learn_version();
    void read_some();
    void take(std::span<char> bytes);
    void take_buffered();
    [[nodiscard]] std::size_t take_request(std::span<char> bytes, Source source);
    [[nodiscard]] std::size_t open_request(std::span<char> bytes, Source source);
    [[nodiscard]] std::size_t take_first_body(std::span<char> bytes, Source source);
    [[nodiscard]] std::size_t step(std::span<char> bytes, Source source);
    [[nodiscard]] std::size_t take_body(std::span<char> bytes);
    [[nodiscard]] std::size_t discard(std::span<char> bytes);
    void deliver(std::string_view body);
    void deliver_buffered();
    [[nodiscard]] std::size_t refuse_head(const Response& refusal, std::span<char> bytes);
    void refuse(int status);
    template <typename Action>
    void call_application(Action&& action);
    [[nodiscard]] bool bind_head(std::span<char> bytes);
    void release_exchange();
    void close_exchange();

    void peer_gone(IoOutcome::Status status);
    void flush();
    void begin_close();
    void all_sent();
    void await_request();

    ServerContext& context_;
    std::unique_ptr<Transport> transport_;
    std::unique_ptr<Http1Exchange> exchange_;
    ByteBuffer in_, out_;
    SteadyTime deadline_ = SteadyTime::max(), write_deadline_ = SteadyTime::max();
    std::string peer_ip_;
    ChunkedDecoder decoder_;
    std::uint64_t body_left_ = 0;  // of a body with a length
    std::uint64_t max_body_ = 0;
    std::uint32_t head_size_ = 0;
    std::uint32_t discard_left_ = 0;  // before a connection is not worth keeping
    State state_ = State::kHead;
    bool trusted_peer_ = false, chunked_ = false, close_after_ = false;
    bool linger_ = false;  // unread bytes may come: closing at once could destroy our answer
    bool read_ready_ = false, hangup_ = false;
    bool version_known_ = false;  // what ALPN chose; asked on secure transports only
    bool needs_more_ = false;     // in_ was looked at and is no whole head
    bool advancing_ = false, broken_ = false, full_ = false, dead_ = false;
};

}  // namespace gatehouse::http::internal
