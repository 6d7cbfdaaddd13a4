// SPDX-License-Identifier: Apache-2.0
#include "app/admin_plane.h"

#include <fmt/format.h>

#include <latch>
#include <utility>

#include "admin/live_api.h"
#include "crypto/random.h"
#include "net/listener.h"

namespace gatehouse::app {
namespace {

constexpr std::uint64_t kMaxBody = 1U << 20U;

}  // namespace

class AdminPlane::Application final : public http::Application {
  public:
    Application(http::ControlDispatcher& dispatcher,
                http::PolledStreams& streams,
                std::string origin)
        : dispatcher_(dispatcher), streams_(streams), origin_(std::move(origin)) {}

    http::HeadVerdict on_head(http::Exchange&) override {
        return {.proceed = true, .max_body = kMaxBody, .refusal = {}};
    }

    void on_request(http::Exchange& exchange) override {
        http::RequestContext context{.request_id = crypto::random_token(12), .origin = origin_};
        if (exchange.head().path == admin::kLivePath && exchange.head().method == "GET") {
            streams_.begin(exchange, std::move(context));
        } else {
            dispatcher_.dispatch(exchange, std::move(context));
        }
    }

  private:
    http::ControlDispatcher& dispatcher_;
    http::PolledStreams& streams_;
    std::string origin_;
};

Result<AdminPlane::Bound> AdminPlane::bind(const std::string& host, std::uint16_t port) {
    auto sockets = net::listen_on(host, port, 1);
    if (!sockets) {
        return std::unexpected(sockets.error());
    }
    const net::Endpoint endpoint = net::local_endpoint(sockets->front());
    Bound bound{.socket = std::move(sockets->front()),
                .address = net::to_string(endpoint),
                .hosts = {net::to_string(endpoint), fmt::format("localhost:{}", endpoint.port)}};
    return bound;
}

Result<std::unique_ptr<AdminPlane>> AdminPlane::start(Bound bound,
                                                      const http::Router& routes,
                                                      http::WorkPools pools,
                                                      const Clock& clock) {
    auto threads = net::LoopThreads::start(clock, "admin", 1);
    if (!threads) {
        return std::unexpected(threads.error());
    }
    std::unique_ptr<AdminPlane> plane(new AdminPlane);
    plane->threads_ = std::move(*threads);
    Result<void> listening;
    plane->threads_->on_each([&](net::EventLoop& events, std::size_t) {
        plane->dispatcher_ = std::make_unique<http::ControlDispatcher>(events, routes, pools);
        plane->streams_ = std::make_unique<http::PolledStreams>(events, routes, pools.quick);
        plane->application_ = std::make_unique<Application>(*plane->dispatcher_, *plane->streams_,
                                                            "http://" + bound.address);
        plane->server_ = std::make_unique<http::Server>(
            events, *plane->application_, http::ServerOptions{.max_connections = 1000});
        listening = plane->server_->listen(std::move(bound.socket));
    });
    if (!listening) {
        return std::unexpected(listening.error());
    }
    return plane;
}

AdminPlane::~AdminPlane() {
    stop();
}

void AdminPlane::drain(std::chrono::milliseconds grace) {
    std::latch drained(1);
    threads_->on_each([&](net::EventLoop&, std::size_t) {
        streams_->finish();
        server_->drain(grace, [&drained] { drained.count_down(); });
    });
    drained.wait();
}

void AdminPlane::stop() {
    if (threads_ == nullptr) {
        return;
    }
    threads_->stop();
    server_.reset();
    application_.reset();
    streams_.reset();
    dispatcher_.reset();
    threads_.reset();
}

}  // namespace gatehouse::app
