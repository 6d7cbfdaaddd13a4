// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/http1_parser.h"
#include "http/internal/http1_exchange.h"
#include "http/internal/server_connection.h"
#include "http/server.h"
#include "net/event_loop.h"

namespace gatehouse::http {

/// What the connections of one server share: the list of them, reusable memory, limits.
class ServerContext {
  public:
    ServerContext(net::EventLoop& loop, Application& application, ServerOptions options);
    ServerContext(const ServerContext&) = delete;
    ServerContext& operator=(const ServerContext&) = delete;
    ServerContext(ServerContext&&) = delete;
    ServerContext& operator=(ServerContext&&) = delete;
    ~ServerContext();

    [[nodiscard]] Result<void> listen(net::Socket socket,
                                      std::shared_ptr<const tls::ServerTls> tls);
    void accept(net::Socket socket, const net::IpAddress& peer, const tls::ServerTls* tls);
    /// Owns it from now on, and watches over its deadlines.
    void adopt(std::unique_ptr<internal::Connection> connection);
    void drain(std::chrono::milliseconds grace, std::function<void()> done);

    [[nodiscard]] std::size_t connections() const { return connections_.size(); }

    [[nodiscard]] bool full() const {
        return connections_.size() + extra_streams_ >= options_.max_connections;
    }

    // For connections.
    [[nodiscard]] net::EventLoop& loop() { return loop_; }

    [[nodiscard]] Application& application() { return application_; }

    [[nodiscard]] const ServerOptions& options() const { return options_; }

    [[nodiscard]] bool draining() const { return draining_; }

    /// Filled by the last parse, for the time of one callback.
    [[nodiscard]] ParsedHead& parsed() { return *parsed_; }

    [[nodiscard]] std::string& head_buffer() { return head_buffer_; }

    [[nodiscard]] std::string_view http_date();
    [[nodiscard]] std::unique_ptr<internal::Http1Exchange> new_exchange();
    /// Keeps it untouched until the turn ends: its owner may still be inside one of its functions.
    void retire(std::unique_ptr<internal::Http1Exchange> exchange);
    void advance_later(internal::Connection& connection);
    void remove(internal::Connection& connection);
    /// `transport`, which was that of `from`, goes on with HTTP/2. `from` is gone.
    void speak_http2(internal::Connection& from,
                     std::unique_ptr<Transport> transport,
                     const std::string& peer_ip);
    /// Streams count as connections, but for the first of each connection. False: too many.
    [[nodiscard]] bool add_stream();

    void drop_stream() { --extra_streams_; }

  private:
    class Listener;

    void end_turn();
    void sweep();
    void schedule_sweep();
    void check_drained();

    net::EventLoop& loop_;
    Application& application_;
    const ServerOptions options_;
    std::unique_ptr<ParsedHead> parsed_ = std::make_unique<ParsedHead>();
    std::string head_buffer_, date_;
    SteadyTime date_good_until_{};
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::vector<std::unique_ptr<internal::Connection>> connections_;
    std::size_t extra_streams_ = 0;
    std::vector<std::unique_ptr<internal::Http1Exchange>> free_exchanges_, retired_;
    std::vector<internal::Connection*> waiting_;
    std::function<void()> on_drained_;
    bool draining_ = false;
    net::Timer sweep_timer_, grace_timer_;
    net::TurnEnd turn_end_;
};

}  // namespace gatehouse::http
