// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "http/exchange.h"
#include "net/address.h"
#include "net/event_loop.h"
#include "net/socket.h"
#include "tls/server_tls.h"

namespace gatehouse::http {

class ServerContext;

struct ServerOptions {
    std::size_t max_header_bytes = 32 * 1024;  ///< above it: 431
    std::size_t max_connections = 10'000;      ///< of this loop; above it: 503
    std::chrono::milliseconds head_timeout{15'000};
    std::chrono::milliseconds body_idle_timeout{30'000};
    std::chrono::milliseconds keep_alive_timeout{75'000};
    /// A peer that takes no byte of what is buffered for it is dropped.
    std::chrono::milliseconds write_timeout{60'000};
    /// Peers whose X-Forwarded-For and X-Forwarded-Host count.
    std::vector<net::CidrBlock> trusted_proxies;
};

/// The HTTP server of one loop. Everything, construction and destruction too, happens on the loop's
/// thread or while the loop does not run. `loop` and `application` must outlive it.
class Server {
  public:
    Server(net::EventLoop& loop, Application& application, ServerOptions options);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    Server(Server&&) = delete;
    Server& operator=(Server&&) = delete;
    /// Cuts what is still open; open exchanges hear on_closed.
    ~Server();

    /// Accepts from `listener` (net::listen_on) from now on. kUnavailable when the loop cannot
    /// watch it. With `tls` connections are encrypted from the moment on at which it has a
    /// certificate.
    [[nodiscard]] Result<void> listen(net::Socket listener,
                                      std::shared_ptr<const tls::ServerTls> tls = nullptr);

    /// Stops accepting, closes what is idle, lets what runs finish with `Connection: close`, and
    /// cuts the rest after `grace`. `done` runs once, on the loop, when no connection is left.
    void drain(std::chrono::milliseconds grace, std::function<void()> done);

    [[nodiscard]] std::size_t connections() const;

  private:
    std::unique_ptr<ServerContext> context_;
};

}  // namespace gatehouse::http
