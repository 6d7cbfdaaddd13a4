// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "http/message.h"

namespace gatehouse::http {

/// Header names the engine recognizes while parsing, so that stages need not compare strings.
enum class HeaderId : std::uint8_t {
    kOther,
    kHost,
    kConnection,
    kContentLength,
    kTransferEncoding,
    kAuthorization,
    kKeepAlive,
    kTe,
    kTrailer,
    kUpgrade,
    kProxyConnection,
    kContentType,
    kExpect,
    kTraceparent,
    kAccept,
    kOrigin,
    kCookie,
    kMcpSessionId,
    kMcpProtocolVersion,
    kMcpMethod,
    kMcpName,
    kLastEventId,
    kAcceptEncoding,
    kUserAgent,
    kXRequestId,
    kSetCookie,
    kWwwAuthenticate,
    kLocation,
    kRetryAfter,
    kCacheControl,
    kDate,
    kServer
};

struct HeaderView {
    std::string_view name, value;
    HeaderId id = HeaderId::kOther;
};

/// A parsed request head. All views point into the connection's buffer.
struct RequestHead {
    std::string_view method, target, path, query;  ///< path and query are parts of target
    /// Host or :authority, as sent, or what a trusted proxy forwarded.
    std::string_view host;
    std::span<const HeaderView> headers;
    std::int64_t content_length = -1;      ///< -1: none given
    bool chunked = false;                  ///< a body of unknown length
    bool duplicate_single_header = false;  ///< H06: a single-value header came twice

    [[nodiscard]] std::string_view get(HeaderId id) const;  ///< first value, empty if absent
    [[nodiscard]] std::string_view get(std::string_view name) const;
    [[nodiscard]] bool has(HeaderId id) const;
};

/// A response head to write. Header views need to live only during the call.
struct ResponseHead {
    int status = 200;
    std::span<const HeaderView> headers;  ///< without Connection, Content-Length, Transfer-Encoding
    std::int64_t content_length = -1;  ///< -1: unknown, the engine frames (chunks, frames or close)
};

/// One request and its response on a connection of one event loop. Everything here happens on
/// that loop's thread. The object lives until `on_closed` or until the response is finished.
class Exchange {
  public:
    /// Told at most once, and never after the response was finished.
    std::function<void()> on_closed;
    /// After `write` answered kFull: the buffered bytes went out.
    std::function<void()> on_drained;

    Exchange() = default;
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    Exchange(Exchange&&) = delete;
    Exchange& operator=(Exchange&&) = delete;
    virtual ~Exchange() = default;

    [[nodiscard]] virtual const RequestHead& head() const = 0;
    /// Complete in `on_request`; at least 64 readable bytes follow it (simdjson padding).
    [[nodiscard]] virtual std::string_view body() const = 0;
    /// The peer's address, or what trusted proxies forwarded.
    [[nodiscard]] virtual std::string_view client_ip() const = 0;
    [[nodiscard]] virtual bool secure() const = 0;  ///< arrived over TLS

    /// Views of head and body die when `on_request` returns unless this was called: it moves
    /// them into memory of the exchange. Needed before parking.
    virtual void retain() = 0;
    /// Nobody will look at head() and body() again: both are empty from now on and what `retain`
    /// kept is freed. For streams, which may rest for hours. Any time after `retain` or `start`.
    virtual void release_request() = 0;

    /// A whole response. Finishes the exchange.
    virtual void respond(const Response& response) = 0;
    /// Starts a streamed response with the first body bytes (may be empty).
    virtual void start(const ResponseHead& head, std::string_view first) = 0;

    enum class WriteState : std::uint8_t { kOk, kFull, kClosed };
    /// kFull: more than the stream's bound is buffered; stop until `on_drained`.
    virtual WriteState write(std::string_view bytes) = 0;
    /// Ends the body well. Finishes the exchange; the object may be gone afterwards.
    virtual void finish() = 0;
    /// Cuts the message, if need be with the connection, so that the peer sees it is incomplete.
    virtual void abort() = 0;
};

/// What the server does with a request once its head is parsed.
struct HeadVerdict {
    bool proceed = true;         ///< false: `refusal` is sent, the body is not read into memory
    std::uint64_t max_body = 0;  ///< above it: 413
    Response refusal;
};

/// One instance per loop; answers on the loop's thread and never blocks.
class Application {
  public:
    Application() = default;
    Application(const Application&) = delete;
    Application& operator=(const Application&) = delete;
    Application(Application&&) = delete;
    Application& operator=(Application&&) = delete;
    virtual ~Application() = default;

    /// Before any body byte is asked for (also before 100 Continue).
    virtual HeadVerdict on_head(Exchange& exchange) = 0;
    /// Head and whole body are there. Must respond, or start, or retain and answer later.
    virtual void on_request(Exchange& exchange) = 0;
};

}  // namespace gatehouse::http
