// SPDX-License-Identifier: Apache-2.0
#include "http/internal/http2_session.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

namespace gatehouse::http::internal {

namespace {

constexpr std::size_t kFrameHead = 9;
/// Answers to pings and settings that may wait at once.
constexpr std::size_t kMaxWaitingAcks = 128;
constexpr std::uint64_t kNoLimit = 1'000'000;

struct Free {
    void operator()(nghttp2_session_callbacks* callbacks) const {
        nghttp2_session_callbacks_del(callbacks);
    }

    void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
};

using CallbacksPtr = std::unique_ptr<nghttp2_session_callbacks, Free>;
using OptionPtr = std::unique_ptr<nghttp2_option, Free>;

Http2Connection& connection_of(void* user_data) {
    return *static_cast<Http2Connection*>(user_data);
}

std::string_view view(const std::uint8_t* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

int go_on(const Http2Connection& connection) {
    return connection.dead() ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

bool is_request(const nghttp2_frame& frame) {
    return frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST;
}

bool ends_stream(const nghttp2_frame& frame) {
    return (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
}

int on_begin_frame(nghttp2_session* /*session*/, const nghttp2_frame_hd* hd, void* user_data) {
    return connection_of(user_data).frame_begins(hd->type) ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

int on_begin_headers(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user_data) {
    auto& connection = connection_of(user_data);
    if (is_request(*frame)) {
        connection.block_begins(frame->hd.stream_id);
    } else {
        connection.trailers_begin();
    }
    return go_on(connection);
}

// The library dictates the parameters of its callbacks.
// NOLINTBEGIN(readability-function-size)
int on_header(nghttp2_session* /*session*/,
              const nghttp2_frame* frame,
              const std::uint8_t* name,
              std::size_t name_size,
              const std::uint8_t* value,
              std::size_t value_size,
              std::uint8_t /*flags*/,
              void* user_data) {
    auto& connection = connection_of(user_data);
    if (is_request(*frame)) {
        connection.field_came(frame->hd.stream_id, view(name, name_size), view(value, value_size));
    } else {
        connection.trailer_came(name_size + value_size);
    }
    return go_on(connection);
}

int on_invalid_header(nghttp2_session* /*session*/,
                      const nghttp2_frame* frame,
                      const std::uint8_t* /*name*/,
                      std::size_t name_size,
                      const std::uint8_t* /*value*/,
                      std::size_t value_size,
                      std::uint8_t /*flags*/,
                      void* user_data) {
    auto& connection = connection_of(user_data);
    if (is_request(*frame)) {
        connection.bad_field_came(frame->hd.stream_id);
    } else {
        connection.trailer_came(name_size + value_size);
    }
    return go_on(connection);
}

int on_data_chunk(nghttp2_session* /*session*/,
                  std::uint8_t /*flags*/,
                  std::int32_t stream_id,
                  const std::uint8_t* data,
                  std::size_t size,
                  void* user_data) {
    auto& connection = connection_of(user_data);
    connection.data_came(stream_id, view(data, size));
    return go_on(connection);
}

ssize_t read_body(nghttp2_session* session,
                  std::int32_t stream_id,
                  std::uint8_t* /*into*/,
                  std::size_t size,
                  std::uint32_t* flags,
                  nghttp2_data_source* /*source*/,
                  void* /*user_data*/) {
    auto* const stream =
        static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session, stream_id));
    if (stream == nullptr) {
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    const auto waiting = stream->out().size();
    if (waiting == 0 && !stream->ended()) {
        if (stream->cut()) {
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;  // the library resets the stream
        }
        stream->deferred = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    const auto taken = std::min(waiting, size);
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (taken == waiting && stream->ended()) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return static_cast<ssize_t>(taken);
}

int on_send_data(nghttp2_session* session,
                 nghttp2_frame* frame,
                 const std::uint8_t* head,
                 std::size_t size,
                 nghttp2_data_source* /*source*/,
                 void* user_data) {
    auto& connection = connection_of(user_data);
    auto* const stream = static_cast<Http2Stream*>(
        nghttp2_session_get_stream_user_data(session, frame->hd.stream_id));
    if (stream == nullptr) {
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    if (!connection.may_collect()) {
        return NGHTTP2_ERR_WOULDBLOCK;
    }
    connection.send_data(*stream, view(head, kFrameHead), size);
    return 0;
}

/// Frames of kinds that we do not know are ignored, but counted as they begin.
int on_unknown_frame(nghttp2_session* /*session*/,
                     void** /*payload*/,
                     const nghttp2_frame_hd* /*hd*/,
                     void* /*user_data*/) {
    return NGHTTP2_ERR_CANCEL;
}

int on_unknown_bytes(nghttp2_session* /*session*/,
                     const nghttp2_frame_hd* /*hd*/,
                     const std::uint8_t* /*data*/,
                     std::size_t /*size*/,
                     void* /*user_data*/) {
    return NGHTTP2_ERR_CANCEL;
}

// NOLINTEND(readability-function-size)

int on_frame(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user_data) {
    auto& connection = connection_of(user_data);
    const auto& hd = frame->hd;
    if (is_request(*frame)) {
        connection.head_came(hd.stream_id,
                             ends_stream(*frame) ? Http2Body::kNone : Http2Body::kFollows);
    } else if (hd.type == NGHTTP2_HEADERS || hd.type == NGHTTP2_DATA) {
        const bool has_data = hd.type == NGHTTP2_DATA && hd.length > frame->data.padlen;
        if (ends_stream(*frame)) {
            connection.request_ended(hd.stream_id);
        } else if (!has_data) {
            connection.frame_was_empty();
        }
    } else if (hd.type == NGHTTP2_PING && (hd.flags & NGHTTP2_FLAG_ACK) != 0) {
        connection.ping_answered();
    }
    return go_on(connection);
}

int on_invalid_frame(nghttp2_session* /*session*/,
                     const nghttp2_frame* /*frame*/,
                     int /*error*/,
                     void* user_data) {
    auto& connection = connection_of(user_data);
    connection.frame_was_bad();
    return go_on(connection);
}

int on_frame_sent(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user_data) {
    const bool may_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (may_end && ends_stream(*frame)) {
        connection_of(user_data).end_sent(frame->hd.stream_id);
    }
    return 0;
}

int on_stream_close(nghttp2_session* /*session*/,
                    std::int32_t stream_id,
                    std::uint32_t /*code*/,
                    void* user_data) {
    auto& connection = connection_of(user_data);
    connection.stream_closed(stream_id);
    return go_on(connection);
}

CallbacksPtr make_callbacks() {
    nghttp2_session_callbacks* made = nullptr;
    if (nghttp2_session_callbacks_new(&made) != 0) {
        return nullptr;
    }
    nghttp2_session_callbacks_set_on_begin_frame_callback(made, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(made, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(made, on_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback(made, on_invalid_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, on_data_chunk);
    nghttp2_session_callbacks_set_on_frame_recv_callback(made, on_frame);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(made, on_invalid_frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(made, on_frame_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(made, on_stream_close);
    nghttp2_session_callbacks_set_send_data_callback(made, on_send_data);
    nghttp2_session_callbacks_set_unpack_extension_callback(made, on_unknown_frame);
    nghttp2_session_callbacks_set_on_extension_chunk_recv_callback(made, on_unknown_bytes);
    return CallbacksPtr(made);
}

OptionPtr make_option() {
    nghttp2_option* made = nullptr;
    if (nghttp2_option_new(&made) != 0) {
        return nullptr;
    }
    nghttp2_option_set_no_auto_window_update(made, 1);
    nghttp2_option_set_no_closed_streams(made, 1);
    nghttp2_option_set_max_outbound_ack(made, kMaxWaitingAcks);
    // Http2Guard counts resets, and knows which of them came too late to matter.
    nghttp2_option_set_stream_reset_rate_limit(made, kNoLimit, kNoLimit);
    for (unsigned type = NGHTTP2_CONTINUATION + 1; type <= 0xff; ++type) {
        nghttp2_option_set_user_recv_extension_type(made, static_cast<std::uint8_t>(type));
    }
    return OptionPtr(made);
}

}  // namespace

void FreeHttp2Session::operator()(nghttp2_session* session) const {
    nghttp2_session_del(session);
}

Http2SessionPtr make_http2_session(Http2Connection& connection, std::size_t max_header_bytes) {
    // One set for all: the library copies both.
    static const CallbacksPtr callbacks = make_callbacks();
    static const OptionPtr option = make_option();
    nghttp2_session* made = nullptr;
    if (callbacks == nullptr || option == nullptr ||
        nghttp2_session_server_new2(&made, callbacks.get(), &connection, option.get()) != 0) {
        return nullptr;
    }
    Http2SessionPtr session(made);
    const std::array settings{
        nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kMaxStreams},
        nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE,
                               static_cast<std::uint32_t>(kStreamWindow)},
        nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
                               static_cast<std::uint32_t>(max_header_bytes)},
        // No tree of dependencies: what runs is served in turn.
        nghttp2_settings_entry{NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1}};
    const bool fine =
        nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) == 0 &&
        nghttp2_session_set_local_window_size(made, NGHTTP2_FLAG_NONE, 0, kConnectionWindow) == 0;
    return fine ? std::move(session) : nullptr;
}

int submit_http2_head(nghttp2_session* session,
                      std::int32_t stream_id,
                      std::span<const nghttp2_nv> fields,
                      Http2Body body) {
    nghttp2_data_provider provider{};
    provider.read_callback = read_body;
    return nghttp2_submit_response(session, stream_id, fields.data(), fields.size(),
                                   body == Http2Body::kFollows ? &provider : nullptr);
}

int submit_http2_continue(nghttp2_session* session, std::int32_t stream_id) {
    std::array<std::uint8_t, 10> text{':', 's', 't', 'a', 't', 'u', 's', '1', '0', '0'};
    const nghttp2_nv status{.name = text.data(),
                            .value = text.data() + 7,
                            .namelen = 7,
                            .valuelen = 3,
                            .flags = NGHTTP2_NV_FLAG_NONE};
    return nghttp2_submit_headers(session, NGHTTP2_FLAG_NONE, stream_id, nullptr, &status, 1,
                                  nullptr);
}

}  // namespace gatehouse::http::internal
