// SPDX-License-Identifier: Apache-2.0
#include "http/internal/http2_connection.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <utility>

#include "http/internal/forwarded.h"
#include "http/internal/http2_session.h"
#include "http/internal/request_rules.h"
#include "http/internal/server_context.h"
#include "telemetry/log.h"
#include "telemetry/log_limit.h"

// What a connection receives.
namespace gatehouse::http::internal {

namespace {

/// Of all bodies that are not answered yet. Above it only the oldest grows, so that all get done.
constexpr std::size_t kBodyBudget = std::size_t{4} * 1024 * 1024;
/// A header block this many times above the limit is not a mistake.
constexpr std::size_t kBombFactor = 4;

}  // namespace

/// A bug of the application must not leave a request without an end.
void Http2Connection::application_threw(Http2Stream& stream, const std::exception_ptr& caught) {
    std::string what;
    try {
        std::rethrow_exception(caught);
    } catch (const std::exception& known) {
        what = known.what();
    } catch (...) {
        what = "unknown";
    }
    telemetry::error("http", "a request's callback threw: {}", what);
    if (dead_ || stream.phase == Http2Stream::Phase::kAnswered) {
        return;
    }
    if (stream.started()) {
        reset(stream, NGHTTP2_INTERNAL_ERROR);
    } else {
        refuse(stream, 500);
    }
}

Http2Stream* Http2Connection::find(std::int32_t stream_id) {
    return static_cast<Http2Stream*>(
        nghttp2_session_get_stream_user_data(session_.get(), stream_id));
}

bool Http2Connection::frame_begins(std::uint8_t type) {
    if (type != NGHTTP2_HEADERS && type != NGHTTP2_DATA) {
        annoyed(Http2Guard::Nuisance::kControl);
    }
    return !dead_;
}

void Http2Connection::block_begins(std::int32_t stream_id) {
    const auto& options = context_.options();
    auto stream = std::make_unique<Http2Stream>(*this, stream_id, options.max_header_bytes);
    nghttp2_session_set_stream_user_data(session_.get(), stream_id, stream.get());
    stream->index = streams_.size();
    streams_.push_back(std::move(stream));
    deadline_ = SteadyTime::max();
    block_deadline_ = context_.loop().now() + options.head_timeout;
}

void Http2Connection::trailers_begin() {
    trailer_bytes_ = 0;
    block_deadline_ = context_.loop().now() + context_.options().head_timeout;
}

void Http2Connection::field_came(std::int32_t stream_id,
                                 std::string_view name,
                                 std::string_view value) {
    auto* const stream = find(stream_id);
    if (stream == nullptr) {
        return;
    }
    stream->gathered().add(name, value);
    if (stream->gathered().size() > kBombFactor * context_.options().max_header_bytes) {
        calm_down();
    }
}

void Http2Connection::bad_field_came(std::int32_t stream_id) {
    if (auto* const stream = find(stream_id)) {
        stream->gathered().mark_bad();
    }
}

void Http2Connection::trailer_came(std::size_t size) {
    constexpr std::size_t kOverhead = 32;
    trailer_bytes_ += size + kOverhead;
    if (trailer_bytes_ > context_.options().max_header_bytes) {
        calm_down();
    }
}

void Http2Connection::head_came(std::int32_t stream_id, Http2Body body) {
    block_deadline_ = SteadyTime::max();
    auto* const stream = find(stream_id);
    if (stream == nullptr) {
        return;
    }
    // Streams count as connections do, but for the first.
    if (streams_.size() > 1 + extra_streams_) {
        if (!context_.add_stream()) {
            stream->release_request();
            Response busy = text_response(503, "Service Unavailable\n");
            busy.headers.add("Retry-After", "1");
            stream->respond(busy);
            return;
        }
        ++extra_streams_;
    }
    open_request(*stream, body);
}

void Http2Connection::open_request(Http2Stream& stream, Http2Body body) {
    const auto fault = stream.gathered().finish(
        body == Http2Body::kNone ? Http2Head::Body::kNone : Http2Head::Body::kFollows);
    stream.head_only = stream.head().method == "HEAD";
    if (fault != Http2Head::Fault::kNone) {
        refuse(stream, fault == Http2Head::Fault::kTooLarge ? 431 : 400);
        return;
    }
    const auto expectation = expectation_of(stream.head().headers);
    if (expectation == Expectation::kUnknown) {
        refuse(stream, 417);
        return;
    }
    if (!bind_peer(stream)) {
        refuse(stream, 400);
        return;
    }
    stream.phase = Http2Stream::Phase::kBody;
    HeadVerdict verdict{.proceed = false};
    call_application(stream, [&] { verdict = context_.application().on_head(stream); });
    if (dead_ || stream.phase == Http2Stream::Phase::kAnswered) {
        return;
    }
    if (!verdict.proceed) {
        stream.respond(verdict.refusal);
        return;
    }
    stream.max_body = verdict.max_body;
    if (body == Http2Body::kNone) {
        deliver(stream);
        return;
    }
    if (stream.head().content_length > 0 &&
        static_cast<std::uint64_t>(stream.head().content_length) > stream.max_body) {
        refuse(stream, 413);
        return;
    }
    stream.deadline = context_.loop().now() + context_.options().body_idle_timeout;
    if (expectation == Expectation::kContinue &&
        submit_http2_continue(session_.get(), stream.id()) != 0) {
        reset(stream, NGHTTP2_INTERNAL_ERROR);
    }
}

/// False when a trusted proxy names no single host.
bool Http2Connection::bind_peer(Http2Stream& stream) {
    stream.set_client_ip(peer_ip_);
    if (!trusted_peer_) {
        return true;
    }
    auto& head = stream.gathered().head();
    const auto forwarded = read_forwarded(head.headers, context_.options().trusted_proxies);
    if (!forwarded) {
        return false;
    }
    if (!forwarded->client_ip.empty()) {
        stream.set_client_ip(forwarded->client_ip);
    }
    if (!forwarded->host.empty()) {
        head.host = forwarded->host;
    }
    return true;
}

void Http2Connection::data_came(std::int32_t stream_id, std::string_view bytes) {
    // The connection's window is given back at once: the streams' windows bound what is kept.
    nghttp2_session_consume_connection(session_.get(), bytes.size());
    auto* const stream = find(stream_id);
    if (stream == nullptr || stream->phase != Http2Stream::Phase::kBody) {
        return;
    }
    stream->deadline = context_.loop().now() + context_.options().body_idle_timeout;
    if (stream->request_body().size() + bytes.size() > stream->max_body) {
        refuse(*stream, 413);
        return;
    }
    stream->request_body().append(bytes);
    body_bytes_ += bytes.size();
    take_window(*stream, bytes.size());
}

void Http2Connection::take_window(Http2Stream& stream, std::size_t size) {
    if (body_bytes_ <= kBodyBudget || oldest_body() == &stream) {
        nghttp2_session_consume_stream(session_.get(), stream.id(), size);
        return;
    }
    stream.withheld += size;
    windows_withheld_ = true;
}

Http2Stream* Http2Connection::oldest_body() {
    Http2Stream* oldest = nullptr;
    for (const auto& stream : streams_) {
        const bool older = oldest == nullptr || stream->id() < oldest->id();
        if (stream->phase == Http2Stream::Phase::kBody && older) {
            oldest = stream.get();
        }
    }
    return oldest;
}

void Http2Connection::give_back_windows() {
    if (!windows_withheld_) {
        return;
    }
    const auto* const oldest = oldest_body();
    windows_withheld_ = false;
    for (const auto& stream : streams_) {
        if (stream->withheld == 0 || stream->phase != Http2Stream::Phase::kBody) {
            continue;
        }
        if (body_bytes_ > kBodyBudget && stream.get() != oldest) {
            windows_withheld_ = true;
            continue;
        }
        nghttp2_session_consume_stream(session_.get(), stream->id(),
                                       static_cast<std::size_t>(stream->withheld));
        stream->withheld = 0;
        stream->deadline = context_.loop().now() + context_.options().body_idle_timeout;
    }
}

void Http2Connection::drop_request(std::size_t body_bytes) {
    body_bytes_ -= std::min(body_bytes_, body_bytes);
}

void Http2Connection::request_ended(std::int32_t stream_id) {
    block_deadline_ = SteadyTime::max();
    auto* const stream = find(stream_id);
    if (stream != nullptr && stream->phase == Http2Stream::Phase::kBody) {
        deliver(*stream);
    }
}

void Http2Connection::deliver(Http2Stream& stream) {
    stream.phase = Http2Stream::Phase::kRunning;
    stream.deadline = SteadyTime::max();
    call_application(stream, [&] { context_.application().on_request(stream); });
    if (!dead_ && !stream.retained()) {
        stream.release_request();
    }
}

void Http2Connection::frame_was_bad() {
    block_deadline_ = SteadyTime::max();
    annoyed(Http2Guard::Nuisance::kReset);
}

void Http2Connection::annoyed(Http2Guard::Nuisance nuisance) {
    if (!ending_ && !guard_.bear(nuisance, context_.loop().now())) {
        calm_down();
    }
}

void Http2Connection::calm_down() {
    if (ending_) {
        return;
    }
    ending_ = true;
    static telemetry::LogLimit limit{std::chrono::seconds{10}};
    if (const auto left_out = limit.take(context_.loop().now())) {
        telemetry::warn("http",
                        "an HTTP/2 client was hung up on: it asked for too much at once ({} more)",
                        *left_out);
    }
    (void)nghttp2_session_terminate_session(session_.get(), NGHTTP2_ENHANCE_YOUR_CALM);
}

void Http2Connection::stream_closed(std::int32_t stream_id) {
    auto* const stream = find(stream_id);
    if (stream == nullptr) {
        return;
    }
    if (stream->end_sent) {
        guard_.stream_completed();
    } else if (!stream->ours_to_end) {
        annoyed(Http2Guard::Nuisance::kReset);
    }
    remove(*stream);
    stream->detach();
    tell_closed(*stream);
}

void Http2Connection::remove(Http2Stream& stream) {
    nghttp2_session_set_stream_user_data(session_.get(), stream.id(), nullptr);
    drop_request(stream.request_body().size());
    queued_bytes_ -= stream.out().size();
    const auto index = stream.index;
    retired_.push_back(std::move(streams_[index]));
    if (index + 1 < streams_.size()) {
        streams_[index] = std::move(streams_.back());
        streams_[index]->index = index;
    }
    streams_.pop_back();
    if (extra_streams_ > 0 && extra_streams_ >= streams_.size()) {
        --extra_streams_;
        context_.drop_stream();
    }
    if (streams_.empty()) {
        deadline_ = context_.loop().now() + context_.options().keep_alive_timeout;
    }
    wake();
}

void Http2Connection::ping_answered() {
    if (state_ == State::kLastCall) {
        leave();
    }
}

void Http2Connection::read_some() {
    const auto scratch = context_.loop().scratch();
    const auto got = transport_->read(scratch);
    if (got.status == IoOutcome::Status::kWouldBlock) {
        read_ready_ = false;
        return;
    }
    if (got.status != IoOutcome::Status::kOk) {
        read_ready_ = false;
        broken_ = true;
        return;
    }
    // After a hangup no new edge announces the end: read until it shows.
    if (got.drained && !hangup_) {
        read_ready_ = false;
    }
    if (state_ == State::kLinger || ending_) {
        constexpr std::size_t kMaxDropped = std::size_t{1024} * 1024;
        dropped_bytes_ += got.bytes;
        broken_ = dropped_bytes_ > kMaxDropped;
        return;
    }
    const auto taken = nghttp2_session_mem_recv(
        session_.get(), reinterpret_cast<const std::uint8_t*>(scratch.data()), got.bytes);
    if (taken < 0 && !dead_) {
        // Some floods the library notices itself. Else it is no HTTP/2, or memory is out.
        const bool flood =
            taken == NGHTTP2_ERR_FLOODED || taken == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS;
        ending_ = true;
        (void)nghttp2_session_terminate_session(
            session_.get(), flood ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR);
    }
}

}  // namespace gatehouse::http::internal
