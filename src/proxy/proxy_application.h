// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

#include "http/exchange.h"
#include "proxy/parts.h"

namespace gatehouse::proxy {

/// The data plane of one loop: judges every request and carries MCP calls to their runtime and
/// back. All of it runs on that loop's thread; only broker and user look-ups go to workers.
class ProxyApplication final : public http::Application {
  public:
    explicit ProxyApplication(Parts parts);
    /// Cancels what is still in flight. The exchanges must not be used through it any more.
    ~ProxyApplication() override;
    ProxyApplication(const ProxyApplication&) = delete;
    ProxyApplication& operator=(const ProxyApplication&) = delete;
    ProxyApplication(ProxyApplication&&) = delete;
    ProxyApplication& operator=(ProxyApplication&&) = delete;

    [[nodiscard]] http::HeadVerdict on_head(http::Exchange& exchange) override;
    void on_request(http::Exchange& exchange) override;

    /// To be called once a second: ends streams of revoked or expired tokens and of servers that
    /// are gone, and keeps silent ones alive.
    void tick();
    /// For shutdown: ends open streams well; calls that wait for an answer go on.
    void end_streams();
    void set_limits(const Limits& limits);
    /// Calls whose answer is not finished.
    [[nodiscard]] std::size_t open_calls() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gatehouse::proxy
