// SPDX-License-Identifier: Apache-2.0
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "http/internal/forwarded.h"
#include "http/internal/http2_connection.h"
#include "http/internal/http2_session.h"
#include "http/internal/server_context.h"
#include "http/message.h"

// What a connection sends, and how it ends.
namespace gatehouse::http::internal {

namespace {

/// Of one stream: above the first the application should stop, below the second it may go on.
constexpr std::size_t kStreamFullAbove = std::size_t{128} * 1024;
constexpr std::size_t kStreamResumeBelow = std::size_t{32} * 1024;
/// Of all streams: above it each is full, and may go on, at less.
constexpr std::size_t kCrowdedAbove = std::size_t{4} * 1024 * 1024;
constexpr std::size_t kCrowdedFullAbove = std::size_t{16} * 1024;
constexpr std::size_t kCrowdedResumeBelow = std::size_t{8} * 1024;

/// Handed to the socket at once.
constexpr std::size_t kCollect = std::size_t{64} * 1024;
/// While more waits for the socket, nothing is read: answers to control frames would pile up.
constexpr std::size_t kReadBelow = std::size_t{64} * 1024;
constexpr int kReadsPerTurn = 16;
constexpr int kFlushesPerTurn = 16;
constexpr std::chrono::seconds kLingerTime{5};
/// How long a peer may take to hear that the server stops.
constexpr std::chrono::seconds kLastCallTime{1};

}  // namespace

Http2Connection::Http2Connection(ServerContext& context,
                                 std::unique_ptr<Transport> transport,
                                 std::string peer_ip)
    : context_(context),
      transport_(std::move(transport)),
      peer_ip_(std::move(peer_ip)),
      trusted_peer_(is_trusted(context.options().trusted_proxies,
                               net::IpAddress::parse(peer_ip_).value_or(net::IpAddress{}))),
      guard_(context.loop().now()),
      deadline_(context.loop().now() + context.options().head_timeout) {
    session_ = make_http2_session(*this, context.options().max_header_bytes);
    broken_ = session_ == nullptr;
}

Http2Connection::~Http2Connection() = default;

std::string_view Http2Connection::http_date() {
    return context_.http_date();
}

void Http2Connection::on_io(net::IoEvents events) {
    if (transport_->secure()) {
        events = transport_->wakes(events);
    }
    hangup_ |= events.hangup;
    read_ready_ |= events.readable;
    advance();
}

void Http2Connection::advance() {
    if (advancing_ || dead_) {
        return;
    }
    advancing_ = true;
    let_go();
    if (!broken_ && !out_.empty()) {
        flush();
    }
    int reads = 0;
    while (!dead_ && !broken_ && read_ready_ && out_.size() < kReadBelow &&
           reads++ < kReadsPerTurn) {
        read_some();
    }
    if (!dead_ && !broken_) {
        give_back_windows();
        flush();
    }
    advancing_ = false;
    if (dead_) {
        return;
    }
    const bool deaf = hangup_ && out_.size() >= kReadBelow;
    if (broken_ || deaf) {
        kill();
    } else if ((read_ready_ && out_.size() < kReadBelow) || !retired_.empty() ||
               !answered_.empty()) {
        wake();
    }
}

/// What the application finished with: nothing of it is on the stack here.
void Http2Connection::let_go() {
    for (auto* const stream : std::exchange(answered_, {})) {
        stream->on_closed = nullptr;
        stream->on_drained = nullptr;
        stream->release_request();
    }
    retired_.clear();
}

/// For the end of the turn: nghttp2 may be on the stack, and more may be about to be written.
void Http2Connection::wake() {
    if (!advancing_ && !dead_) {
        context_.advance_later(*this);
    }
}

void Http2Connection::submit_head(Http2Stream& stream,
                                  std::span<const nghttp2_nv> fields,
                                  Http2Body body) {
    if (submit_http2_head(session_.get(), stream.id(), fields, body) != 0) {
        broken_ = true;
    }
    wake();
}

bool Http2Connection::crowded() const {
    return queued_bytes_ > kCrowdedAbove;
}

Exchange::WriteState Http2Connection::queued(Http2Stream& stream, std::size_t added) {
    if (dead_ || broken_) {
        return Exchange::WriteState::kClosed;
    }
    queued_bytes_ += added;
    if (added > 0) {
        if (stream.write_deadline == SteadyTime::max()) {
            stream.write_deadline = context_.loop().now() + context_.options().write_timeout;
        }
        if (std::exchange(stream.deferred, false)) {
            (void)nghttp2_session_resume_data(session_.get(), stream.id());
        }
        wake();
    }
    if (stream.out().size() > (crowded() ? kCrowdedFullAbove : kStreamFullAbove)) {
        stream.full = true;
        return Exchange::WriteState::kFull;
    }
    return Exchange::WriteState::kOk;
}

void Http2Connection::body_ended(Http2Stream& stream) {
    answered_.push_back(&stream);
    if (stream.cut() && !stream.started()) {
        (void)nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id(),
                                        NGHTTP2_INTERNAL_ERROR);
    } else if (std::exchange(stream.deferred, false)) {
        (void)nghttp2_session_resume_data(session_.get(), stream.id());
    }
    wake();
}

bool Http2Connection::may_collect() const {
    return collecting_ != nullptr && collecting_->size() < kCollect;
}

void Http2Connection::send_data(Http2Stream& stream,
                                std::string_view frame_head,
                                std::size_t size) {
    auto& waiting = stream.out();
    collecting_->append(frame_head).append(waiting.view().substr(0, size));
    waiting.drop_front(size);
    queued_bytes_ -= size;
    stream.write_deadline = waiting.empty()
                                ? SteadyTime::max()
                                : context_.loop().now() + context_.options().write_timeout;
    guard_.data_sent(size);
    const auto limit = crowded() ? kCrowdedResumeBelow : kStreamResumeBelow;
    if (stream.full && waiting.size() < limit) {
        stream.full = false;
        drained_.push_back(&stream);
    }
}

void Http2Connection::end_sent(std::int32_t stream_id) {
    auto* const stream = find(stream_id);
    if (stream == nullptr) {
        return;
    }
    stream->end_sent = true;
    if (nghttp2_session_get_stream_remote_close(session_.get(), stream_id) == 0) {
        // The rest of its request is of no use (RFC 9113 §8.1).
        (void)nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream_id,
                                        NGHTTP2_NO_ERROR);
    }
}

/// False when the library failed.
bool Http2Connection::collect(std::string& into) {
    collecting_ = &into;
    bool fine = true;
    while (into.size() < kCollect) {
        const std::uint8_t* bytes = nullptr;
        const auto size = nghttp2_session_mem_send(session_.get(), &bytes);
        if (size <= 0) {
            fine = size == 0;
            break;
        }
        into.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    }
    collecting_ = nullptr;
    return fine;
}

/// What the socket did not take before. False when it does not take all of it now.
bool Http2Connection::flush_waiting() {
    while (!out_.empty()) {
        const std::array parts{out_.view()};
        const auto outcome = transport_->write(parts);
        broken_ |= outcome.status == IoOutcome::Status::kFailed;
        if (outcome.status != IoOutcome::Status::kOk) {
            return false;
        }
        out_.drop_front(outcome.bytes);
        write_deadline_ = context_.loop().now() + context_.options().write_timeout;
    }
    write_deadline_ = SteadyTime::max();
    return true;
}

void Http2Connection::flush() {
    thread_local std::string collected;
    for (int rounds = 0; flush_waiting() && state_ != State::kLinger; ++rounds) {
        if (rounds == kFlushesPerTurn) {
            context_.advance_later(*this);
            return;
        }
        collected.clear();
        broken_ |= !collect(collected);
        if (dead_ || broken_) {
            return;
        }
        if (collected.empty()) {
            break;
        }
        const std::array<std::string_view, 1> parts{collected};
        const auto outcome = transport_->write(parts);
        broken_ |= outcome.status == IoOutcome::Status::kFailed;
        if (broken_) {
            return;
        }
        out_.append(std::string_view(collected).substr(outcome.bytes));
        if (!out_.empty()) {
            write_deadline_ = context_.loop().now() + context_.options().write_timeout;
        }
        tell_drained();
        if (dead_) {
            return;
        }
    }
    const bool over = nghttp2_session_want_read(session_.get()) == 0 &&
                      nghttp2_session_want_write(session_.get()) == 0;
    if (over && out_.empty() && state_ != State::kLinger && !broken_) {
        begin_close();
    }
}

void Http2Connection::tell_drained() {
    const auto drained = std::exchange(drained_, {});
    for (auto* const stream : drained) {
        // A copy: the application may set another one from inside.
        if (const auto told = stream->on_drained; told && stream->open()) {
            call_application(*stream, told);
        }
        if (dead_) {
            return;
        }
    }
}

void Http2Connection::refuse(Http2Stream& stream, int status) {
    tell_closed(stream);
    stream.refuse(text_response(status, std::string(reason_phrase(status)) + "\n"));
}

void Http2Connection::tell_closed(Http2Stream& stream) {
    call_application(stream, [&] { stream.tell_closed(); });
}

/// The application hears of it.
void Http2Connection::reset(Http2Stream& stream, std::uint32_t code) {
    stream.ours_to_end = true;
    (void)nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id(), code);
    tell_closed(stream);
    wake();
}

void Http2Connection::begin_close() {
    state_ = State::kLinger;
    deadline_ = context_.loop().now() + kLingerTime;
    for (const auto& stream : streams_) {
        stream->detach();
    }
    for (std::size_t i = 0; i < streams_.size() && !dead_; ++i) {
        tell_closed(*streams_[i]);
    }
    if (dead_) {
        return;
    }
    // Closing with unread bytes resets the connection, and a reset may overtake our last words.
    transport_->shutdown_write();
}

void Http2Connection::kill() {
    if (dead_) {
        return;
    }
    dead_ = true;
    context_.loop().forget(*this);
    transport_.reset();
    for (; extra_streams_ > 0; --extra_streams_) {
        context_.drop_stream();
    }
    for (const auto& stream : streams_) {
        stream->detach();
    }
    for (const auto& stream : streams_) {
        tell_closed(*stream);
    }
    context_.remove(*this);
}

void Http2Connection::check_stream(Http2Stream& stream, SteadyTime now) {
    if (now >= stream.write_deadline) {
        // It opens no window: its bytes cannot wait for ever.
        stream.write_deadline = SteadyTime::max();
        reset(stream, NGHTTP2_CANCEL);
    } else if (now >= stream.deadline && stream.withheld == 0) {
        stream.deadline = SteadyTime::max();
        if (stream.phase == Http2Stream::Phase::kBody) {
            refuse(stream, 408);
        }
    }
}

void Http2Connection::check_deadlines(SteadyTime now) {
    if (now >= write_deadline_ || (state_ == State::kLinger && now >= deadline_)) {
        kill();
        return;
    }
    for (auto i = streams_.size(); i-- > 0 && !dead_;) {
        if (i < streams_.size()) {
            check_stream(*streams_[i], now);
        }
    }
    if (dead_ || state_ == State::kLinger) {
        return;
    }
    if (now >= block_deadline_ || now >= deadline_) {
        deadline_ = block_deadline_ = SteadyTime::max();
        ending_ = true;
        (void)nghttp2_session_terminate_session(session_.get(), NGHTTP2_NO_ERROR);
        wake();
    } else if (now >= leave_at_) {
        leave();
    }
}

/// In two steps (RFC 9113 §6.8): a request that is on its way must not be lost.
void Http2Connection::drain() {
    if (state_ != State::kOpen || dead_ || broken_) {
        return;
    }
    state_ = State::kLastCall;
    leave_at_ = context_.loop().now() + kLastCallTime;
    (void)nghttp2_submit_shutdown_notice(session_.get());
    (void)nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr);
    wake();
}

void Http2Connection::leave() {
    state_ = State::kLeaving;
    leave_at_ = SteadyTime::max();
    (void)nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE,
                                nghttp2_session_get_last_proc_stream_id(session_.get()),
                                NGHTTP2_NO_ERROR, nullptr, 0);
    wake();
}

}  // namespace gatehouse::http::internal
