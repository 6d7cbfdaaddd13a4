// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "http/internal/http2_connection.h"
#include "http/internal/server_context.h"

namespace gatehouse::http {

namespace {

constexpr std::chrono::seconds kSweepEvery{1};
constexpr std::chrono::milliseconds kAcceptAgainAfter{100};
constexpr int kAcceptsPerTurn = 128;
constexpr std::size_t kMaxFreeExchanges = 256;

constexpr std::string_view kOverloaded =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
    "Connection: close\r\n\r\n";

std::unique_ptr<Transport> open_transport(net::Socket socket, const tls::ServerTls* tls) {
    if (tls == nullptr) {
        return make_plain_transport(std::move(socket));
    }
    auto session = tls->accept(socket.fd());
    return session == nullptr ? nullptr : make_tls_transport(std::move(socket), std::move(session));
}

}  // namespace

class ServerContext::Listener final : public net::IoHandler {
  public:
    Listener(ServerContext& context, net::Socket socket, std::shared_ptr<const tls::ServerTls> tls)
        : context_(context), socket_(std::move(socket)), tls_(std::move(tls)) {}

    [[nodiscard]] int fd() const { return socket_.fd(); }

    void on_io(net::IoEvents /*events*/) override {
        for (int i = 0; i < kAcceptsPerTurn; ++i) {
            sockaddr_storage peer{};
            socklen_t size = sizeof peer;
            net::Socket accepted(::accept4(socket_.fd(), reinterpret_cast<sockaddr*>(&peer), &size,
                                           SOCK_NONBLOCK | SOCK_CLOEXEC));
            if (accepted.valid()) {
                context_.accept(std::move(accepted), net::to_endpoint(peer).ip, tls_.get());
            } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
                return;
            } else if (errno != ECONNABORTED && errno != EINTR) {
                // Out of descriptors or memory: no new edge will remind us of those who wait.
                again_ = context_.loop().call_after(kAcceptAgainAfter, [this] { on_io({}); });
                return;
            }
        }
        again_ = context_.loop().call_after(std::chrono::milliseconds{0}, [this] { on_io({}); });
    }

  private:
    ServerContext& context_;
    net::Socket socket_;
    std::shared_ptr<const tls::ServerTls> tls_;
    net::Timer again_;
};

ServerContext::ServerContext(net::EventLoop& loop, Application& application, ServerOptions options)
    : loop_(loop),
      application_(application),
      options_(std::move(options)),
      turn_end_(loop, [this] { end_turn(); }) {}

ServerContext::~ServerContext() {
    while (!listeners_.empty()) {
        loop_.forget(*listeners_.back());
        listeners_.pop_back();
    }
    while (!connections_.empty()) {
        connections_.back()->kill();
    }
}

Result<void> ServerContext::listen(net::Socket socket, std::shared_ptr<const tls::ServerTls> tls) {
    auto listener = std::make_unique<Listener>(*this, std::move(socket), std::move(tls));
    if (!loop_.watch(listener->fd(), *listener)) {
        return fail(ErrorCode::kUnavailable, "the loop cannot watch a listener");
    }
    listeners_.push_back(std::move(listener));
    return {};
}

void ServerContext::accept(net::Socket socket,
                           const net::IpAddress& peer,
                           const tls::ServerTls* tls) {
    const bool is_secure = tls != nullptr && tls->enabled();
    if (full()) {
        // A handshake is the costliest thing to answer with: whoever speaks TLS is hung up on.
        if (!is_secure) {
            ::send(socket.fd(), kOverloaded.data(), kOverloaded.size(),
                   MSG_NOSIGNAL | MSG_DONTWAIT);
        }
        return;
    }
    const int one = 1;
    ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    const int fd = socket.fd();
    auto transport = open_transport(std::move(socket), is_secure ? tls : nullptr);
    if (transport == nullptr) {
        return;
    }
    auto connection =
        std::make_unique<internal::ServerConnection>(*this, std::move(transport), peer);
    if (!loop_.watch(fd, *connection)) {
        return;
    }
    adopt(std::move(connection));
}

void ServerContext::adopt(std::unique_ptr<internal::Connection> connection) {
    connection->index = connections_.size();
    connections_.push_back(std::move(connection));
    schedule_sweep();
}

void ServerContext::drain(std::chrono::milliseconds grace, std::function<void()> done) {
    draining_ = true;
    on_drained_ = std::move(done);
    for (auto& listener : listeners_) {
        loop_.forget(*listener);
        loop_.destroy_later(std::move(listener));
    }
    listeners_.clear();
    for (auto i = connections_.size(); i-- > 0;) {
        if (i < connections_.size()) {
            connections_[i]->drain();
        }
    }
    grace_timer_ = loop_.call_after(grace, [this] {
        while (!connections_.empty()) {
            connections_.back()->kill();
        }
    });
    check_drained();
}

void ServerContext::check_drained() {
    if (draining_ && connections_.empty() && on_drained_) {
        grace_timer_.cancel();
        // Posted: whoever listens may destroy the server.
        loop_.post(std::exchange(on_drained_, nullptr));
    }
}

std::string_view ServerContext::http_date() {
    if (loop_.now() >= date_good_until_ || date_.empty()) {
        const auto now = loop_.clock().now();
        date_ = internal::format_http_date(now);
        const auto second = std::chrono::floor<std::chrono::seconds>(now);
        date_good_until_ = loop_.now() + (second + std::chrono::seconds{1} - now);
    }
    return date_;
}

std::unique_ptr<internal::Http1Exchange> ServerContext::new_exchange() {
    if (free_exchanges_.empty()) {
        return std::make_unique<internal::Http1Exchange>();
    }
    auto exchange = std::move(free_exchanges_.back());
    free_exchanges_.pop_back();
    return exchange;
}

void ServerContext::retire(std::unique_ptr<internal::Http1Exchange> exchange) {
    retired_.push_back(std::move(exchange));
    turn_end_.schedule();
}

void ServerContext::advance_later(internal::Connection& connection) {
    if (!connection.queued) {
        connection.queued = true;
        waiting_.push_back(&connection);
        turn_end_.schedule();
    }
}

void ServerContext::remove(internal::Connection& connection) {
    if (connection.queued) {
        std::ranges::replace(waiting_, &connection, nullptr);
    }
    const auto index = connection.index;
    auto dead = std::move(connections_[index]);
    if (index + 1 < connections_.size()) {
        connections_[index] = std::move(connections_.back());
        connections_[index]->index = index;
    }
    connections_.pop_back();
    loop_.destroy_later(std::move(dead));
    check_drained();
}

void ServerContext::speak_http2(internal::Connection& from,
                                std::unique_ptr<Transport> transport,
                                const std::string& peer_ip) {
    const int fd = transport->fd();
    auto next = std::make_unique<internal::Http2Connection>(*this, std::move(transport), peer_ip);
    auto& connection = *next;
    if (from.queued) {
        std::ranges::replace(waiting_, &from, nullptr);
    }
    const bool watched = loop_.hand_over(fd, from, connection);
    connection.index = from.index;
    loop_.destroy_later(std::exchange(connections_[from.index],
                                      std::unique_ptr<internal::Connection>(std::move(next))));
    if (!watched) {
        connection.kill();
        return;
    }
    if (draining_) {
        connection.drain();
    }
    // What came with the end of the handshake is in the session already: no event tells of it.
    connection.on_io({.readable = true, .writable = true});
}

bool ServerContext::add_stream() {
    if (full()) {
        return false;
    }
    ++extra_streams_;
    return true;
}

void ServerContext::end_turn() {
    // What is retired while the connections go on must wait for the next turn: indexes first.
    const auto retired = retired_.size();
    const auto waiting = waiting_.size();
    for (std::size_t i = 0; i < waiting; ++i) {
        if (auto* const connection = std::exchange(waiting_[i], nullptr)) {
            connection->queued = false;
            connection->advance();
        }
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(waiting));
    for (std::size_t i = 0; i < retired; ++i) {
        if (free_exchanges_.size() < kMaxFreeExchanges) {
            retired_[i]->reset();
            free_exchanges_.push_back(std::move(retired_[i]));
        }
    }
    retired_.erase(retired_.begin(), retired_.begin() + static_cast<std::ptrdiff_t>(retired));
}

void ServerContext::schedule_sweep() {
    if (!sweep_timer_.pending()) {
        sweep_timer_ = loop_.call_after(kSweepEvery, [this] { sweep(); });
    }
}

void ServerContext::sweep() {
    const auto now = loop_.now();
    for (auto i = connections_.size(); i-- > 0;) {
        // One end may bring others, so the list may have become shorter than `i`.
        if (i < connections_.size()) {
            connections_[i]->check_deadlines(now);
        }
    }
    if (!connections_.empty()) {
        schedule_sweep();
    }
}

Server::Server(net::EventLoop& loop, Application& application, ServerOptions options)
    : context_(std::make_unique<ServerContext>(loop, application, std::move(options))) {}

Server::~Server() = default;

Result<void> Server::listen(net::Socket listener, std::shared_ptr<const tls::ServerTls> tls) {
    return context_->listen(std::move(listener), std::move(tls));
}

void Server::drain(std::chrono::milliseconds grace, std::function<void()> done) {
    context_->drain(grace, std::move(done));
}

std::size_t Server::connections() const {
    return context_->connections();
}

}  // namespace gatehouse::http
