// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "tls/internal/openssl.h"
#include "tls/internal/socket_bio.h"

namespace gatehouse::tls::internal {

struct SessionState {
    /// What `ssl` uses and does not hold itself; destroyed after it.
    std::shared_ptr<const void> owner;
    SocketState socket;
    SslPtr ssl;
    std::string failure;
    bool broken = false, close_told = false;
    bool read_wants_write = false, write_wants_read = false;
    bool record_waits = false;  ///< a record is encrypted and only partly sent
};

/// Null when there is no memory.
[[nodiscard]] std::unique_ptr<SessionState> make_session_state(SSL_CTX* context,
                                                               int fd,
                                                               std::shared_ptr<const void> owner);

}  // namespace gatehouse::tls::internal
