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
    /// A kept-alive connection older is closed; earlier when the runtime says `Keep-Alive:
    /// timeout=`.
    std::chrono::milliseconds max_idle{30'000};
    std::size_t max_idle_connections = 256;
    std::size_t max_head_bytes = 64 * 1024;
    /// Spreads the pauses of pools that lose their replica at the same time.
    std::uint32_t jitter_seed = 0;
    /// Connections that are being opened at a time. Further calls wait for one of them, or for one
    /// that becomes free; beyond these bounds they end in kUnavailable.
    std::size_t max_connecting = 16;
    std::size_t max_waiting = 512;
    std::size_t max_waiting_bytes = std::size_t{16} * 1024 * 1024;
    std::chrono::milliseconds wait_timeout{5'000};
    /// So many failed connects in a row make the replica unavailable, for a time that doubles from
    /// the first pause to the longest; then one call tries again.
    unsigned failures_until_pause = 3;
    std::chrono::milliseconds first_pause{500};
    std::chrono::milliseconds longest_pause{10'000};
};

/// `loop` must outlive the pool; both are used on the loop's thread only. Destroying the pool ends
/// the calls in flight without telling their listeners; not from inside one of their callbacks.
[[nodiscard]] std::unique_ptr<UpstreamPool> make_upstream_pool(net::EventLoop& loop,
                                                               UpstreamTarget target,
                                                               UpstreamOptions options);

}  // namespace gatehouse::http
