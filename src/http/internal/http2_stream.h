// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/exchange.h"
#include "http/internal/byte_buffer.h"
#include "http/internal/http2_head.h"

namespace gatehouse::http::internal {

class Http2Connection;

/// What of a stream's body a connection may have to know to send it.
enum class Http2Body : std::uint8_t { kNone, kFollows };

/// The Exchange of HTTP/2. Belongs to its connection; outlives `finish` until its last bytes are
/// sent, and is never destroyed within the turn in which it ended.
class Http2Stream final : public Exchange {
  public:
    enum class Phase : std::uint8_t {
        kHead,     // the header block is not whole
        kBody,     // request_ holds the body so far
        kRunning,  // the application's turn
        kAnswered  // the application, or the engine in its place, is done
    };

    Http2Stream(Http2Connection& connection, std::int32_t id, std::size_t max_head);

    [[nodiscard]] const RequestHead& head() const override;
    [[nodiscard]] std::string_view body() const override;

    [[nodiscard]] std::string_view client_ip() const override { return client_ip_; }

    [[nodiscard]] bool secure() const override { return secure_; }

    void retain() override { retained_ = true; }

    void release_request() override;
    void respond(const Response& response) override;
    void start(const ResponseHead& head, std::string_view first) override;
    WriteState write(std::string_view bytes) override;
    void finish() override;
    void abort() override;

    // For the connection.
    [[nodiscard]] std::int32_t id() const { return id_; }

    [[nodiscard]] Http2Head& gathered() { return *gathered_; }

    [[nodiscard]] bool has_head() const { return gathered_ != nullptr; }

    void set_client_ip(std::string_view ip) { client_ip_ = ip; }

    [[nodiscard]] bool started() const { return started_; }

    [[nodiscard]] bool retained() const { return retained_; }

    /// The application hears nothing any more of what it has not heard yet.
    void detach() { connection_ = nullptr; }

    /// Told once, and only an application whose answer is not finished.
    void tell_closed();

    /// The engine's own answer, in place of the application's, which knows already.
    void refuse(const Response& response);

    [[nodiscard]] bool open() const { return connection_ != nullptr && phase != Phase::kAnswered; }

    [[nodiscard]] ByteBuffer& request_body() { return request_body_; }

    [[nodiscard]] ByteBuffer& out() { return out_; }

    /// No more bytes follow those in `out`: it ends well, or is cut.
    [[nodiscard]] bool ended() const { return ended_; }

    [[nodiscard]] bool cut() const { return cut_; }

    std::size_t index = 0;  ///< in the connection's list
    Phase phase = Phase::kHead;
    SteadyTime deadline = SteadyTime::max();        ///< for the next byte of the body
    SteadyTime write_deadline = SteadyTime::max();  ///< for the next byte that the peer takes
    std::uint64_t max_body = 0;
    std::uint64_t withheld = 0;  ///< bytes of the window that are not given back yet
    bool head_only = false;      ///< HEAD: no body in the answer
    bool full = false;           ///< the application waits for on_drained
    bool deferred = false;       ///< the library asks again only when told
    bool end_sent = false;       ///< our side is complete
    bool ours_to_end = false;    ///< the engine ended it early: not to be held against the peer

  private:
    void send_response(const Response& response);
    void send_head(const ResponseHead& head, Http2Body body);
    WriteState send_body(std::string_view bytes);

    Http2Connection* connection_;
    const std::int32_t id_;
    std::unique_ptr<Http2Head> gathered_;
    ByteBuffer request_body_, out_;
    std::string client_ip_;
    std::uint64_t left_ = 0;  // of a body with a length
    bool has_length_ = false, bodiless_ = false;
    bool secure_ = false, retained_ = false, started_ = false, ended_ = false, cut_ = false;
};

}  // namespace gatehouse::http::internal
