// SPDX-License-Identifier: Apache-2.0
#include "http/internal/server_connection.h"

#include <algorithm>
#include <array>
#include <exception>
#include <optional>

#include "base/assert.h"
#include "http/internal/forwarded.h"
#include "http/internal/http1_exchange.h"
#include "http/internal/request_rules.h"
#include "http/internal/server_context.h"
#include "telemetry/log.h"

namespace gatehouse::http::internal {

namespace {

/// A refused body up to this is read and dropped, so that the connection can be used again.
constexpr std::uint32_t kMaxDiscard = 256 * 1024;
/// Reads in a row before the loop's other connections get their turn.
constexpr int kReadsPerTurn = 16;

}  // namespace

/// A bug of the application must not leave a request without an end.
template <typename Action>
void ServerConnection::call_application(Action&& action) {
    std::string what;
    try {
        std::forward<Action>(action)();
        return;
    } catch (const std::exception& caught) {
        what = caught.what();
    } catch (...) {
        what = "unknown";
    }
    telemetry::error("http", "a request's callback threw: {}", what);
    if (dead_ || exchange_ == nullptr) {
        return;
    }
    if (exchange_->started()) {
        kill();
    } else {
        refuse(500);
    }
}

ServerConnection::ServerConnection(ServerContext& context,
                                   std::unique_ptr<Transport> transport,
                                   const net::IpAddress& peer)
    : context_(context),
      transport_(std::move(transport)),
      deadline_(context.loop().now() + context.options().head_timeout),
      peer_ip_(peer.to_string()),
      trusted_peer_(is_trusted(context.options().trusted_proxies, peer)) {}

ServerConnection::~ServerConnection() = default;

void ServerConnection::on_io(net::IoEvents events) {
    if (transport_->secure()) {
        events = transport_->wakes(events);
        if (!version_known_ && !learn_version()) {
            return;
        }
    }
    hangup_ |= events.hangup;
    read_ready_ |= events.readable;
    if (events.writable) {
        flush();
    }
    advance();
}

/// False when there is nothing to do here: the handshake goes on, or another version was chosen.
bool ServerConnection::learn_version() {
    const auto outcome = transport_->handshake();
    version_known_ = outcome.status == IoOutcome::Status::kOk;
    if (version_known_ && transport_->protocol() == "h2") {
        context_.speak_http2(*this, std::move(transport_), peer_ip_);
        return false;
    }
    // Of an end inside the handshake, reading tells.
    return outcome.status != IoOutcome::Status::kWouldBlock || hangup_;
}

void ServerConnection::advance() {
    if (advancing_ || dead_) {
        return;
    }
    advancing_ = true;
    for (int reads = 0; !dead_;) {
        if (broken_ || (state_ == State::kRunning && hangup_)) {
            kill();
            break;
        }
        if (state_ == State::kLinger) {
            in_.clear();
        }
        const bool blocked =
            state_ == State::kRunning || (state_ == State::kHead && out_.size() >= kResumeBelow);
        if (blocked) {
            break;
        }
        if (!in_.empty() && state_ != State::kBody && !needs_more_) {
            take_buffered();
        } else if (!read_ready_) {
            break;
        } else if (reads++ == kReadsPerTurn) {
            context_.advance_later(*this);
            break;
        } else {
            read_some();
        }
    }
    advancing_ = false;
}

void ServerConnection::read_some() {
    const auto scratch = context_.loop().scratch();
    const auto got = transport_->read(scratch);
    if (got.status == IoOutcome::Status::kWouldBlock) {
        read_ready_ = false;
        return;
    }
    if (got.status != IoOutcome::Status::kOk) {
        read_ready_ = false;
        peer_gone(got.status);
        return;
    }
    // After a hangup no new edge announces the end: read until it shows.
    if (got.drained && !hangup_) {
        read_ready_ = false;
    }
    take(scratch.first(got.bytes));
}

/// Everything that arrived in the scratch buffer; only what cannot be used yet is kept.
void ServerConnection::take(std::span<char> bytes) {
    if (state_ == State::kHead && !in_.empty()) {
        in_.append({bytes.data(), bytes.size()});
        // A head cannot have become whole without a line end: slow bytes cost one scan each.
        needs_more_ = std::ranges::find(bytes, '\n') == bytes.end() &&
                      in_.size() <= context_.options().max_header_bytes;
        return;
    }
    while (!bytes.empty() && !dead_ && state_ != State::kLinger) {
        const auto taken = step(bytes, Source::kScratch);
        if (taken == 0) {
            break;
        }
        bytes = bytes.subspan(taken);
    }
    if (!dead_ && state_ != State::kLinger) {
        in_.append({bytes.data(), bytes.size()});
    }
}

void ServerConnection::take_buffered() {
    const auto taken = step({in_.data(), in_.size()}, Source::kBuffer);
    if (!dead_) {
        in_.drop_front(taken);
    }
}

/// Returns how many bytes were used; 0: none can be used now.
std::size_t ServerConnection::step(std::span<char> bytes, Source source) {
    switch (state_) {
        case State::kHead:
            return out_.size() >= kResumeBelow ? 0 : take_request(bytes, source);
        case State::kBody:
            return take_body(bytes);
        case State::kDiscard:
            return discard(bytes);
        case State::kRunning:
            return 0;
        case State::kLinger:
            return bytes.size();
    }
    return 0;
}

std::size_t ServerConnection::take_request(std::span<char> bytes, Source source) {
    const auto& options = context_.options();
    auto& head = context_.parsed();
    const auto status = parse_request_head({bytes.data(), bytes.size()}, head);
    const auto size = status == ParseStatus::kDone ? head.size : bytes.size();
    switch (status) {
        case ParseStatus::kBad:
            refuse(400);
            return 0;
        case ParseStatus::kBadVersion:
            refuse(505);
            return 0;
        case ParseStatus::kTooManyFields:
            refuse(431);
            return 0;
        case ParseStatus::kDone:
        case ParseStatus::kIncomplete:
            break;
    }
    if (size > options.max_header_bytes) {
        refuse(431);
        return 0;
    }
    if (status == ParseStatus::kIncomplete) {
        needs_more_ = true;
        deadline_ = std::min(deadline_, context_.loop().now() + options.head_timeout);
        return 0;
    }
    return open_request(bytes, source);
}

std::size_t ServerConnection::open_request(std::span<char> bytes, Source source) {
    const auto& head = context_.parsed();
    close_after_ |= !head.keep_alive || head.minor_version == 0;
    auto expectation = expectation_of(std::span(head.fields).first(head.field_count));
    if (expectation == Expectation::kUnknown) {
        refuse(417);
        return 0;
    }
    if (head.minor_version == 0) {
        expectation = Expectation::kNone;  // HTTP/1.0 knows no interim answers
    }
    exchange_ = context_.new_exchange();
    if (!bind_head(bytes)) {
        refuse(400);
        return 0;
    }
    HeadVerdict verdict{.proceed = false};
    auto* const exchange = exchange_.get();
    call_application([&] { verdict = context_.application().on_head(*exchange); });
    if (dead_ || exchange_ == nullptr) {
        return 0;
    }
    if (!verdict.proceed) {
        linger_ |= expectation == Expectation::kContinue;
        return refuse_head(verdict.refusal, bytes);
    }
    max_body_ = verdict.max_body;
    if (head.content_length > 0 && static_cast<std::uint64_t>(head.content_length) > max_body_) {
        refuse(413);
        return 0;
    }
    const bool invites = expectation == Expectation::kContinue && bytes.size() == head.size;
    const auto taken = take_first_body(bytes, source);
    if (invites && !dead_ && state_ == State::kBody) {
        const std::array parts{std::string_view("HTTP/1.1 100 Continue\r\n\r\n")};
        (void)send(parts);
    }
    return taken;
}

/// Points the exchange at the head that was just parsed from the start of `bytes`.
bool ServerConnection::bind_head(std::span<char> bytes) {
    const auto& head = context_.parsed();
    Forwarded forwarded;
    if (trusted_peer_) {
        auto read = read_forwarded(std::span(head.fields).first(head.field_count),
                                   context_.options().trusted_proxies);
        if (!read) {
            return false;
        }
        forwarded = std::move(*read);
    }
    exchange_->attach(*this, forwarded.client_ip.empty() ? peer_ip_ : forwarded.client_ip);
    exchange_->set_head(head, {bytes.data(), head.size}, forwarded.host);
    return true;
}

/// The body bytes that came with the head. If it is the whole body the request is served from where
/// it lies; otherwise head and body begin are kept in `in_`.
std::size_t ServerConnection::take_first_body(std::span<char> bytes, Source source) {
    const auto& head = context_.parsed();
    const auto head_size = head.size;
    const auto body = bytes.subspan(head_size);
    chunked_ = head.chunked;
    body_left_ = static_cast<std::uint64_t>(std::max<std::int64_t>(head.content_length, 0));
    decoder_ = {};
    ChunkedDecoder::Outcome outcome;
    if (chunked_) {
        outcome = decoder_.decode(body);
        if (decoder_.failed() || outcome.produced > max_body_) {
            refuse(decoder_.failed() ? 400 : 413);
            return 0;
        }
    } else {
        outcome.consumed =
            static_cast<std::size_t>(std::min<std::uint64_t>(body.size(), body_left_));
        outcome.produced = outcome.consumed;
        body_left_ -= outcome.consumed;
    }
    if (chunked_ ? decoder_.done() : body_left_ == 0) {
        deliver({body.data(), outcome.produced});
        return head_size + outcome.consumed;
    }
    exchange_->drop_views();
    state_ = State::kBody;
    head_size_ = static_cast<std::uint32_t>(head_size);
    deadline_ = context_.loop().now() + context_.options().body_idle_timeout;
    if (source == Source::kBuffer) {
        in_.truncate(head_size + outcome.produced);
        return 0;
    }
    in_.append({bytes.data(), head_size + outcome.produced});
    return bytes.size();
}

std::size_t ServerConnection::take_body(std::span<char> bytes) {
    deadline_ = context_.loop().now() + context_.options().body_idle_timeout;
    if (!chunked_) {
        const auto size =
            static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), body_left_));
        in_.append({bytes.data(), size});
        body_left_ -= size;
        if (body_left_ == 0) {
            deliver_buffered();
        }
        return size;
    }
    const auto outcome = decoder_.decode(bytes);
    if (decoder_.failed() || in_.size() - head_size_ + outcome.produced > max_body_) {
        refuse(decoder_.failed() ? 400 : 413);
        return bytes.size();
    }
    in_.append({bytes.data(), outcome.produced});
    if (decoder_.done()) {
        deliver_buffered();
    }
    return outcome.consumed;
}

void ServerConnection::deliver_buffered() {
    // The bytes moved while they were gathered; parsing again is cheaper than patching views.
    const auto status = parse_request_head(in_.view(), context_.parsed());
    GATEHOUSE_ASSERT(status == ParseStatus::kDone);
    if (!bind_head({in_.data(), in_.size()})) {
        refuse(400);
        return;
    }
    deliver(in_.view().substr(head_size_));
    if (!dead_) {
        in_.clear();
    }
}

void ServerConnection::deliver(std::string_view body) {
    state_ = State::kRunning;
    deadline_ = SteadyTime::max();
    exchange_->set_body(body);
    auto* const exchange = exchange_.get();
    call_application([&] { context_.application().on_request(*exchange); });
    if (exchange_ != nullptr) {
        exchange_->drop_views();
    }
}

/// The application's own refusal. A short body is dropped, to keep the connection.
std::size_t ServerConnection::refuse_head(const Response& refusal, std::span<char> bytes) {
    const auto& head = context_.parsed();
    const auto head_size = head.size;
    const bool has_body = head.chunked || head.content_length > 0;
    chunked_ = head.chunked;
    decoder_ = {};
    body_left_ = static_cast<std::uint64_t>(std::max<std::int64_t>(head.content_length, 0));
    linger_ = has_body && (linger_ || body_left_ > kMaxDiscard);
    close_after_ |= linger_;
    state_ = State::kRunning;
    exchange_->respond(refusal);
    if (dead_ || state_ == State::kLinger) {
        return bytes.size();
    }
    if (has_body) {
        state_ = State::kDiscard;
        discard_left_ = kMaxDiscard;
        deadline_ = context_.loop().now() + context_.options().body_idle_timeout;
    }
    return head_size;
}

std::size_t ServerConnection::discard(std::span<char> bytes) {
    deadline_ = context_.loop().now() + context_.options().body_idle_timeout;
    std::size_t used = 0;
    bool ended = false;
    if (chunked_) {
        used = decoder_.decode(bytes).consumed;
        ended = decoder_.done();
    } else {
        used = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), body_left_));
        body_left_ -= used;
        ended = body_left_ == 0;
    }
    if (decoder_.failed() || used > discard_left_) {
        linger_ = true;
        begin_close();
        return bytes.size();
    }
    discard_left_ -= static_cast<std::uint32_t>(used);
    if (ended) {
        await_request();
    }
    return used;
}

}  // namespace gatehouse::http::internal
