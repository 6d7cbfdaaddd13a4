// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/bio.h>

namespace gatehouse::tls::internal {

/// What a session knows of its socket.
struct SocketState {
    int fd = -1;
    int error = 0;         ///< errno of the failure that ended it
    bool drained = false;  ///< the last receive took all that was there
    bool blocked = false;  ///< the last receive found nothing
    bool ended = false;    ///< the peer closed its sending side
};

/// Unlike OpenSSL's own: no SIGPIPE, and tells what `SocketState` knows. `state` must outlive it.
[[nodiscard]] BIO* make_socket_bio(SocketState& state);

}  // namespace gatehouse::tls::internal
