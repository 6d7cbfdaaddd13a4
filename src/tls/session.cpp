// SPDX-License-Identifier: Apache-2.0
#include "tls/session.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <system_error>
#include <utility>

#include "tls/internal/session_state.h"

namespace gatehouse::tls {
namespace {

using net::IoOutcome;

constexpr std::size_t kRecord = SSL3_RT_MAX_PLAIN_LENGTH;
/// Records without data that one read bears. Each stop comes after a whole buffer of them.
constexpr int kMaxSilentStops = 8;

/// Takes parts as records: small ones are joined, so that head and body travel in one.
class Gatherer {
  public:
    explicit Gatherer(std::span<const std::string_view> parts) : parts_(parts) { skip_empty(); }

    /// Good until the next call, for the thread.
    [[nodiscard]] std::string_view next() const {
        if (parts_.empty()) {
            return {};
        }
        const auto first = parts_.front().substr(offset_);
        if (first.size() >= kRecord || parts_.size() == 1) {
            return first.substr(0, kRecord);
        }
        thread_local std::array<char, kRecord> joined;
        std::size_t size = 0;
        std::size_t skip = offset_;
        for (const auto part : parts_) {
            const auto piece = part.substr(skip, joined.size() - size);
            if (!piece.empty()) {
                std::memcpy(joined.data() + size, piece.data(), piece.size());
            }
            size += piece.size();
            skip = 0;
        }
        return {joined.data(), size};
    }

    void drop(std::size_t count) {
        while (count > 0) {
            const auto step = std::min(count, parts_.front().size() - offset_);
            offset_ += step;
            count -= step;
            skip_empty();
        }
    }

  private:
    void skip_empty() {
        while (!parts_.empty() && offset_ == parts_.front().size()) {
            parts_ = parts_.subspan(1);
            offset_ = 0;
        }
    }

    std::span<const std::string_view> parts_;
    std::size_t offset_ = 0;
};

}  // namespace

namespace internal {

std::unique_ptr<SessionState> make_session_state(SSL_CTX* context,
                                                 int fd,
                                                 std::shared_ptr<const void> owner) {
    auto state = std::make_unique<SessionState>();
    state->owner = std::move(owner);
    state->socket.fd = fd;
    state->ssl.reset(SSL_new(context));
    BIO* const bio = state->ssl == nullptr ? nullptr : make_socket_bio(state->socket);
    if (bio == nullptr) {
        ERR_clear_error();
        return nullptr;
    }
    SSL_set_bio(state->ssl.get(), bio, bio);
    return state;
}

}  // namespace internal

Session::Session(std::unique_ptr<internal::SessionState> state) : state_(std::move(state)) {}

Session::~Session() = default;

IoOutcome Session::give_up(std::string why) {
    state_->broken = true;
    state_->failure = std::move(why);
    return {.status = IoOutcome::Status::kFailed};
}

/// What a call that did not succeed means.
IoOutcome Session::stopped(int result, Doing doing) {
    auto& state = *state_;
    switch (SSL_get_error(state.ssl.get(), result)) {
        case SSL_ERROR_WANT_READ:
            state.write_wants_read = doing == Doing::kWriting || state.write_wants_read;
            return {.status = IoOutcome::Status::kWouldBlock};
        case SSL_ERROR_WANT_WRITE:
            state.read_wants_write = doing == Doing::kReading || state.read_wants_write;
            state.record_waits = doing == Doing::kWriting || state.record_waits;
            return {.status = IoOutcome::Status::kWouldBlock};
        case SSL_ERROR_ZERO_RETURN:
            return {.status = doing == Doing::kReading ? IoOutcome::Status::kClosed
                                                       : IoOutcome::Status::kFailed};
        default:
            break;
    }
    const auto verified = SSL_get_verify_result(state.ssl.get());
    if (!established() && verified != X509_V_OK) {
        ERR_clear_error();
        return give_up(std::string("the certificate is not accepted: ") +
                       X509_verify_cert_error_string(verified));
    }
    if (state.socket.error != 0) {
        ERR_clear_error();
        return give_up(std::generic_category().message(state.socket.error));
    }
    return give_up(internal::take_reason());
}

IoOutcome Session::handshake() {
    if (state_->broken) {
        return {.status = IoOutcome::Status::kFailed};
    }
    ERR_clear_error();
    const int result = SSL_do_handshake(state_->ssl.get());
    return result == 1 ? IoOutcome{} : stopped(result, Doing::kHandshake);
}

IoOutcome Session::read(std::span<char> into) {
    auto& state = *state_;
    if (state.broken) {
        return {.status = IoOutcome::Status::kFailed};
    }
    state.read_wants_write = false;
    for (int stops = 0; stops < kMaxSilentStops; ++stops) {
        state.socket.blocked = false;
        std::size_t got = 0;
        ERR_clear_error();
        const int result = SSL_read_ex(state.ssl.get(), into.data(), into.size(), &got);
        if (result == 1) {
            const bool drained = state.socket.drained && SSL_has_pending(state.ssl.get()) == 0;
            return {.bytes = got, .drained = drained};
        }
        const auto outcome = stopped(result, Doing::kReading);
        const bool goes_on = outcome.status == IoOutcome::Status::kWouldBlock &&
                             !state.read_wants_write && !state.socket.blocked;
        if (!goes_on) {
            return outcome;
        }
    }
    return give_up("a flood of records without data");
}

IoOutcome Session::write(std::span<const std::string_view> parts) {
    auto& state = *state_;
    if (state.broken || state.close_told) {
        return {.status = IoOutcome::Status::kFailed};
    }
    state.write_wants_read = state.record_waits = false;
    Gatherer gatherer(parts);
    std::size_t total = 0;
    for (auto record = gatherer.next(); !record.empty(); record = gatherer.next()) {
        std::size_t sent = 0;
        ERR_clear_error();
        const int result = SSL_write_ex(state.ssl.get(), record.data(), record.size(), &sent);
        if (result != 1) {
            const auto outcome = stopped(result, Doing::kWriting);
            const bool later = outcome.status == IoOutcome::Status::kWouldBlock && total > 0;
            return later ? IoOutcome{.bytes = total} : outcome;
        }
        total += sent;
        gatherer.drop(sent);
    }
    return {.bytes = total};
}

void Session::close_notify() {
    auto& state = *state_;
    if (state.broken || state.close_told || state.record_waits || !established()) {
        return;
    }
    state.close_told = true;
    ERR_clear_error();
    (void)SSL_shutdown(state.ssl.get());
    ERR_clear_error();
}

net::IoEvents Session::wakes(net::IoEvents events) const {
    const bool established_now = established();
    const bool any = events.readable || events.writable;
    return {.readable = events.readable || (any && (!established_now || state_->read_wants_write)),
            .writable = events.writable || (any && (!established_now || state_->write_wants_read)),
            .hangup = events.hangup};
}

bool Session::established() const {
    return SSL_is_init_finished(state_->ssl.get()) == 1;
}

bool Session::resumed() const {
    return SSL_session_reused(state_->ssl.get()) == 1;
}

std::string_view Session::version() const {
    return SSL_get_version(state_->ssl.get());
}

std::string_view Session::protocol() const {
    const unsigned char* name = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(state_->ssl.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

const std::string& Session::failure() const {
    return state_->failure;
}

}  // namespace gatehouse::tls
