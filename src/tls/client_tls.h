// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tls/session.h"

namespace gatehouse::tls {

namespace internal {
struct ClientContext;
}

/// The client side of TLS: the peer's certificate must lead to the system's authorities or to one
/// of ours, and name the host that was asked for. There is no way around it. Thread-safe.
class ClientTls {
  public:
    /// `extra_authorities_pem` may be empty; kInvalid when it holds no certificate otherwise.
    [[nodiscard]] static Result<std::shared_ptr<const ClientTls>> create(
        std::string_view extra_authorities_pem);
    ClientTls(const ClientTls&) = delete;
    ClientTls& operator=(const ClientTls&) = delete;
    ClientTls(ClientTls&&) = delete;
    ClientTls& operator=(ClientTls&&) = delete;
    ~ClientTls();

    /// The client side of a connection to `host`: a name, or an address without brackets. Null
    /// without memory.
    [[nodiscard]] std::unique_ptr<Session> connect(int fd, const std::string& host) const;

  private:
    explicit ClientTls(std::shared_ptr<const internal::ClientContext> context);

    std::shared_ptr<const internal::ClientContext> context_;
};

}  // namespace gatehouse::tls
