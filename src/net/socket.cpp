// SPDX-License-Identifier: Apache-2.0
#include "net/socket.h"

#include <unistd.h>

namespace gatehouse::net {

void Socket::close() {
    if (fd_ >= 0) {
        ::close(std::exchange(fd_, -1));
    }
}

}  // namespace gatehouse::net
