// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "http/upstream.h"
#include "net/address.h"
#include "net/event_loop.h"
#include "tls/client_tls.h"

namespace gatehouse::http {

/// One replica of a runtime. The owner resolves its name (net::resolve) before,
/// off the loop; the addresses are tried in order for each new connection.
struct UpstreamTarget {
    std::vector<net::IpAddress> addresses;  ///< at least one
    std::uint16_t port = 80;
    std::shared_ptr<const tls::ClientTls> tls;  ///< null: plain HTTP
    std::string host;                           ///< with `tls`: whom the certificate must name

    [[nodiscard]] bool operator==(const UpstreamTarget&) const = default;
};

struct UpstreamOptions {
    std::chrono::milliseconds connect_timeout{5'000};  ///< over all addresses
    std::chrono::milliseconds max_idle{30'000};        ///< a kept-alive connection older is closed
    std::size_t max_idle_connections = 64;
    std::size_t max_head_bytes = 64 * 1024;
};

/// `loop` must outlive the pool; both are used on the loop's thread only. Destroying the pool ends
/// the calls in flight without telling their listeners; not from inside one of their callbacks.
[[nodiscard]] std::unique_ptr<UpstreamPool> make_upstream_pool(net::EventLoop& loop,
                                                               UpstreamTarget target,
                                                               UpstreamOptions options);

}  // namespace gatehouse::http
