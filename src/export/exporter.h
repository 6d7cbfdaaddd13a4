// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "audit/export_store.h"
#include "base/clock.h"
#include "export/sink.h"
#include "telemetry/log_limit.h"
#include "telemetry/metrics.h"

namespace gatehouse::exports {

/// Follows this replica's chain of records for each sink, at least once for every record, also
/// across restarts: a position moves on when its sink is done with what lies before.
class Exporter {
  public:
    /// `store` and `clock` must outlive it.
    Exporter(audit::ExportStore& store,
             std::string replica,
             std::vector<std::unique_ptr<Sink>> sinks,
             const Clock& clock);

    [[nodiscard]] bool has_work() const { return !lanes_.empty(); }

    /// As much as each sink takes now. Blocks on peers and the store; one thread at a time, others
    /// return at once.
    void run();
    void write_metrics(telemetry::MetricsText& page) const;

  private:
    struct Lane {
        explicit Lane(std::unique_ptr<Sink> of) : sink(std::move(of)) {}

        std::unique_ptr<Sink> sink;
        bool known = false;
        std::uint64_t seq = 0;
        std::atomic<std::uint64_t> sent{0}, failures{0};
        telemetry::LogLimit trouble{std::chrono::seconds{60}};
    };

    void run_lane(Lane& lane);
    [[nodiscard]] Result<bool> step(Lane& lane);

    audit::ExportStore& store_;
    const std::string replica_;
    const Clock& clock_;
    std::vector<std::unique_ptr<Lane>> lanes_;
    std::atomic<bool> running_{false};
};

}  // namespace gatehouse::exports
