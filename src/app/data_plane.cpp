// SPDX-License-Identifier: Apache-2.0
#include "app/data_plane.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <cstring>
#include <latch>
#include <map>
#include <mutex>
#include <utility>

#include "base/strings.h"
#include "crypto/random.h"
#include "http/server.h"
#include "net/listener.h"
#include "policy/list_filter.h"
#include "telemetry/log.h"

namespace gatehouse::app {
namespace {

constexpr std::chrono::milliseconds kTick{1000};
constexpr std::size_t kMaxLoops = 30;  // ids of journal entries have room for so many

/// The processors that this process may use: of a container or under taskset fewer than there are.
std::size_t loop_count() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    const int count =
        ::sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
    return std::clamp<std::size_t>(static_cast<std::size_t>(count), 1, kMaxLoops);
}

http::ServerOptions server_options(const config::Config& config, std::size_t loops) {
    http::ServerOptions options{
        .max_header_bytes = config.limits.header_bytes,
        .max_connections = std::max<std::size_t>(config.limits.connections / loops, 1)};
    for (const std::string& text : config.trusted_proxies) {
        if (auto block = net::CidrBlock::parse(text)) {
            options.trusted_proxies.push_back(*block);
        }
    }
    return options;
}

/// What may be kept of it: the token only as a digest.
attempts::TurnedAway keep(const proxy::TurnedAway& turned, Timestamp now) {
    constexpr std::size_t kMaxText = 200;
    return {.time = now,
            .server = std::string(turned.server),
            .method = sanitize_text(turned.method, kMaxText),
            .path = sanitize_text(turned.path, kMaxText),
            .ip = std::string(turned.client_ip),
            .user_agent = sanitize_text(turned.user_agent, kMaxText),
            .reason = std::string(turned.reason),
            .token_key =
                turned.token.empty() ? std::string() : attempts::key_of("token", turned.token)};
}

/// Reads annotations as rules read them in the lists that pass by.
class HintCollector final : public policy::ListJudge {
  public:
    [[nodiscard]] bool hides(policy::ItemKind kind,
                             std::string_view name,
                             const policy::Hints& hints) override {
        if (kind == policy::ItemKind::kTool) {
            tools.insert_or_assign(std::string(name), hints);
        }
        return false;
    }

    policy::HintLibrary::Tools tools;
};

policy::HintLibrary::Tools hints_of(const runtimes::Facts& facts) {
    std::string list = R"({"result":{"tools":[)";
    for (const runtimes::Tool& tool : facts.tools) {
        list += list.ends_with('[') ? "" : ",";
        list += tool.entry;
    }
    list += "]}}";
    HintCollector collector;
    std::string unused;
    return policy::ListFilter().filter(list, collector, unused) == policy::Filtered::kUnreadable
               ? policy::HintLibrary::Tools{}
               : std::move(collector.tools);
}

Result<std::string> ask_policy_service(ControlPlane& control,
                                       const proxy::ServiceRequest& request) {
    http::ClientRequest question{
        .method = "POST", .url = request.url, .body = request.body, .timeout = request.timeout};
    question.headers.add("Content-Type", "application/json");
    question.headers.add("Accept", "application/json");
    auto answer = control.client().send(question);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    if (answer->status != 200) {
        return fail(ErrorCode::kPeer, fmt::format("it answered {}", answer->status));
    }
    return std::move(answer->body);
}

}  // namespace

Workers::Workers()
    : quick({.name = "quick", .threads = 4, .max_queue = 4096}),
      // Most of their time they wait: for others, or together for one commit.
      slow({.name = "slow", .threads = 32, .max_queue = 512}),
      password({.name = "password", .threads = 2, .max_queue = 64}) {}

void Workers::stop(std::chrono::milliseconds grace) {
    quick.stop(grace);
    slow.stop(grace);
    password.stop(grace);
}

proxy::Limits to_proxy_limits(const config::Limits& limits) {
    proxy::Limits out;
    out.request_body = limits.request_body;
    out.upstream_timeout = limits.upstream_timeout;
    out.idle_stream = limits.idle_stream;
    return out;
}

/// What one loop owns. Made, used and ticked on its thread; destroyed when the loop stands still.
struct DataPlane::Loop {
    Loop(std::size_t index, const Needs& needs, const Live<RuntimeAddresses>& addresses)
        : journal(needs.journal, static_cast<std::uint32_t>(index), needs.clock),
          runtimes(addresses) {}

    struct Pool {
        http::UpstreamTarget target;
        std::unique_ptr<http::UpstreamPool> pool;
    };

    http::UpstreamPool& pool_for(net::EventLoop& events,
                                 const catalog::Server& server,
                                 std::size_t replica);
    void tick(net::EventLoop& events);
    void note_health(SteadyTime now);

    /// What others may look at, written once a second; alone on its cache lines.
    struct alignas(64) Health {
        std::atomic<std::int64_t> lag_us{0}, worst_lag_us{0};
        std::atomic<std::uint64_t> open_calls{0};
        std::mutex mutex;                                   // guards runtimes
        std::map<std::string, bool, std::less<>> runtimes;  ///< by URL: is it available
    };

    Health health;
    SteadyTime tick_due{};
    audit::LoopJournal journal;
    LiveReader<RuntimeAddresses> runtimes;
    std::map<std::string, Pool, std::less<>> pools;
    std::vector<std::unique_ptr<http::UpstreamPool>> replaced;  // calls may still run on them
    std::unique_ptr<http::ControlDispatcher> dispatcher;
    std::unique_ptr<proxy::ProxyApplication> application;
    std::unique_ptr<http::Server> server;
    net::Timer timer;
};

http::UpstreamPool& DataPlane::Loop::pool_for(net::EventLoop& events,
                                              const catalog::Server& of,
                                              std::size_t replica) {
    const std::string& url = of.runtimes.at(replica);
    const RuntimeAddresses& addresses = runtimes.get();
    const auto known = addresses.find(url);
    const auto pool = pools.find(url);
    if (pool != pools.end() && (known == addresses.end() || known->second == pool->second.target)) {
        return *pool->second.pool;
    }
    // A reload may name a runtime a moment before its address is known: it leads nowhere until
    // then.
    http::UpstreamTarget target =
        known != addresses.end()
            ? known->second
            : http::UpstreamTarget{.addresses = {*net::IpAddress::parse("255.255.255.255")}};
    if (pool != pools.end()) {
        replaced.push_back(std::move(pool->second.pool));
        pools.erase(pool);
    }
    http::UpstreamOptions options;
    const std::string seed = crypto::random_bytes(sizeof options.jitter_seed);
    std::memcpy(&options.jitter_seed, seed.data(), seed.size());
    auto made = http::make_upstream_pool(events, target, options);
    return *pools.emplace(url, Pool{.target = std::move(target), .pool = std::move(made)})
                .first->second.pool;
}

void DataPlane::Loop::note_health(SteadyTime now) {
    if (tick_due != SteadyTime{}) {
        const auto lag =
            std::chrono::duration_cast<std::chrono::microseconds>(now - tick_due).count();
        health.lag_us.store(lag, std::memory_order_relaxed);
        health.worst_lag_us.store(std::max(lag, health.worst_lag_us.load()),
                                  std::memory_order_relaxed);
    }
    health.open_calls.store(application->open_calls(), std::memory_order_relaxed);
    const std::lock_guard lock(health.mutex);
    health.runtimes.clear();
    for (const auto& [url, pool] : pools) {
        health.runtimes[url] = pool.pool->is_available();
    }
}

void DataPlane::Loop::tick(net::EventLoop& events) {
    application->tick();
    std::erase_if(replaced, [](const auto& pool) { return pool->is_idle(); });
    const SteadyTime now = events.clock().steady_now();
    note_health(now);
    tick_due = now + kTick;
    timer = events.call_after(kTick, [this, &events] { tick(events); });
}

Result<std::unique_ptr<DataPlane>> DataPlane::start(const config::Config& config,
                                                    const Needs& needs) {
    std::unique_ptr<DataPlane> plane(new DataPlane(needs, config));
    if (auto opened = plane->open(config); !opened) {
        return std::unexpected(opened.error());
    }
    return plane;
}

DataPlane::DataPlane(const Needs& needs, const config::Config& config)
    : needs_(needs),
      limits_(to_proxy_limits(config.limits)),
      session_sealer_(needs.control.session_sealer()),
      runtimes_(std::make_shared<RuntimeAddresses>(
          resolve_runtimes(*config.catalog, {}, needs.tls.client()))) {
    needs_.control.runtimes().on_tools(
        [rules = needs_.control.rules(),
         &catalog = needs_.control.catalog()](const runtimes::Facts& facts) {
            const auto current = catalog.get();
            if (const auto* const server = current->find_server(facts.server)) {
                rules->hints.learn(facts.server, server->runtimes.front(), hints_of(facts));
            }
        });
}

DataPlane::~DataPlane() {
    stop();
}

Result<void> DataPlane::open(const config::Config& config) {
    const std::size_t count = loop_count();
    // Every address is bound before anything runs, so that an occupied port stops the start.
    std::vector<std::vector<net::Socket>> sockets(count);
    for (const config::ListenAddress& address : config.listen) {
        auto bound = net::listen_on(address.host, address.port, count);
        if (!bound) {
            return std::unexpected(bound.error());
        }
        const net::Endpoint endpoint = net::local_endpoint(bound->front());
        addresses_.push_back(net::to_string(endpoint));
        if (address.host == "::1" || address.host.starts_with("127.")) {
            listen_hosts_.push_back(net::to_string(endpoint));
            listen_hosts_.push_back(fmt::format("localhost:{}", endpoint.port));
        }
        for (std::size_t i = 0; i < count; ++i) {
            sockets[i].push_back(std::move((*bound)[i]));
        }
    }
    auto threads = net::LoopThreads::start(needs_.clock, "loop", count);
    if (!threads) {
        return std::unexpected(threads.error());
    }
    threads_ = std::move(*threads);
    Result<void> outcome;
    threads_->on_each([&](net::EventLoop& events, std::size_t index) {
        auto loop = std::make_unique<Loop>(index, needs_, runtimes_);
        loop->dispatcher = std::make_unique<http::ControlDispatcher>(
            events, needs_.control.public_routes(), needs_.workers.pools(),
            [&control = needs_.control](const http::Request& request,
                                        const http::Response& response) {
                control.attempts().note_exchange(request, response);
            });
        loop->application = std::make_unique<proxy::ProxyApplication>(parts_of(*loop, events));
        loop->server = std::make_unique<http::Server>(events, *loop->application,
                                                      server_options(config, count));
        loop->tick(events);
        for (net::Socket& socket : sockets[index]) {
            if (auto listening = loop->server->listen(std::move(socket), needs_.tls.server());
                !listening) {
                outcome = listening;
            }
        }
        loops_.push_back(std::move(loop));
    });
    return outcome;
}

/// Tells the recorder, whose lock is for workers.
std::function<void(const proxy::TurnedAway&)> DataPlane::turned_away_observer(const Needs& needs) {
    return [&workers = needs.workers, &control = needs.control,
            &clock = needs.clock](const proxy::TurnedAway& turned) {
        (void)workers.quick.submit([&control, kept = keep(turned, clock.now())] {
            control.attempts().note_turned_away(kept);
        });
    };
}

proxy::Parts DataPlane::parts_of(Loop& loop, net::EventLoop& events) {
    return {
        .catalog = needs_.control.catalog(),
        .trust = needs_.control.trust(),
        .grants = needs_.control.broker(),
        .ended_grants = needs_.control.ended_grants(),
        .journal = loop.journal,
        .sessions = session_sealer_,
        .ended_sessions = ended_sessions_,
        .budgets = needs_.control.budgets(),
        .pauses = needs_.control.pauses().live(),
        .clock = needs_.clock,
        .pool_for = [&loop, &events](const catalog::Server& server, std::size_t replica)
            -> http::UpstreamPool& { return loop.pool_for(events, server, replica); },
        .run_on_worker =
            [this](std::function<void()> work) {
                return needs_.workers.slow.submit(std::move(work));
            },
        .post = [&events](std::function<void()> task) { events.post(std::move(task)); },
        .load_user = [this](std::string_view user_id) -> std::optional<proxy::UserFacts> {
            // A client that acts for itself: nobody is behind it.
            if (user_id.starts_with(oauth::kClientSubjectPrefix)) {
                return proxy::UserFacts{
                    .name = std::string(user_id.substr(oauth::kClientSubjectPrefix.size()))};
            }
            const auto user = needs_.control.users().find(user_id);
            if (!user) {
                return std::nullopt;
            }
            return proxy::UserFacts{.name = user->name,
                                    .email = user->email_verified ? user->email : std::string(),
                                    .groups = user->groups};
        },
        .sign = [this](
                    std::string_view typ,
                    const json::Object& claims) { return needs_.control.keys().sign(typ, claims); },
        .connect_link =
            [this](std::string_view user_id, const catalog::Server& server) {
                return needs_.control.links().make(user_id, server);
            },
        .control =
            [&loop](http::Exchange& exchange, std::string_view request_id,
                    std::string_view origin) {
                loop.dispatcher->dispatch(exchange, {.request_id = std::string(request_id),
                                                     .origin = std::string(origin)});
            },
        .health = [] { return http::text_response(200, "ok"); },
        .ready =
            [this] {
                return needs_.ready.load(std::memory_order_acquire)
                           ? http::text_response(200, "ok")
                           : http::text_response(503, "not ready");
            },
        .turned_away = turned_away_observer(needs_),
        .rules = needs_.control.rules(),
        .runtimes = &needs_.control.runtimes().live(),
        .learn_tools =
            [this](std::string server, std::string message) {
                (void)needs_.workers.slow.submit(
                    [this, server = std::move(server), message = std::move(message)] {
                        needs_.control.runtimes().learn(server, message);
                    });
            },
        .tools_changed =
            [this](std::string_view server) { needs_.control.runtimes().hurry(server); },
        .services = &needs_.control.policy_services(),
        .ask_policy_service = [this](const proxy::ServiceRequest& request) -> Result<std::string> {
            return ask_policy_service(needs_.control, request);
        },
        .service_counters = needs_.control.service_counters(),
        .listen_hosts = listen_hosts_,
        .limits = limits_};
}

void DataPlane::write_metrics(telemetry::MetricsText& page) const {
    using Type = telemetry::MetricsText::Type;
    const auto each = [&](std::string_view name, std::string_view help, const auto& value) {
        page.family(name, Type::kGauge, help);
        for (std::size_t i = 0; i < loops_.size(); ++i) {
            const std::string number = std::to_string(i);
            page.sample({{"loop", number}}, value(loops_[i]->health));
        }
    };
    each("gatehouse_loop_lag_seconds", "How late the loop's last timer was.",
         [](const Loop::Health& health) {
             return static_cast<double>(health.lag_us.load(std::memory_order_relaxed)) / 1e6;
         });
    each("gatehouse_loop_worst_lag_seconds", "How late a timer of the loop was at most.",
         [](const Loop::Health& health) {
             return static_cast<double>(health.worst_lag_us.load(std::memory_order_relaxed)) / 1e6;
         });
    each("gatehouse_loop_calls", "Calls and streams that are open on the loop.",
         [](const Loop::Health& health) {
             return static_cast<double>(health.open_calls.load(std::memory_order_relaxed));
         });
    std::map<std::string, std::size_t, std::less<>> left_alone;
    for (const auto& loop : loops_) {
        const std::lock_guard lock(loop->health.mutex);
        for (const auto& [url, available] : loop->health.runtimes) {
            left_alone[url] += available ? 0U : 1U;
        }
    }
    page.family("gatehouse_runtime_breaker_open", Type::kGauge,
                "Loops that leave the runtime alone because it cannot be reached.");
    for (const auto& [url, loops] : left_alone) {
        page.sample({{"runtime", url}}, static_cast<double>(loops));
    }
}

void DataPlane::refresh_addresses() {
    auto next =
        resolve_runtimes(*needs_.control.catalog().get(), *runtimes_.get(), needs_.tls.client());
    runtimes_.set(std::make_shared<RuntimeAddresses>(std::move(next)));
}

void DataPlane::set_limits(const config::Limits& limits) {
    limits_ = to_proxy_limits(limits);
    threads_->on_each([this](net::EventLoop&, std::size_t index) {
        loops_[index]->application->set_limits(limits_);
    });
}

void DataPlane::drain(std::chrono::milliseconds grace) {
    std::latch drained(static_cast<std::ptrdiff_t>(loops_.size()));
    threads_->on_each([&](net::EventLoop&, std::size_t index) {
        loops_[index]->application->end_streams();
        loops_[index]->server->drain(grace, [&drained] { drained.count_down(); });
    });
    drained.wait();
}

void DataPlane::stop() {
    if (threads_ == nullptr) {
        return;
    }
    threads_->stop();
    for (const auto& loop : loops_) {
        loop->timer.cancel();
        loop->server.reset();
        loop->application.reset();
        loop->dispatcher.reset();
        loop->pools.clear();
        loop->replaced.clear();
    }
    loops_.clear();
    threads_.reset();
}

}  // namespace gatehouse::app
