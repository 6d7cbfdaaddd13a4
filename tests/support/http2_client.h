// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/tls_peer.h"

namespace gatehouse::test {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// What one stream of a client brought so far.
struct Http2Answer {
    std::map<std::string, std::string> fields;
    std::string body;
    bool ended = false;
    bool continued = false;                      ///< 100 Continue came
    std::optional<std::uint32_t> reset, closed;  ///< with which code

    [[nodiscard]] std::string status() const {
        const auto found = fields.find(":status");
        return found == fields.end() ? "" : found->second;
    }
};

/// An HTTP/2 client over a TlsPeer, turned by the same thread as the server. Windows are opened
/// only as the test says once `open_windows` is false.
class Http2Client {
  public:
    Http2Client(net::EventLoop& loop, TlsPeer peer) : loop_(loop), peer_(std::move(peer)) {
        offer(peer_.ssl(), "\x02h2");
        EXPECT_TRUE(peer_.handshake());
        nghttp2_session_callbacks* callbacks = nullptr;
        nghttp2_session_callbacks_new(&callbacks);
        nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
        nghttp2_option* option = nullptr;
        nghttp2_option_new(&option);
        nghttp2_option_set_no_auto_window_update(option, 1);
        nghttp2_option_set_no_http_messaging(option, 1);  // a hostile client may send anything
        nghttp2_session* made = nullptr;
        EXPECT_EQ(nghttp2_session_client_new2(&made, callbacks, this, option), 0);
        session_.reset(made);
        nghttp2_option_del(option);
        nghttp2_session_callbacks_del(callbacks);
        nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, nullptr, 0);
    }

    Http2Client(const Http2Client&) = delete;
    Http2Client& operator=(const Http2Client&) = delete;
    Http2Client(Http2Client&&) = delete;
    Http2Client& operator=(Http2Client&&) = delete;
    ~Http2Client() = default;

    static void offer(SSL* ssl, std::string_view protocols) {
        SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(protocols.data()),
                            static_cast<unsigned int>(protocols.size()));
    }

    static Fields get(const std::string& path) {
        return {{":method", "GET"}, {":scheme", "https"}, {":authority", "gw"}, {":path", path}};
    }

    static Fields post(const std::string& path) {
        auto fields = get(path);
        fields[0].second = "POST";
        return fields;
    }

    /// Queues a request without a body.
    std::int32_t request(const Fields& fields) {
        const auto list = to_list(fields);
        return nghttp2_submit_request(session_.get(), nullptr, list.data(), list.size(), nullptr,
                                      nullptr);
    }

    std::int32_t request(const Fields& fields, std::string body) {
        const auto id = open(fields);
        more(id, std::move(body));
        end(id);
        return id;
    }

    /// Queues a request whose body `more` and `end` bring.
    std::int32_t open(const Fields& fields) {
        const auto list = to_list(fields);
        nghttp2_data_provider provider{};
        provider.read_callback = read_body;
        const auto id = nghttp2_submit_request(session_.get(), nullptr, list.data(), list.size(),
                                               &provider, nullptr);
        bodies_[id];
        return id;
    }

    void more(std::int32_t id, std::string bytes) {
        bodies_[id].bytes += bytes;
        nghttp2_session_resume_data(session_.get(), id);
    }

    void end(std::int32_t id) {
        bodies_[id].ended = true;
        nghttp2_session_resume_data(session_.get(), id);
    }

    /// What of a body could not go out yet.
    [[nodiscard]] std::size_t unsent(std::int32_t id) { return bodies_[id].bytes.size(); }

    void cancel(std::int32_t id) {
        nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    }

    /// Whole answers, in any order. False when it takes too long or the connection ends.
    bool finish(const std::vector<std::int32_t>& ids) {
        return until(
            [&] { return std::ranges::all_of(ids, [&](auto id) { return answers_[id].ended; }); });
    }

    /// The answer to one request.
    Http2Answer ask(const Fields& fields) {
        const auto id = request(fields);
        EXPECT_TRUE(until([&] { return answers_[id].closed.has_value(); }));
        return answers_[id];
    }

    Http2Answer ask(const Fields& fields, const std::string& body) {
        const auto id = request(fields, body);
        EXPECT_TRUE(until([&] { return answers_[id].closed.has_value(); }));
        return answers_[id];
    }

    bool until(const std::function<bool()>& condition) {
        return turn_until(loop_,
                          [&] {
                              pump();
                              return condition() || gone_;
                          }) &&
               condition();
    }

    void settle() {
        for (int i = 0; i < 4; ++i) {
            pump();
            test::settle(loop_);
        }
        pump();
    }

    /// Frames made by hand.
    void send_raw(std::string_view bytes) {
        pump();
        peer_.send(bytes);
    }

    /// True when the server ended the connection.
    bool over() {
        return turn_until(loop_, [&] {
            pump();
            return gone_ || peer_.peer().closed_now();
        });
    }

    /// Opens `id`'s window, and the connection's, by what has come.
    void take(std::int32_t id, std::size_t bytes) {
        nghttp2_session_consume(session_.get(), id, bytes);
    }

    Http2Answer& answer(std::int32_t id) { return answers_[id]; }

    [[nodiscard]] nghttp2_session* session() { return session_.get(); }

    [[nodiscard]] TlsPeer& peer() { return peer_; }

    /// The codes of the GOAWAYs so far, and the last stream each names.
    std::vector<std::pair<std::uint32_t, std::int32_t>> goaways;
    bool open_windows = true;

    void pump() {
        const std::uint8_t* bytes = nullptr;
        while (const auto size = nghttp2_session_mem_send(session_.get(), &bytes)) {
            if (size < 0) {
                break;
            }
            peer_.send({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)});
        }
        const auto came = peer_.take_received();
        if (!came.empty()) {
            const auto taken = nghttp2_session_mem_recv(
                session_.get(), reinterpret_cast<const std::uint8_t*>(came.data()), came.size());
            EXPECT_GE(taken, 0) << nghttp2_strerror(static_cast<int>(taken));
        }
        gone_ = peer_.ended();
    }

  private:
    struct Body {
        std::string bytes;
        bool ended = false;
    };

    struct Free {
        void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
    };

    static Http2Client& self(void* user_data) { return *static_cast<Http2Client*>(user_data); }

    static std::vector<nghttp2_nv> to_list(const Fields& fields) {
        std::vector<nghttp2_nv> list;
        for (const auto& [name, value] : fields) {
            // The library only reads, but its type cannot say so.
            list.push_back(
                {.name = reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                 .value = reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())),
                 .namelen = name.size(),
                 .valuelen = value.size(),
                 .flags = NGHTTP2_NV_FLAG_NONE});
        }
        return list;
    }

    static ssize_t read_body(nghttp2_session* /*session*/,
                             std::int32_t id,
                             std::uint8_t* into,
                             std::size_t size,
                             std::uint32_t* flags,
                             nghttp2_data_source* /*source*/,
                             void* user_data) {
        auto& body = self(user_data).bodies_[id];
        if (body.bytes.empty() && !body.ended) {
            return NGHTTP2_ERR_DEFERRED;
        }
        const auto count = std::min(size, body.bytes.size());
        std::copy_n(body.bytes.begin(), count, into);
        body.bytes.erase(0, count);
        if (body.bytes.empty() && body.ended) {
            *flags |= NGHTTP2_DATA_FLAG_EOF;
        }
        return static_cast<ssize_t>(count);
    }

    static int on_header(nghttp2_session* /*session*/,
                         const nghttp2_frame* frame,
                         const std::uint8_t* name,
                         std::size_t name_size,
                         const std::uint8_t* value,
                         std::size_t value_size,
                         std::uint8_t /*flags*/,
                         void* user_data) {
        auto& answer = self(user_data).answers_[frame->hd.stream_id];
        const std::string key(reinterpret_cast<const char*>(name), name_size);
        const std::string text(reinterpret_cast<const char*>(value), value_size);
        if (key == ":status" && text == "100") {
            answer.continued = true;
        } else {
            answer.fields[key] = text;
        }
        return 0;
    }

    static int on_data(nghttp2_session* session,
                       std::uint8_t /*flags*/,
                       std::int32_t id,
                       const std::uint8_t* data,
                       std::size_t size,
                       void* user_data) {
        auto& me = self(user_data);
        me.answers_[id].body.append(reinterpret_cast<const char*>(data), size);
        if (me.open_windows) {
            nghttp2_session_consume(session, id, size);
        }
        return 0;
    }

    static int on_frame(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user_data) {
        auto& me = self(user_data);
        const auto& hd = frame->hd;
        const bool may_end = hd.type == NGHTTP2_HEADERS || hd.type == NGHTTP2_DATA;
        if (may_end && (hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
            me.answers_[hd.stream_id].ended = true;
        } else if (hd.type == NGHTTP2_RST_STREAM) {
            me.answers_[hd.stream_id].reset = frame->rst_stream.error_code;
        } else if (hd.type == NGHTTP2_GOAWAY) {
            me.goaways.emplace_back(frame->goaway.error_code, frame->goaway.last_stream_id);
        }
        return 0;
    }

    static int on_close(nghttp2_session* /*session*/,
                        std::int32_t id,
                        std::uint32_t code,
                        void* user_data) {
        self(user_data).answers_[id].closed = code;
        return 0;
    }

    net::EventLoop& loop_;
    TlsPeer peer_;
    std::unique_ptr<nghttp2_session, Free> session_;
    std::map<std::int32_t, Body> bodies_;
    std::map<std::int32_t, Http2Answer> answers_;
    bool gone_ = false;
};

/// A frame as it travels.
inline std::string raw_frame(std::uint8_t type,
                             std::uint8_t flags,
                             std::uint32_t stream_id,
                             std::string_view payload) {
    std::string frame;
    for (const unsigned shift : {16U, 8U, 0U}) {
        frame += static_cast<char>((payload.size() >> shift) & 0xffU);
    }
    frame += static_cast<char>(type);
    frame += static_cast<char>(flags);
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        frame += static_cast<char>((stream_id >> shift) & 0xffU);
    }
    return frame.append(payload);
}

}  // namespace gatehouse::test
