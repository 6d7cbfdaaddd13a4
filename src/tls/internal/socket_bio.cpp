// SPDX-License-Identifier: Apache-2.0
#include "tls/internal/socket_bio.h"

#include <sys/socket.h>

#include <cerrno>

namespace gatehouse::tls::internal {
namespace {

SocketState& state_of(BIO* bio) {
    return *static_cast<SocketState*>(BIO_get_data(bio));
}

bool may_come_later(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

int read_socket(BIO* bio, char* into, int size) {
    auto& state = state_of(bio);
    BIO_clear_retry_flags(bio);
    const auto wanted = static_cast<std::size_t>(size);
    const auto got = ::recv(state.fd, into, wanted, 0);
    state.drained = got < 0 || static_cast<std::size_t>(got) < wanted;
    state.blocked = got < 0 && may_come_later(errno);
    state.ended = got == 0;
    if (state.blocked) {
        BIO_set_retry_read(bio);
    } else if (got < 0) {
        state.error = errno;
    }
    return static_cast<int>(got);
}

int write_socket(BIO* bio, const char* bytes, int size) {
    auto& state = state_of(bio);
    BIO_clear_retry_flags(bio);
    const auto sent = ::send(state.fd, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (sent < 0 && may_come_later(errno)) {
        BIO_set_retry_write(bio);
    } else if (sent < 0) {
        state.error = errno;
    }
    return static_cast<int>(sent);
}

long control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
    switch (command) {
        case BIO_CTRL_FLUSH:
            return 1;
        case BIO_CTRL_EOF:
            return state_of(bio).ended ? 1 : 0;
        default:
            return 0;
    }
}

const BIO_METHOD* make_method() {
    BIO_METHOD* const method =
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gatehouse socket");
    if (method != nullptr) {
        BIO_meth_set_read(method, read_socket);
        BIO_meth_set_write(method, write_socket);
        BIO_meth_set_ctrl(method, control);
    }
    return method;
}

}  // namespace

BIO* make_socket_bio(SocketState& state) {
    static const BIO_METHOD* const method = make_method();
    BIO* const bio = method == nullptr ? nullptr : BIO_new(method);
    if (bio != nullptr) {
        BIO_set_data(bio, &state);
        BIO_set_init(bio, 1);
    }
    return bio;
}

}  // namespace gatehouse::tls::internal
