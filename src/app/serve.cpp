// SPDX-License-Identifier: Apache-2.0
#include "app/serve.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <ostream>
#include <utility>

#include "admin/definitions.h"
#include "app/admin_plane.h"
#include "app/control_plane.h"
#include "app/data_dir.h"
#include "app/data_plane.h"
#include "app/export_sinks.h"
#include "app/file_watch.h"
#include "app/self_check.h"
#include "app/shared_sessions.h"
#include "app/store_clock.h"
#include "app/tls_files.h"
#include "base/strings.h"
#include "config/policy_services.h"
#include "export/exporter.h"
#include "telemetry/log.h"

namespace gatehouse::app {
namespace {

constexpr int kExitOk = 0;
constexpr int kExitFailed = 1;
constexpr int kExitConfiguration = 2;

constexpr std::chrono::milliseconds kIngestEvery{200};
constexpr std::chrono::seconds kRefreshEvery{1};
constexpr std::chrono::seconds kTidyEvery{60};
constexpr std::chrono::seconds kResolveEvery{30};
constexpr std::chrono::minutes kAnchorEvery{5};
constexpr std::chrono::seconds kExportEvery{1};

sigset_t our_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    return signals;
}

/// The next signal, or 0 after `wait`.
int wait_for_signal(std::chrono::milliseconds wait) {
    const sigset_t signals = our_signals();
    const timespec limit{.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds(wait).count()};
    const int signal = ::sigtimedwait(&signals, nullptr, &limit);
    return signal > 0 ? signal : 0;
}

/// Records may reach the store a little later: calls come first where both want the processor. A
/// third of an even share keeps up with any load.
void yield_to_loops() {
    constexpr int kNicer = 5;
    if (::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNicer) != 0) {
        telemetry::debug("app", "records are taken over with the priority of calls");
    }
}

/// True each time at least `every` has passed.
class Periodic {
  public:
    Periodic(std::chrono::milliseconds every, SteadyTime now) : every_(every), next_(now + every) {}

    bool due(SteadyTime now) {
        if (now < next_) {
            return false;
        }
        next_ = now + every_;
        return true;
    }

  private:
    std::chrono::milliseconds every_;
    SteadyTime next_;
};

/// A running gateway: what was built, in the order it was built.
class Gateway {
  public:
    Gateway(config::Config config, const config::Environment& environment, const Clock& clock)
        : config_(std::move(config)),
          environment_(environment),
          clock_(clock),
          tls_(clock_),
          definitions_(environment, clock_) {}

    [[nodiscard]] Result<void> start();
    void announce(std::ostream& out) const;
    void run();
    void shut_down();

  private:
    void take_leave();
    [[nodiscard]] Result<std::vector<Secret>> master_keys(const config::Config& config) const;
    [[nodiscard]] Result<void> rotate_master_keys(const config::Config& next);
    [[nodiscard]] Result<std::unique_ptr<storage::Database>> open_store();
    [[nodiscard]] Result<void> start_control(AdminPlane::Bound& admin);
    [[nodiscard]] Result<void> open_definitions(const std::vector<Secret>& keys);
    [[nodiscard]] Result<std::shared_ptr<const catalog::Catalog>> whole_catalog(
        const std::string& text);
    void reload();
    [[nodiscard]] std::optional<std::string> adopt_file();
    void tend_runtimes();
    void reject_reload(const std::string& why);
    void record_event(audit::Event event);

    config::Config config_;
    const config::Environment& environment_;
    StoreClock clock_;
    TlsFiles tls_;
    admin::Definitions definitions_;
    std::optional<DataDir> data_dir_;
    std::atomic<bool> ready_{false};
    std::unique_ptr<ControlPlane> control_;
    std::unique_ptr<Workers> workers_;
    std::unique_ptr<DataPlane> data_;
    std::optional<SharedSessions> sessions_;
    std::unique_ptr<AdminPlane> admin_;
    std::unique_ptr<exports::Exporter> exporter_;
    std::string admin_address_;
    std::uint64_t generation_ = 1;
};

Result<std::vector<Secret>> Gateway::master_keys(const config::Config& config) const {
    if (!config.master_keys.empty()) {
        return config.master_keys;
    }
    auto key = data_dir_->master_key();
    if (!key) {
        return std::unexpected(key.error());
    }
    return std::vector<Secret>{std::move(*key)};
}

/// Opens the store and takes over its time.
Result<std::unique_ptr<storage::Database>> Gateway::open_store() {
    auto database = config_.postgresql.empty() ? storage::open_sqlite(config_.database.string())
                                               : storage::open_postgres(config_.postgresql);
    if (!database) {
        return database;
    }
    clock_.follow(**database);
    return database;
}

Result<void> Gateway::start_control(AdminPlane::Bound& admin) {
    auto keys = master_keys(config_);
    if (!keys) {
        return std::unexpected(keys.error());
    }
    auto token = data_dir_->admin_token();
    if (!token) {
        return std::unexpected(token.error());
    }
    auto database = open_store();
    if (!database) {
        return std::unexpected(database.error());
    }
    auto replica = data_dir_->replica_id();
    if (!replica) {
        return std::unexpected(replica.error());
    }
    auto leases = budget::LeaseFile::open(config_.data_dir / "budgets");
    if (!leases) {
        return std::unexpected(leases.error());
    }
    auto client_urls = http::AddressRule::public_and(config_.outbound.allow_private);
    if (!client_urls) {
        return std::unexpected(client_urls.error());
    }
    auto control = ControlPlane::start(
        {.catalog = config_.catalog,
         .database = std::move(*database),
         .master_keys = *keys,
         .journal = {.directory = config_.data_dir / "journal",
                     .on_failure = config_.audit.continue_on_failure ? audit::OnFailure::kContinue
                                                                     : audit::OnFailure::kRefuse,
                     .max_bytes = config_.audit.journal_limit},
         .replica = *replica,
         .anchors_file = config_.data_dir / "anchors.jsonl",
         .client = http::make_curl_client(config_.outbound.ca_certificates),
         .client_urls = std::make_shared<const http::AddressRule>(*std::move(client_urls)),
         .clock = clock_,
         .admin_token = std::move(*token),
         .admin_hosts = admin.hosts,
         .leases = std::move(*leases),
         .new_admin_token = [this] { return data_dir_->rotate_admin_token(); },
         .definitions = definitions_});
    if (!control) {
        if (control.error().code == ErrorCode::kCorrupt) {
            return fail(ErrorCode::kCorrupt, "the master key does not fit this store",
                        describe(control.error()));
        }
        return std::unexpected(control.error());
    }
    control_ = std::move(*control);
    exporter_ = std::make_unique<exports::Exporter>(
        control_->export_store(), *replica,
        make_export_sinks(config_, *replica, control_->client(), clock_), clock_);
    control_->add_metrics([this](telemetry::MetricsText& page) { exporter_->write_metrics(page); });
    return open_definitions(*keys);
}

/// Of the file and of what was made through the admin API.
Result<std::shared_ptr<const catalog::Catalog>> Gateway::whole_catalog(const std::string& text) {
    if (definitions_.list().empty()) {
        return config_.catalog;
    }
    // What no longer fits the file is no reason to serve without it: it may be a rule that denies.
    const auto loaded = definitions_.check(text);
    if (!loaded) {
        std::string why;
        for (const config::Problem& problem : loaded.error()) {
            why += "\n" + config::describe(problem);
        }
        return fail(ErrorCode::kInvalid,
                    "what was made through the admin API does not fit the configuration file; "
                    "change the file back, or define the same name there:" +
                        why);
    }
    definitions_.note(*loaded);
    return loaded->catalog;
}

Result<void> Gateway::open_definitions(const std::vector<Secret>& keys) {
    const auto text = environment_.read_file(config_.file);
    if (!text) {
        return std::unexpected(text.error());
    }
    if (auto opened =
            definitions_.open(control_->definition_store(),
                              control_->make_sealer(keys, "definitions"), config_.file, *text);
        !opened) {
        return opened;
    }
    auto catalog = whole_catalog(*text);
    if (!catalog) {
        return std::unexpected(catalog.error());
    }
    control_->take_catalog(*std::move(catalog));
    auto services = config::load_policy_services(config_.file, environment_);
    if (!services) {
        return std::unexpected(services.error());
    }
    control_->policy_services().set(
        std::make_shared<const catalog::PolicyServices>(*std::move(services)));
    return {};
}

Result<void> Gateway::start() {
    if (auto applied = tls_.apply(config_, environment_); !applied) {
        return applied;
    }
    auto data_dir = DataDir::open(config_.data_dir);
    if (!data_dir) {
        return std::unexpected(data_dir.error());
    }
    data_dir_.emplace(std::move(*data_dir));
    auto admin = AdminPlane::bind(config_.admin.listen.host, config_.admin.listen.port);
    if (!admin) {
        return std::unexpected(admin.error());
    }
    if (auto started = start_control(*admin); !started) {
        return started;
    }
    workers_ = std::make_unique<Workers>();
    auto data = DataPlane::start(config_, {.control = *control_,
                                           .workers = *workers_,
                                           .tls = tls_,
                                           .journal = control_->journal(),
                                           .clock = clock_,
                                           .ready = ready_});
    if (!data) {
        return std::unexpected(data.error());
    }
    data_ = std::move(*data);
    data_->refresh_addresses();
    definitions_.publish_to([this](std::shared_ptr<const catalog::Catalog> catalog) {
        control_->take_catalog(std::move(catalog));
        data_->refresh_addresses();
    });
    control_->add_metrics(
        [data = data_.get()](telemetry::MetricsText& page) { data->write_metrics(page); });
    sessions_.emplace(data_->ended_sessions(), control_->store(), clock_);
    sessions_->read();
    admin_address_ = admin->address;
    if (auto written = data_dir_->write_admin_address(admin_address_); !written) {
        return written;
    }
    auto plane =
        AdminPlane::start(std::move(*admin), control_->admin_routes(), workers_->pools(), clock_);
    if (!plane) {
        return std::unexpected(plane.error());
    }
    admin_ = std::move(*plane);
    ready_ = control_->ready();
    tend_runtimes();
    (void)workers_->slow.submit(
        [this] { check_public_url(*control_->catalog().get(), control_->client()); });
    return {};
}

void Gateway::announce(std::ostream& out) const {
    for (const std::string& address : data_->addresses()) {
        out << fmt::format("gatehouse: listening on {}://{}\n",
                           tls_.server()->enabled() ? "https" : "http", address);
    }
    out << fmt::format("gatehouse: admin on http://{}\n", admin_address_);
    for (const catalog::Server& server : config_.catalog->servers) {
        out << fmt::format("gatehouse: server {} at {}\n", server.name, server.mcp_url);
    }
    out.flush();
}

void Gateway::tend_runtimes() {
    control_->runtimes().tend(
        [this](std::function<void()> work) { return workers_->slow.submit(std::move(work)); });
}

void Gateway::run() {
    yield_to_loops();
    const SteadyTime start = clock_.steady_now();
    Periodic refresh(kRefreshEvery, start);
    Periodic tidy(kTidyEvery, start);
    Periodic resolve(kResolveEvery, start);
    Periodic anchor(kAnchorEvery, start);
    Periodic exporting(kExportEvery, start);
    control_->anchor_records();
    FileWatch watch(config_.file);
    for (;;) {
        const int signal = wait_for_signal(kIngestEvery);
        if (signal == SIGINT || signal == SIGTERM) {
            telemetry::info("app", "stopping");
            take_leave();
            return;
        }
        if (auto taken = control_->catch_up_some(); !taken) {
            telemetry::warn("app", "audit records wait in the journal: {}",
                            describe(taken.error()));
        }
        const SteadyTime now = clock_.steady_now();
        bool changed = signal == SIGHUP;
        sessions_->hand_over();
        const bool announced = control_->store().take_announcements();
        if (refresh.due(now) || announced) {
            clock_.follow(control_->store());
            control_->refresh_trust();
            sessions_->read();
            control_->tend_budgets();
            if (auto refreshed = definitions_.refresh(); !refreshed) {
                telemetry::warn("app", "the configuration of the store was not taken over: {}",
                                describe(refreshed.error()));
            }
            tend_runtimes();
            ready_ = control_->ready();
            changed = watch.changed() || changed;
            changed = tls_.changed() || changed;
        }
        if (changed) {
            reload();
        }
        if (tidy.due(now)) {
            control_->tidy();
            control_->retire_records();
        }
        if (anchor.due(now)) {
            control_->anchor_records();
        }
        if (exporting.due(now) && exporter_->has_work()) {
            (void)workers_->slow.submit([this] { exporter_->run(); });
            sessions_->tidy();
        }
        if (resolve.due(now)) {
            data_->refresh_addresses();
        }
    }
}

void Gateway::record_event(audit::Event event) {
    if (auto recorded = control_->events().record(event); !recorded) {
        telemetry::warn("app", "{} was not recorded: {}", event.name, describe(recorded.error()));
    }
}

void Gateway::reject_reload(const std::string& why) {
    telemetry::error("app", "the configuration was not reloaded: {}", why);
    control_->set_config_state({.generation = generation_, .error = why});
    record_event({.name = "config.rejected", .detail = {{"error", why}}});
}

Result<void> Gateway::rotate_master_keys(const config::Config& next) {
    const auto same = [](const Secret& one, const Secret& other) {
        return constant_time_equal(one.reveal(), other.reveal());
    };
    if (std::ranges::equal(config_.master_keys, next.master_keys, same)) {
        return {};
    }
    auto keys = master_keys(next);
    if (!keys) {
        return std::unexpected(keys.error());
    }
    auto rotated = control_->rotate_master_keys(*keys);
    return rotated ? definitions_.reseal() : rotated;
}

void Gateway::reload() {
    definitions_.reload([this] { return adopt_file(); });
}

std::optional<std::string> Gateway::adopt_file() {
    const auto text = environment_.read_file(config_.file);
    if (!text) {
        reject_reload(describe(text.error()));
        return std::nullopt;
    }
    auto loaded = definitions_.check(*text);
    if (!loaded) {
        std::string why;
        for (const config::Problem& problem : loaded.error()) {
            why += (why.empty() ? "" : "\n") + config::describe(problem);
        }
        reject_reload(why);
        return std::nullopt;
    }
    if (const auto fixed = config::non_reloadable_changes(config_, *loaded); !fixed.empty()) {
        std::string keys;
        for (const std::string& key : fixed) {
            keys += (keys.empty() ? "" : ", ") + key;
        }
        reject_reload("a restart is needed to change " + keys);
        return std::nullopt;
    }
    if (auto rotated = rotate_master_keys(*loaded); !rotated) {
        reject_reload(describe(rotated.error()));
        return std::nullopt;
    }
    if (auto applied = tls_.apply(*loaded, environment_); !applied) {
        reject_reload(describe(applied.error()));
        return std::nullopt;
    }
    if (auto token = data_dir_->admin_token()) {
        control_->set_admin_token(*std::move(token));
    }
    auto services = config::load_policy_services(config_.file, environment_);
    if (!services) {
        reject_reload(describe(services.error()));
        return std::nullopt;
    }
    config_ = std::move(*loaded);
    definitions_.note(config_);
    control_->policy_services().set(
        std::make_shared<const catalog::PolicyServices>(*std::move(services)));
    control_->take_catalog(config_.catalog);
    data_->refresh_addresses();
    data_->set_limits(config_.limits);
    ++generation_;
    control_->set_config_state({.generation = generation_, .error = {}});
    telemetry::info("app", "configuration reloaded, generation {}", generation_);
    json::Object detail{{"generation", static_cast<std::int64_t>(generation_)}};
    for (const auto& [key, value] : tls_.changes()) {
        detail[key] = value;
    }
    record_event({.name = "config.reloaded", .detail = std::move(detail)});
    return *text;
}

/// Says that it goes, and goes on, so that balancers send nothing more before it stops listening.
void Gateway::take_leave() {
    ready_ = false;
    Periodic leaving(config_.shutdown_delay, clock_.steady_now());
    while (config_.shutdown_delay.count() > 0 && !leaving.due(clock_.steady_now())) {
        const int signal = wait_for_signal(kIngestEvery);
        if (signal == SIGINT || signal == SIGTERM) {
            return;  // whoever says it twice does not want to wait
        }
        (void)control_->catch_up_some();
    }
}

void Gateway::shut_down() {
    ready_ = false;
    if (data_ != nullptr) {
        data_->drain(config_.shutdown_grace);
    }
    if (admin_ != nullptr) {
        admin_->drain(std::chrono::seconds(1));
    }
    if (workers_ != nullptr) {
        workers_->stop(std::chrono::seconds(5));
    }
    if (data_ != nullptr) {
        data_->stop();
    }
    if (admin_ != nullptr) {
        admin_->stop();
    }
    if (control_ != nullptr) {
        if (sessions_) {
            sessions_->hand_over();
        }
        control_->close_budgets();
        if (auto taken = control_->catch_up(); !taken) {
            telemetry::warn("app", "audit records wait in the journal: {}",
                            describe(taken.error()));
        } else {
            control_->anchor_records();
        }
        if (exporter_ != nullptr && exporter_->has_work()) {
            exporter_->run();
        }
    }
}

}  // namespace

void block_signals() {
    const sigset_t signals = our_signals();
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    struct sigaction ignore{};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, nullptr);
}

int serve(const std::filesystem::path& file,
          const config::Environment& environment,
          const Clock& clock,
          std::ostream& out,
          std::ostream& err) {
    auto loaded = config::load(file, environment);
    if (!loaded) {
        for (const config::Problem& problem : loaded.error()) {
            err << config::describe(problem) << '\n';
        }
        return kExitConfiguration;
    }
    Gateway gateway(std::move(*loaded), environment, clock);
    if (auto started = gateway.start(); !started) {
        err << "gatehouse: " << describe(started.error()) << '\n';
        gateway.shut_down();
        const bool is_configuration = started.error().code == ErrorCode::kCorrupt ||
                                      started.error().code == ErrorCode::kInvalid;
        return is_configuration ? kExitConfiguration : kExitFailed;
    }
    gateway.announce(out);
    gateway.run();
    gateway.shut_down();
    return kExitOk;
}

}  // namespace gatehouse::app
