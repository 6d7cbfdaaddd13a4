// SPDX-License-Identifier: Apache-2.0
#include <mutex>
#include <utility>
#include <vector>

#include "app/control_plane.h"
#include "telemetry/log.h"

/// What the control plane does with records: keeping, signing, checking, showing.
namespace gatehouse::app {
namespace {

constexpr std::size_t kRetireAtOnce = 20'000;  // a minute's share

}  // namespace

Result<std::vector<oauth::OwnCall>> ControlPlane::own_calls(std::string_view user_id,
                                                            std::size_t most) {
    if (auto caught_up = catch_up(); !caught_up) {
        return std::unexpected(caught_up.error());
    }
    const auto records =
        stores_.records.find({.user = std::string(user_id), .kind = "call", .limit = most});
    if (!records) {
        return std::unexpected(records.error());
    }
    std::vector<oauth::OwnCall> calls;
    for (const audit::StoredRecord& record : records->records) {
        const auto* const intent = std::get_if<audit::IntentEntry>(&record.what);
        if (intent == nullptr) {
            continue;
        }
        const auto& outcome = record.outcome;
        calls.push_back({.time = intent->time,
                         .server = intent->server,
                         .client = intent->client,
                         .method = intent->method,
                         .item = intent->item,
                         .effect = intent->effect,
                         .rule = intent->rule,
                         .is_over = outcome.has_value(),
                         .failed = outcome && (outcome->http_status >= 400 || outcome->rpc_code ||
                                               outcome->is_error.value_or(false))});
    }
    return calls;
}

void ControlPlane::note_stored(const std::vector<audit::Entry>& entries) {
    call_counts_.add(entries);
    for (const audit::Entry& entry : entries) {
        if (const auto* call = std::get_if<audit::IntentEntry>(&entry)) {
            attempts_.note_call(call->connection, call->time, call->method, call->client_version);
        }
    }
}

void ControlPlane::anchor_records() {
    const std::unique_lock lock(keeping_, std::try_to_lock);
    if (lock.owns_lock()) {  // else somebody verifies, and has anchored
        anchor_now();
    }
}

void ControlPlane::anchor_now() {
    const auto made = anchors_.make();
    if (!made) {
        telemetry::warn("app", "records were not anchored: {}", describe(made.error()));
    }
}

void ControlPlane::retire_records() {
    audit::RetentionPlan plan;
    for (const catalog::Server& server : catalog_.get()->servers) {
        plan.servers.push_back({.server = server.name, .keep = server.audit_retain});
    }
    const std::unique_lock lock(keeping_, std::try_to_lock);
    if (!lock.owns_lock()) {
        return;  // somebody verifies
    }
    if (const auto gone = retention_.run(plan, kRetireAtOnce); !gone) {
        telemetry::warn("app", "old records could not be removed: {}", describe(gone.error()));
    } else if (*gone > 0) {
        telemetry::info("app", "{} old records were removed", *gone);
    }
}

Result<json::Object> ControlPlane::verify_records() {
    const std::lock_guard lock(keeping_);
    if (auto taken = catch_up(); !taken) {
        return std::unexpected(taken.error());
    }
    // What is verified now is signed from now on.
    anchor_now();
    auto own = ingester_.head();
    if (!own) {
        return std::unexpected(own.error());
    }
    auto exported = anchors_.exported();
    if (!exported) {
        return std::unexpected(exported.error());
    }
    const auto report =
        audit::Verifier(
            {.store = stores_.chains,
             .seal = chain_seal_,
             .judge = [this](const audit::StoredAnchor& anchor) { return anchors_.judge(anchor); },
             .exported = std::move(*exported),
             .own = std::move(*own)})
            .run();
    if (!report) {
        return std::unexpected(report.error());
    }
    return report->to_json();
}

}  // namespace gatehouse::app
