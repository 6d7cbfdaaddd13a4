// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "http/exchange.h"

namespace gatehouse::http {

/// A parsed response head from a runtime; views live during the callback only.
struct UpstreamHead {
    int status = 0;
    std::span<const HeaderView> headers;
    std::int64_t content_length = -1;

    [[nodiscard]] std::string_view get(HeaderId id) const;
};

enum class UpstreamError {
    kConnect,  ///< nothing of the request was sent
    /// Nothing was sent, nor tried: too many calls wait for this replica, or it cannot be reached
    /// and it is not yet time to try again.
    kUnavailable,
    kClosed,  ///< broke off before or inside the answer
    kTimeout,
    kBadAnswer,  ///< not HTTP, or framing errors
};

/// Receives one answer, on the loop's thread. After on_end or on_error nothing more is called.
class UpstreamListener {
  public:
    UpstreamListener() = default;
    UpstreamListener(const UpstreamListener&) = delete;
    UpstreamListener& operator=(const UpstreamListener&) = delete;
    UpstreamListener(UpstreamListener&&) = delete;
    UpstreamListener& operator=(UpstreamListener&&) = delete;
    virtual ~UpstreamListener() = default;

    /// `body`: the body bytes that came with the head, unframed; `complete`: there are no more
    /// (then on_end is not called). Lets a short answer be relayed in one write.
    virtual void on_head(const UpstreamHead& head, std::string_view body, bool complete) = 0;
    virtual void on_body(std::string_view bytes, bool complete) = 0;
    /// `received`: an answer had begun.
    virtual void on_error(UpstreamError error) = 0;
};

struct UpstreamRequest {
    /// Complete head: request line, fields, blank line; framing by Content-Length.
    std::string_view head;
    std::string_view body;
    bool has_no_response_body = false;  ///< HEAD
    std::chrono::milliseconds first_byte_timeout{120'000};
    std::chrono::milliseconds idle_timeout{3'600'000};
};

/// A call in flight; destroying it cancels: the upstream connection is closed and the listener
/// hears nothing more.
class UpstreamCall {
  public:
    UpstreamCall() = default;
    UpstreamCall(const UpstreamCall&) = delete;
    UpstreamCall& operator=(const UpstreamCall&) = delete;
    UpstreamCall(UpstreamCall&&) = delete;
    UpstreamCall& operator=(UpstreamCall&&) = delete;
    virtual ~UpstreamCall() = default;

    /// Back-pressure: stop and go on reading the answer.
    virtual void pause() = 0;
    virtual void resume() = 0;
};

/// The kept-alive connections of one loop to one runtime replica (one address). LIFO.
///
/// A pooled connection that turns out dead before anything was written, or whose write fails at
/// once, is replaced without the caller noticing. Once a byte of the request may have reached the
/// runtime it is never sent again: the listener hears kClosed (requirements H66).
class UpstreamPool {
  public:
    UpstreamPool() = default;
    UpstreamPool(const UpstreamPool&) = delete;
    UpstreamPool& operator=(const UpstreamPool&) = delete;
    UpstreamPool(UpstreamPool&&) = delete;
    UpstreamPool& operator=(UpstreamPool&&) = delete;
    virtual ~UpstreamPool() = default;

    /// Copies what it cannot write at once. The listener must outlive the call.
    [[nodiscard]] virtual std::unique_ptr<UpstreamCall> send(const UpstreamRequest& request,
                                                             UpstreamListener& listener) = 0;

    /// False while `send` would end in kUnavailable at once: another replica is the better choice.
    [[nodiscard]] virtual bool is_available() const = 0;

    /// No call is in flight or waits.
    [[nodiscard]] virtual bool is_idle() const = 0;
};

}  // namespace gatehouse::http
