// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <string>
#include <utility>

#include "admin/budgets_api.h"
#include "app/control_plane.h"
#include "app/views.h"
#include "cli/version.h"

/// What /metrics says of everything that is not on a loop.
namespace gatehouse::app {
namespace {

using telemetry::MetricsText;
using Type = MetricsText::Type;

double number_of(const json::Object& object, std::string_view name) {
    const json::Value* value = object.if_contains(name);
    return value != nullptr && value->is_number() ? value->to_number<double>() : 0;
}

/// The fullest count of a budget, as a share of what it allows.
double fullest(const json::Object& budget) {
    const double used = number_of(budget, "used");
    const double limit = used + number_of(budget, "remaining");
    return limit > 0 ? used / limit : 0;
}

}  // namespace

void ControlPlane::write_journal_metrics(MetricsText& page) {
    const audit::Ingester::Lag lag = ingester_.lag();
    page.family("gatehouse_journal_lag_bytes", Type::kGauge, "Recorded, and not yet in the store.");
    page.sample({}, static_cast<double>(lag.bytes));
    page.family("gatehouse_journal_segments", Type::kGauge, "Files of the journal.");
    page.sample({}, static_cast<double>(lag.segments));
    page.family("gatehouse_journal_disk_bytes", Type::kGauge, "What the journal takes on disk.");
    page.sample({}, static_cast<double>(audit::journal_bytes(journal_.directory)));
    page.family("gatehouse_journal_limit_bytes", Type::kGauge, "audit.journal_limit.");
    page.sample({}, static_cast<double>(journal_.max_bytes));
    page.family("gatehouse_journal_failures_total", Type::kCounter,
                "Entries that could not be written to the journal.");
    page.sample({}, static_cast<double>(journal_.health->failures.load()));
    page.family("gatehouse_unrecorded_total", Type::kCounter,
                "Entries that are missing in the records because audit.on_failure is continue.");
    page.sample({}, static_cast<double>(journal_.health->unrecorded.load()));
}

void ControlPlane::write_store_metrics(MetricsText& page) {
    page.family("gatehouse_store_up", Type::kGauge, "1 while the store answers.");
    page.sample({}, database_->is_usable() ? 1 : 0);
    std::map<std::pair<std::string, std::string>, double> grants;
    for (const json::Object& grant :
         grant_views(downstream_.connector()).value_or(std::vector<json::Object>{})) {
        grants[{json::get_string(grant, "server").value_or(""),
                json::get_string(grant, "state").value_or("")}] += 1;
    }
    page.family("gatehouse_grants", Type::kGauge, "Downstream grants of people, by state.");
    for (const auto& [key, count] : grants) {
        page.sample({{"server", key.first}, {"state", key.second}}, count);
    }
    page.family("gatehouse_budget_use_ratio", Type::kGauge,
                "Of each budget the count that is nearest to its limit, as a share of it.");
    for (const json::Object& budget :
         admin::budget_views(admin_).value_or(std::vector<json::Object>{})) {
        page.sample({{"budget", json::get_string(budget, "id").value_or("")}}, fullest(budget));
    }
}

std::string ControlPlane::metrics() {
    MetricsText page;
    page.family("gatehouse_build_info", Type::kGauge, "Which version this is; always 1.");
    page.sample({{"version", cli::kVersion}}, 1);
    page.family("gatehouse_start_time_seconds", Type::kGauge, "When the process began.");
    page.sample({}, static_cast<double>(to_unix_seconds(started_at_)));
    const auto config = config_state_.get();
    page.family("gatehouse_config_generation", Type::kGauge, "Grows with each reload.");
    page.sample({}, static_cast<double>(config->generation));
    page.family("gatehouse_config_rejected", Type::kGauge,
                "1 while the file on disk is not what runs, because it is wrong.");
    page.sample({}, config->error.empty() ? 0 : 1);
    page.family("gatehouse_servers", Type::kGauge, "Attached servers.");
    page.sample({}, static_cast<double>(catalog_.get()->servers.size()));
    call_counts_.write(page);
    write_journal_metrics(page);
    write_store_metrics(page);
    for (const auto& writer : metrics_writers_) {
        writer(page);
    }
    return page.text();
}

}  // namespace gatehouse::app
