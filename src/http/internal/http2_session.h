// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "http/internal/http2_connection.h"

/// The border to nghttp2: its callbacks, as calls of an Http2Connection.
namespace gatehouse::http::internal {

/// Streams that a client may have open at once.
inline constexpr std::uint32_t kMaxStreams = 128;
/// What a client may send of each body before it hears from us.
inline constexpr std::int32_t kStreamWindow = 64 * 1024;
inline constexpr std::int32_t kConnectionWindow = 1024 * 1024;

/// With our settings queued. Null without memory.
[[nodiscard]] Http2SessionPtr make_http2_session(Http2Connection& connection,
                                                 std::size_t max_header_bytes);

/// Queues an answer's head; its body comes from the stream. 0, or the library's error.
[[nodiscard]] int submit_http2_head(nghttp2_session* session,
                                    std::int32_t stream_id,
                                    std::span<const nghttp2_nv> fields,
                                    Http2Body body);
/// Queues "100 Continue". 0, or the library's error.
[[nodiscard]] int submit_http2_continue(nghttp2_session* session, std::int32_t stream_id);

}  // namespace gatehouse::http::internal
