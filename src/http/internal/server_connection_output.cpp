// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "http/internal/http1_exchange.h"
#include "http/internal/server_connection.h"
#include "http/internal/server_context.h"
#include "http/message.h"

// What a connection sends, and how it ends.
namespace gatehouse::http::internal {

namespace {

constexpr std::chrono::seconds kLingerTime{5};

}  // namespace

/// The engine's own refusal; it ends the connection, because what follows cannot be trusted to be
/// a request.
void ServerConnection::refuse(int status) {
    close_exchange();
    if (dead_) {
        return;
    }
    close_after_ = true;
    linger_ = true;
    const auto response = text_response(status, std::string(reason_phrase(status)) + "\n");
    auto& out = context_.head_buffer();
    ResponseHeadWriter writer(out, status);
    writer.add("Content-Type", *response.headers.get("Content-Type"), HeaderId::kContentType);
    writer.end(BodyFraming::kLength, static_cast<std::int64_t>(response.body.size()),
               Persistence::kClose, context_.http_date());
    const std::array<std::string_view, 2> parts{out, response.body};
    (void)send(parts);
    begin_close();
}

Persistence ServerConnection::persistence() const {
    return close_after_ || context_.draining() ? Persistence::kClose : Persistence::kKeepAlive;
}

std::string& ServerConnection::head_buffer() {
    return context_.head_buffer();
}

std::string_view ServerConnection::http_date() {
    return context_.http_date();
}

Exchange::WriteState ServerConnection::send(std::span<const std::string_view> parts) {
    if (broken_ || dead_) {
        return Exchange::WriteState::kClosed;
    }
    std::size_t sent = 0;
    if (out_.empty()) {
        const auto outcome = transport_->write(parts);
        if (outcome.status == IoOutcome::Status::kFailed) {
            // The application is on the stack: it learns of the end when the turn ends.
            broken_ = true;
            context_.advance_later(*this);
            return Exchange::WriteState::kClosed;
        }
        sent = outcome.bytes;
    }
    for (const auto part : parts) {
        const auto skip = std::min(sent, part.size());
        sent -= skip;
        out_.append(part.substr(skip));
    }
    if (!out_.empty() && write_deadline_ == SteadyTime::max()) {
        write_deadline_ = context_.loop().now() + context_.options().write_timeout;
    }
    if (out_.size() > kFullAbove) {
        full_ = true;
        return Exchange::WriteState::kFull;
    }
    return Exchange::WriteState::kOk;
}

void ServerConnection::flush() {
    if (out_.empty() || dead_ || broken_) {
        return;
    }
    while (!out_.empty()) {
        const std::array parts{out_.view()};
        const auto outcome = transport_->write(parts);
        if (outcome.status == IoOutcome::Status::kFailed) {
            broken_ = true;
            return;
        }
        if (outcome.status == IoOutcome::Status::kWouldBlock) {
            break;
        }
        out_.drop_front(outcome.bytes);
        write_deadline_ = context_.loop().now() + context_.options().write_timeout;
    }
    if (out_.empty()) {
        write_deadline_ = SteadyTime::max();
        if (state_ == State::kLinger) {
            all_sent();
            return;
        }
    }
    if (full_ && exchange_ != nullptr && out_.size() < kResumeBelow) {
        full_ = false;
        // A copy: the application may set another one from inside.
        if (const auto drained = exchange_->on_drained) {
            drained();
        }
    }
}

void ServerConnection::response_finished() {
    release_exchange();
    full_ = false;
    if (close_after_ || context_.draining()) {
        begin_close();
    } else {
        await_request();
    }
}

void ServerConnection::await_request() {
    state_ = State::kHead;
    needs_more_ = false;
    deadline_ = context_.loop().now() + context_.options().keep_alive_timeout;
    if (!advancing_ && (!in_.empty() || read_ready_ || hangup_)) {
        context_.advance_later(*this);
    }
}

void ServerConnection::cut(CutStyle style) {
    release_exchange();
    if (style == CutStyle::kReset) {
        transport_->reset_on_close();
        kill();
    } else {
        begin_close();
    }
}

void ServerConnection::begin_close() {
    state_ = State::kLinger;
    deadline_ = SteadyTime::max();  // the write deadline watches over the rest
    if (out_.empty()) {
        all_sent();
    }
}

void ServerConnection::all_sent() {
    if (!linger_ && !read_ready_) {
        kill();
        return;
    }
    // Closing with unread bytes resets the connection, and a reset may overtake our answer.
    transport_->shutdown_write();
    deadline_ = context_.loop().now() + kLingerTime;
    if (!advancing_) {
        context_.advance_later(*this);
    }
}

void ServerConnection::peer_gone(IoOutcome::Status status) {
    const bool may_still_read = status == IoOutcome::Status::kClosed && exchange_ == nullptr;
    if (!may_still_read || out_.empty()) {
        kill();
        return;
    }
    linger_ = false;
    begin_close();
}

void ServerConnection::release_exchange() {
    exchange_->detach();
    context_.retire(std::move(exchange_));
}

void ServerConnection::close_exchange() {
    if (exchange_ == nullptr) {
        return;
    }
    const auto closed = std::move(exchange_->on_closed);
    release_exchange();
    if (closed) {
        closed();
    }
}

void ServerConnection::kill() {
    if (dead_) {
        return;
    }
    dead_ = true;
    context_.loop().forget(*this);
    transport_.reset();
    close_exchange();
    context_.remove(*this);
}

void ServerConnection::check_deadlines(SteadyTime now) {
    if (now >= write_deadline_) {
        kill();
        return;
    }
    if (now < deadline_) {
        return;
    }
    const bool half_received = state_ == State::kBody || (state_ == State::kHead && !in_.empty());
    if (half_received && out_.empty()) {
        refuse(408);
    } else {
        kill();
    }
}

void ServerConnection::drain() {
    if (state_ == State::kHead && in_.empty()) {
        begin_close();
    }
}

}  // namespace gatehouse::http::internal
