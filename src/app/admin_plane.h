// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/dispatch.h"
#include "http/polled_streams.h"
#include "http/router.h"
#include "http/server.h"
#include "net/loop_threads.h"
#include "net/socket.h"

namespace gatehouse::app {

/// The admin listener: one loop that hands everything to the control plane.
class AdminPlane {
  public:
    struct Bound {
        net::Socket socket;
        std::string address;             ///< "127.0.0.1:9901", with the port that was chosen
        std::vector<std::string> hosts;  ///< the Host values that reach it
    };

    /// kConflict when the port is occupied.
    [[nodiscard]] static Result<Bound> bind(const std::string& host, std::uint16_t port);

    [[nodiscard]] static Result<std::unique_ptr<AdminPlane>> start(Bound bound,
                                                                   const http::Router& routes,
                                                                   http::WorkPools pools,
                                                                   const Clock& clock);
    AdminPlane(const AdminPlane&) = delete;
    AdminPlane& operator=(const AdminPlane&) = delete;
    AdminPlane(AdminPlane&&) = delete;
    AdminPlane& operator=(AdminPlane&&) = delete;
    ~AdminPlane();

    void drain(std::chrono::milliseconds grace);
    /// Worker pools must have been stopped before.
    void stop();

  private:
    class Application;

    AdminPlane() = default;

    std::unique_ptr<net::LoopThreads> threads_;
    std::unique_ptr<http::ControlDispatcher> dispatcher_;
    std::unique_ptr<http::PolledStreams> streams_;
    std::unique_ptr<Application> application_;
    std::unique_ptr<http::Server> server_;
};

}  // namespace gatehouse::app
