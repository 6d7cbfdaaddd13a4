// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/control_plane.h"
#include "app/runtime_addresses.h"
#include "app/tls_files.h"
#include "config/config.h"
#include "http/dispatch.h"
#include "net/loop_threads.h"
#include "net/worker_pool.h"
#include "proxy/ended_sessions.h"
#include "proxy/proxy_application.h"
#include "telemetry/metrics.h"

namespace gatehouse::app {

/// The worker pools that both listeners share.
struct Workers {
    Workers();

    net::WorkerPool quick, slow, password;

    [[nodiscard]] http::WorkPools pools() {
        return {.quick = quick, .slow = slow, .password = password};
    }

    void stop(std::chrono::milliseconds grace);
};

/// The public listeners' loops, each with its own server, pipeline, journal and pools.
class DataPlane {
  public:
    struct Needs {
        ControlPlane& control;
        Workers& workers;
        const TlsFiles& tls;
        audit::JournalOptions journal;
        const Clock& clock;
        const std::atomic<bool>& ready;  ///< what /readyz says
    };

    /// Binds and serves. The addresses are then in `addresses`.
    [[nodiscard]] static Result<std::unique_ptr<DataPlane>> start(const config::Config& config,
                                                                  const Needs& needs);
    DataPlane(const DataPlane&) = delete;
    DataPlane& operator=(const DataPlane&) = delete;
    DataPlane(DataPlane&&) = delete;
    DataPlane& operator=(DataPlane&&) = delete;
    /// Cuts what still runs.
    ~DataPlane();

    [[nodiscard]] const std::vector<std::string>& addresses() const { return addresses_; }

    /// How each loop is, and which runtimes it leaves alone. From any thread.
    void write_metrics(telemetry::MetricsText& page) const;

    [[nodiscard]] proxy::EndedSessions& ended_sessions() { return ended_sessions_; }

    /// Resolves the catalog's runtimes again and takes over the authorities they are checked
    /// against. Blocks on the resolver.
    void refresh_addresses();
    void set_limits(const config::Limits& limits);
    /// Stops accepting, ends streams, lets calls finish for up to `grace`.
    void drain(std::chrono::milliseconds grace);
    /// Stops the loops. Worker pools must have been stopped before.
    void stop();

  private:
    struct Loop;

    DataPlane(const Needs& needs, const config::Config& config);

    [[nodiscard]] Result<void> open(const config::Config& config);
    [[nodiscard]] static std::function<void(const proxy::TurnedAway&)> turned_away_observer(
        const Needs& needs);
    [[nodiscard]] proxy::Parts parts_of(Loop& loop, net::EventLoop& events);

    Needs needs_;
    proxy::Limits limits_;
    std::vector<std::string> addresses_, listen_hosts_;
    crypto::Sealer const& session_sealer_;
    proxy::EndedSessions ended_sessions_;
    Live<RuntimeAddresses> runtimes_;
    std::unique_ptr<net::LoopThreads> threads_;
    std::vector<std::unique_ptr<Loop>> loops_;
};

/// What the configuration says of a request, in the pipeline's words.
[[nodiscard]] proxy::Limits to_proxy_limits(const config::Limits& limits);

}  // namespace gatehouse::app
