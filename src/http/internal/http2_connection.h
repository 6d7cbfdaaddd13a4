// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/internal/byte_buffer.h"
#include "http/internal/connection.h"
#include "http/internal/http2_guard.h"
#include "http/internal/http2_stream.h"
#include "http/transport.h"

namespace gatehouse::http {
class ServerContext;
}

namespace gatehouse::http::internal {

struct FreeHttp2Session {
    void operator()(nghttp2_session* session) const;
};

using Http2SessionPtr = std::unique_ptr<nghttp2_session, FreeHttp2Session>;

/// One client connection speaking HTTP/2: nghttp2 reads and writes the frames, this decides what
/// they mean, how much is kept, and when it is enough. What is written in one turn of the loop is
/// sent at its end, in one piece where it fits.
class Http2Connection final : public Connection {
  public:
    Http2Connection(ServerContext& context,
                    std::unique_ptr<Transport> transport,
                    std::string peer_ip);
    ~Http2Connection() override;

    void on_io(net::IoEvents events) override;
    void advance() override;
    void check_deadlines(SteadyTime now) override;
    void drain() override;
    void kill() override;

    // For streams.
    [[nodiscard]] bool secure() const { return transport_->secure(); }

    [[nodiscard]] std::string_view http_date();
    void submit_head(Http2Stream& stream, std::span<const nghttp2_nv> fields, Http2Body body);
    [[nodiscard]] Exchange::WriteState queued(Http2Stream& stream, std::size_t added);
    /// Its `ended` or `cut` is set.
    void body_ended(Http2Stream& stream);
    void drop_request(std::size_t body_bytes);

    // What nghttp2 says. False: it is to stop.
    [[nodiscard]] bool frame_begins(std::uint8_t type);
    void block_begins(std::int32_t stream_id);
    void trailers_begin();
    void field_came(std::int32_t stream_id, std::string_view name, std::string_view value);
    void bad_field_came(std::int32_t stream_id);
    void trailer_came(std::size_t size);
    void head_came(std::int32_t stream_id, Http2Body body);
    void data_came(std::int32_t stream_id, std::string_view bytes);
    void request_ended(std::int32_t stream_id);

    void frame_was_empty() { annoyed(Http2Guard::Nuisance::kControl); }

    void frame_was_bad();
    void end_sent(std::int32_t stream_id);
    void stream_closed(std::int32_t stream_id);
    void ping_answered();
    /// Takes `size` bytes of the stream's body, after the frame's own head.
    void send_data(Http2Stream& stream, std::string_view frame_head, std::size_t size);
    [[nodiscard]] bool may_collect() const;

    [[nodiscard]] bool dead() const { return dead_; }

  private:
    enum class State : std::uint8_t {
        kOpen,
        kLastCall,  // the server stops; the peer was told, but may not know it yet
        kLeaving,   // streams that run may finish
        kLinger     // our last bytes are on their way; what arrives is dropped
    };

    [[nodiscard]] Http2Stream* find(std::int32_t stream_id);

    template <typename Action>
    void call_application(Http2Stream& stream, Action&& action) {
        try {
            std::forward<Action>(action)();
        } catch (...) {
            // nghttp2 may be on the stack, which knows no exceptions.
            application_threw(stream, std::current_exception());
        }
    }

    void application_threw(Http2Stream& stream, const std::exception_ptr& caught);
    void open_request(Http2Stream& stream, Http2Body body);
    [[nodiscard]] bool bind_peer(Http2Stream& stream);
    void deliver(Http2Stream& stream);
    void refuse(Http2Stream& stream, int status);
    void tell_closed(Http2Stream& stream);
    void reset(Http2Stream& stream, std::uint32_t code);
    void remove(Http2Stream& stream);
    void check_stream(Http2Stream& stream, SteadyTime now);
    void take_window(Http2Stream& stream, std::size_t size);
    void give_back_windows();
    [[nodiscard]] Http2Stream* oldest_body();
    void annoyed(Http2Guard::Nuisance nuisance);
    void calm_down();
    void leave();

    void read_some();
    void flush();
    [[nodiscard]] bool flush_waiting();
    [[nodiscard]] bool collect(std::string& into);
    void tell_drained();
    void let_go();
    void begin_close();
    void wake();
    [[nodiscard]] bool crowded() const;

    ServerContext& context_;
    std::unique_ptr<Transport> transport_;
    const std::string peer_ip_;
    const bool trusted_peer_;
    Http2SessionPtr session_;
    Http2Guard guard_;
    std::vector<std::unique_ptr<Http2Stream>> streams_, retired_;
    std::vector<Http2Stream*> drained_, answered_;
    ByteBuffer out_;
    std::string* collecting_ = nullptr;  // while `collect` runs
    std::size_t queued_bytes_ = 0;       // of all streams' answers
    std::size_t body_bytes_ = 0;         // of all streams' requests
    std::size_t extra_streams_ = 0;      // that count as connections
    std::size_t trailer_bytes_ = 0, dropped_bytes_ = 0;
    SteadyTime deadline_ = SteadyTime::max(), write_deadline_ = SteadyTime::max();
    SteadyTime leave_at_ = SteadyTime::max();        // in kLastCall
    SteadyTime block_deadline_ = SteadyTime::max();  // for the rest of a header block
    State state_ = State::kOpen;
    bool read_ready_ = false, hangup_ = false, windows_withheld_ = false;
    bool advancing_ = false, broken_ = false, dead_ = false, ending_ = false;
};

}  // namespace gatehouse::http::internal
