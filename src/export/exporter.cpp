// SPDX-License-Identifier: Apache-2.0
#include "export/exporter.h"

#include <utility>

#include "telemetry/log.h"

namespace gatehouse::exports {
namespace {

constexpr std::size_t kBatch = 200;
/// Of one sink in one run, so that the others have their turn.
constexpr int kMaxSteps = 50;

}  // namespace

Exporter::Exporter(audit::ExportStore& store,
                   std::string replica,
                   std::vector<std::unique_ptr<Sink>> sinks,
                   const Clock& clock)
    : store_(store), replica_(std::move(replica)), clock_(clock) {
    for (std::unique_ptr<Sink>& sink : sinks) {
        lanes_.push_back(std::make_unique<Lane>(std::move(sink)));
    }
}

void Exporter::run() {
    if (running_.exchange(true)) {
        return;
    }
    for (const std::unique_ptr<Lane>& lane : lanes_) {
        run_lane(*lane);
    }
    running_ = false;
}

void Exporter::run_lane(Lane& lane) {
    for (int steps = 0; steps < kMaxSteps; ++steps) {
        const auto more = step(lane);
        if (!more) {
            lane.failures.fetch_add(1, std::memory_order_relaxed);
            if (const auto left_out = lane.trouble.take(clock_.steady_now())) {
                telemetry::warn("export", "{}: {} ({} more since the last line)", lane.sink->name(),
                                describe(more.error()), *left_out);
            }
            return;
        }
        if (!*more) {
            return;
        }
    }
}

/// One batch; false when there is nothing left to do now.
Result<bool> Exporter::step(Lane& lane) {
    if (!lane.known) {
        const auto position = store_.position(lane.sink->name(), replica_);
        if (!position) {
            return std::unexpected(position.error());
        }
        lane.seq = *position;
        lane.known = true;
    }
    const auto records = store_.records_after(replica_, lane.seq, kBatch);
    if (!records) {
        return std::unexpected(records.error());
    }
    if (records->empty()) {
        return false;
    }
    const auto done = lane.sink->take(*records);
    if (!done) {
        return std::unexpected(done.error());
    }
    if (*done == 0) {
        return false;
    }
    lane.seq = (*records)[*done - 1].seq;
    lane.sent.fetch_add(*done, std::memory_order_relaxed);
    if (auto stored = store_.set_position(lane.sink->name(), replica_, lane.seq); !stored) {
        return std::unexpected(stored.error());
    }
    return *done == records->size();
}

void Exporter::write_metrics(telemetry::MetricsText& page) const {
    using Type = telemetry::MetricsText::Type;
    page.family("gatehouse_export_records_total", Type::kCounter,
                "Records that an export is done with.");
    for (const std::unique_ptr<Lane>& lane : lanes_) {
        page.sample({{"export", lane->sink->name()}}, static_cast<double>(lane->sent.load()));
    }
    page.family("gatehouse_export_failures_total", Type::kCounter,
                "Times that an export could not go on.");
    for (const std::unique_ptr<Lane>& lane : lanes_) {
        page.sample({{"export", lane->sink->name()}}, static_cast<double>(lane->failures.load()));
    }
}

}  // namespace gatehouse::exports
