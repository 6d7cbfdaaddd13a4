// SPDX-License-Identifier: Apache-2.0
#include "http/internal/upstream_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/strings.h"

namespace gatehouse::http::internal {

namespace {

/// A connection that rested longer than this is looked at before it is used: servers close idle
/// connections, and the event that says so may be waiting behind the one we are in.
constexpr std::chrono::seconds kTrustedRest{1};
constexpr int kReadsPerTurn = 16;
/// Interim answers (1xx) that one call bears.
constexpr int kMaxInterims = 32;

bool is_our_shortage(int error) {
    return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS ||
           error == EADDRNOTAVAIL;
}

/// How long the connection may rest: the runtime's `Keep-Alive: timeout=`, less what its answer and
/// our next request take to travel.
std::chrono::milliseconds rest_allowed_by(const ParsedHead& head, std::chrono::milliseconds most) {
    constexpr std::string_view kTimeout = "timeout=";
    for (const auto& field : std::span(head.fields).first(head.field_count)) {
        if (field.id != HeaderId::kKeepAlive) {
            continue;
        }
        for (const auto part : split(field.value, ',')) {
            const auto option = trim(part);
            if (!iequals(option.substr(0, kTimeout.size()), kTimeout)) {
                continue;
            }
            const auto seconds = parse_uint(option.substr(kTimeout.size()));
            if (seconds && *seconds < 1'000'000) {
                const std::chrono::milliseconds told{*seconds * 1000};
                most = std::min(most, told - std::min(told / 2, std::chrono::milliseconds{1000}));
            }
        }
    }
    return most;
}

}  // namespace

UpstreamCallHandle::~UpstreamCallHandle() {
    if (auto* const connection = std::exchange(connection_, nullptr)) {
        connection->kill();
    }
}

void UpstreamCallHandle::pause() {
    if (connection_ != nullptr) {
        connection_->pause();
    }
}

void UpstreamCallHandle::resume() {
    if (connection_ != nullptr) {
        connection_->resume();
    }
}

UpstreamConnection::~UpstreamConnection() = default;

void UpstreamConnection::attach(const UpstreamRequest& request,
                                UpstreamListener& listener,
                                UpstreamCallHandle& call) {
    call_ = &call;
    call.connection_ = this;
    listener_ = &listener;
    first_byte_timeout_ = request.first_byte_timeout;
    idle_timeout_ = request.idle_timeout;
    bodiless_ = request.has_no_response_body;
    keep_alive_ = true;
    paused_ = false;
    interims_ = 0;
}

bool UpstreamConnection::is_stale() {
    const auto rest = owner_.loop().now() - idle_since_;
    if (hangup_ || rest >= max_rest_) {
        return true;
    }
    if (rest < kTrustedRest) {
        return false;
    }
    std::array<char, 1> byte{};
    return transport_->read(byte).status != IoOutcome::Status::kWouldBlock;
}

bool UpstreamConnection::reuse(const UpstreamRequest& request,
                               UpstreamListener& listener,
                               UpstreamCallHandle& call) {
    const std::array parts{request.head, request.body};
    IoOutcome sent{.status = IoOutcome::Status::kFailed};
    if (!is_stale()) {
        sent = transport_->write(parts);
    }
    if (sent.status == IoOutcome::Status::kFailed) {
        kill();
        return false;
    }
    attach(request, listener, call);
    for (auto part : parts) {
        const auto skip = std::min(sent.bytes, part.size());
        sent.bytes -= skip;
        out_.append(part.substr(skip));
    }
    begin_call();
    return true;
}

void UpstreamConnection::hold(const UpstreamRequest& request,
                              UpstreamListener& listener,
                              UpstreamCallHandle& call) {
    attach(request, listener, call);
    out_.append(request.head);
    out_.append(request.body);
    deadline_ = owner_.loop().now() + owner_.options().wait_timeout;
}

void UpstreamConnection::refuse() {
    state_ = State::kRefused;
    owner_.later(*this);
}

void UpstreamConnection::take_over(UpstreamConnection& other) {
    const std::array parts{other.out_.view()};
    const auto sent = transport_->write(parts);
    if (sent.status == IoOutcome::Status::kFailed) {
        kill();
        return;
    }
    call_ = std::exchange(other.call_, nullptr);
    call_->connection_ = this;
    listener_ = std::exchange(other.listener_, nullptr);
    first_byte_timeout_ = other.first_byte_timeout_;
    idle_timeout_ = other.idle_timeout_;
    bodiless_ = other.bodiless_;
    // A call that waited may have been paused; it is not read from before it is resumed.
    paused_ = other.paused_;
    keep_alive_ = true;
    interims_ = 0;
    out_.append(other.out_.view().substr(sent.bytes));
    begin_call();
    other.kill();
}

void UpstreamConnection::open(Breaker::Try which) {
    which_ = which;
    opening_ = true;
    deadline_ = owner_.loop().now() + owner_.options().connect_timeout;
    connect_next();
}

void UpstreamConnection::connect_next() {
    const auto& addresses = owner_.target().addresses;
    state_ = State::kConnecting;
    while (next_address_ < addresses.size()) {
        if (connect_to(addresses[next_address_++])) {
            return;  // the first writable event tells how it went
        }
    }
    // The caller may still be inside `send`, without its handle.
    state_ = State::kUnreachable;
    owner_.later(*this);
}

bool UpstreamConnection::connect_to(const net::IpAddress& ip) {
    owner_.loop().forget(*this);
    transport_.reset();
    hangup_ = read_ready_ = false;
    const auto address = net::to_socket_address({.ip = ip, .port = owner_.target().port});
    net::Socket socket(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.valid()) {
        no_descriptor_ |= is_our_shortage(errno);
        return false;
    }
    const int one = 1;
    ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (::connect(socket.fd(), address.get(), address.size) != 0 && errno != EINPROGRESS) {
        no_descriptor_ |= is_our_shortage(errno);
        return false;
    }
    const int fd = socket.fd();
    transport_ = make_transport(std::move(socket));
    return transport_ != nullptr && owner_.loop().watch(fd, *this);
}

std::unique_ptr<Transport> UpstreamConnection::make_transport(net::Socket socket) const {
    const auto& target = owner_.target();
    if (target.tls == nullptr) {
        return make_plain_transport(std::move(socket));
    }
    auto session = target.tls->connect(socket.fd(), target.host);
    return session == nullptr ? nullptr : make_tls_transport(std::move(socket), std::move(session));
}

void UpstreamConnection::finish_connect(net::IoEvents events) {
    if (!events.writable && !events.hangup) {
        return;
    }
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(transport_->fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
        connect_next();
        return;
    }
    if (transport_->secure()) {
        state_ = State::kHandshake;
    } else {
        begin_call();
    }
}

void UpstreamConnection::go_on_with_handshake() {
    const auto outcome = transport_->handshake();
    if (outcome.status == IoOutcome::Status::kOk) {
        read_ready_ = true;  // more than the handshake may have arrived
        begin_call();
    } else if (outcome.status != IoOutcome::Status::kWouldBlock) {
        owner_.handshake_failed(transport_->failure());
        connect_next();
    }
}

void UpstreamConnection::end_opening(Opening how) {
    if (std::exchange(opening_, false)) {
        owner_.opened(*this, how);
    }
}

void UpstreamConnection::begin_call() {
    end_opening(Opening::kSucceeded);
    state_ = State::kHead;
    deadline_ = owner_.loop().now() + first_byte_timeout_;
}

void UpstreamConnection::on_io(net::IoEvents events) {
    if (transport_->secure()) {
        events = transport_->wakes(events);
    }
    if (state_ == State::kConnecting) {
        finish_connect(events);
    }
    if (state_ == State::kHandshake) {
        hangup_ |= events.hangup;
        go_on_with_handshake();
    }
    if (state_ < State::kIdle) {
        return;
    }
    hangup_ |= events.hangup;
    read_ready_ |= events.readable;
    if (events.writable) {
        flush();
    }
    read_some();
}

void UpstreamConnection::go_on() {
    if (state_ == State::kRefused) {
        fail(UpstreamError::kUnavailable);
    } else if (state_ == State::kUnreachable) {
        fail(UpstreamError::kConnect);
    } else {
        read_some();
    }
}

void UpstreamConnection::flush() {
    while (!out_.empty()) {
        const std::array parts{out_.view()};
        const auto outcome = transport_->write(parts);
        if (outcome.status == IoOutcome::Status::kWouldBlock) {
            return;
        }
        if (outcome.status == IoOutcome::Status::kFailed) {
            // An answer that refuses the request may still be there to read.
            out_.clear();
            keep_alive_ = false;
            read_ready_ = true;
            return;
        }
        out_.drop_front(outcome.bytes);
    }
}

void UpstreamConnection::read_some() {
    for (int reads = 0; !dead_ && read_ready_ && !paused_; ++reads) {
        if (reads == kReadsPerTurn) {
            owner_.later(*this);
            return;
        }
        const auto scratch = owner_.loop().scratch();
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
        if (got.drained && !hangup_) {
            read_ready_ = false;
        }
        take(scratch.first(got.bytes));
    }
}

/// The answer is whole: the listener is told after its handle stopped meaning this connection.
template <typename Tell>
void UpstreamConnection::complete(Tell&& tell) {
    (void)release_call();
    std::forward<Tell>(tell)();
    if (dead_) {
        return;
    }
    if (!keep_alive_ || !out_.empty() || hangup_) {
        kill();
        return;
    }
    state_ = State::kIdle;
    deadline_ = SteadyTime::max();
    paused_ = false;
    idle_since_ = owner_.loop().now();
    owner_.give_back(*this);
}

void UpstreamConnection::take(std::span<char> bytes) {
    switch (state_) {
        case State::kHead:
            if (in_.empty()) {
                take_answer(bytes);
                return;
            }
            in_.append({bytes.data(), bytes.size()});
            if (std::ranges::find(bytes, '\n') != bytes.end() ||
                in_.size() > owner_.options().max_head_bytes) {
                take_answer({in_.data(), in_.size()});
                if (!dead_ && state_ != State::kHead) {
                    in_.clear();
                }
            }
            return;
        case State::kBody: {
            deadline_ = owner_.loop().now() + idle_timeout_;
            bool ended = false;
            if (!unframe(bytes, ended)) {
                fail(UpstreamError::kBadAnswer);
            } else if (ended) {
                complete([&, listener = listener_] {
                    listener->on_body({bytes.data(), bytes.size()}, true);
                });
            } else if (!bytes.empty()) {
                listener_->on_body({bytes.data(), bytes.size()}, false);
            }
            return;
        }
        default:
            kill();  // an idle server has nothing to say
    }
}

/// From the status line on; interim answers are skipped.
void UpstreamConnection::take_answer(std::span<char> bytes) {
    auto& head = owner_.parsed();
    for (;;) {
        const auto status = parse_response_head({bytes.data(), bytes.size()}, head);
        const auto size = status == ParseStatus::kDone ? head.size : bytes.size();
        const bool good = status == ParseStatus::kDone || status == ParseStatus::kIncomplete;
        // No protocol change was asked for, and a proxy's challenge is not for our client.
        const bool absurd = status == ParseStatus::kDone &&
                            (head.status == 101 || head.status == 407 || head.status > 599);
        if (!good || absurd || size > owner_.options().max_head_bytes || interims_ > kMaxInterims) {
            fail(UpstreamError::kBadAnswer);
            return;
        }
        if (status == ParseStatus::kIncomplete) {
            if (in_.empty()) {
                in_.append({bytes.data(), bytes.size()});
            } else {
                in_.drop_front(in_.size() - bytes.size());
            }
            return;
        }
        bytes = bytes.subspan(head.size);
        if (head.status >= 200) {
            take_head(bytes);
            return;
        }
        ++interims_;
    }
}

UpstreamConnection::Framing UpstreamConnection::framing_of(const ParsedHead& head) const {
    if (bodiless_ || head.status == 204 || head.status == 304) {
        return Framing::kNone;
    }
    if (head.chunked) {
        return Framing::kChunked;
    }
    return head.content_length >= 0 ? Framing::kLength : Framing::kUntilClose;
}

void UpstreamConnection::take_head(std::span<char> body) {
    const auto& parsed = owner_.parsed();
    framing_ = framing_of(parsed);
    left_ = static_cast<std::uint64_t>(std::max<std::int64_t>(parsed.content_length, 0));
    decoder_ = {};
    max_rest_ = rest_allowed_by(parsed, owner_.options().max_idle);
    keep_alive_ = keep_alive_ && parsed.keep_alive && framing_ != Framing::kUntilClose &&
                  max_rest_ > std::chrono::milliseconds{0};
    state_ = State::kBody;
    deadline_ = owner_.loop().now() + idle_timeout_;
    bool ended = false;
    if (!unframe(body, ended)) {
        fail(UpstreamError::kBadAnswer);
        return;
    }
    const UpstreamHead head{
        .status = parsed.status,
        .headers = std::span(parsed.fields).first(parsed.field_count),
        .content_length = framing_ == Framing::kUntilClose ? -1 : parsed.content_length};
    if (ended) {
        complete([&, listener = listener_] {
            listener->on_head(head, {body.data(), body.size()}, true);
        });
    } else {
        listener_->on_head(head, {body.data(), body.size()}, false);
    }
}

bool UpstreamConnection::unframe(std::span<char>& bytes, bool& complete) {
    const auto received = bytes.size();
    std::size_t used = received;
    switch (framing_) {
        case Framing::kUntilClose:
            return true;
        case Framing::kChunked: {
            const auto outcome = decoder_.decode(bytes);
            if (decoder_.failed()) {
                return false;
            }
            used = outcome.consumed;
            complete = decoder_.done();
            bytes = bytes.first(outcome.produced);
            break;
        }
        case Framing::kNone:
        case Framing::kLength:
            used = framing_ == Framing::kNone
                       ? 0
                       : static_cast<std::size_t>(std::min<std::uint64_t>(received, left_));
            left_ -= framing_ == Framing::kNone ? left_ : used;
            complete = left_ == 0;
            bytes = bytes.first(used);
            break;
    }
    // Bytes that nobody asked for: whose answer they would be is anybody's guess.
    keep_alive_ = keep_alive_ && used == received;
    return true;
}

void UpstreamConnection::peer_gone(IoOutcome::Status status) {
    if (state_ == State::kIdle) {
        kill();
    } else if (state_ == State::kBody && framing_ == Framing::kUntilClose &&
               status == IoOutcome::Status::kClosed) {
        complete([listener = listener_] { listener->on_body({}, true); });
    } else {
        fail(UpstreamError::kClosed);
    }
}

void UpstreamConnection::fail(UpstreamError error) {
    end_opening(no_descriptor_ ? Opening::kAbandoned : Opening::kFailed);
    auto* const listener = release_call();
    kill();
    if (listener != nullptr) {
        listener->on_error(error);
    }
}

UpstreamListener* UpstreamConnection::release_call() {
    if (auto* const call = std::exchange(call_, nullptr)) {
        call->connection_ = nullptr;
    }
    return std::exchange(listener_, nullptr);
}

void UpstreamConnection::kill() {
    if (dead_) {
        return;
    }
    dead_ = true;
    end_opening(Opening::kAbandoned);
    (void)release_call();
    owner_.loop().forget(*this);
    transport_.reset();
    owner_.remove(*this);
}

void UpstreamConnection::pause() {
    paused_ = true;
    // Silence is our own doing while we do not read.
    if (state_ >= State::kHead) {
        deadline_ = SteadyTime::max();
    }
}

void UpstreamConnection::resume() {
    if (!paused_) {
        return;
    }
    paused_ = false;
    if (state_ >= State::kHead) {
        deadline_ =
            owner_.loop().now() + (state_ == State::kHead ? first_byte_timeout_ : idle_timeout_);
    }
    if (read_ready_) {
        owner_.later(*this);  // the scratch buffer may be in use right now
    }
}

void UpstreamConnection::check_deadline(SteadyTime now) {
    if (state_ == State::kIdle) {
        if (now - idle_since_ >= max_rest_) {
            kill();
        }
    } else if (now < deadline_) {
        return;
    } else if (state_ == State::kHeld) {
        fail(UpstreamError::kUnavailable);
    } else {
        fail(state_ >= State::kHead ? UpstreamError::kTimeout : UpstreamError::kConnect);
    }
}

}  // namespace gatehouse::http::internal
