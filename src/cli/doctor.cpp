// SPDX-License-Identifier: Apache-2.0
#include "doctor/doctor.h"

#include <fmt/format.h>

#include <ostream>

#include "cli/internal/handlers.h"

namespace gatehouse::cli {
namespace {

Result<std::vector<net::IpAddress>> resolve(const std::string& host) {
    const bool in_brackets = host.starts_with('[') && host.ends_with(']');
    return net::resolve(in_brackets ? host.substr(1, host.size() - 2) : host);
}

std::string_view word(doctor::Outcome outcome) {
    switch (outcome) {
        case doctor::Outcome::kPass:
            return "pass";
        case doctor::Outcome::kWarn:
            return "WARN";
        case doctor::Outcome::kFail:
            return "FAIL";
    }
    return "FAIL";
}

void print(std::ostream& out, const doctor::Report& report) {
    std::size_t warnings = 0;
    std::size_t failures = 0;
    for (const doctor::Check& check : report.checks) {
        warnings += check.outcome == doctor::Outcome::kWarn ? 1U : 0U;
        failures += check.outcome == doctor::Outcome::kFail ? 1U : 0U;
        out << fmt::format("{}  {:<36} {}\n", word(check.outcome), check.name, check.text);
        if (!check.remedy.empty()) {
            out << fmt::format("      {:<36} -> {}\n", "", check.remedy);
        }
    }
    out << fmt::format("{} as {}: {} checks, {} warnings, {} failures\n", report.url, report.as,
                       report.checks.size(), warnings, failures);
}

}  // namespace

int run_doctor(const Invocation& invocation, Environment& environment) {
    const doctor::Question question{
        .url = invocation.arguments.front(),
        .as = invocation.has("as") ? invocation.get("as") : std::string("generic"),
        .token = Secret(invocation.get("token"))};
    const auto report =
        doctor::examine(question, {.client = environment.client, .resolve = resolve});
    if (!report) {
        return misused(environment, report.error().message);
    }
    if (invocation.has("json")) {
        environment.out << json::dump(report->to_json()) << "\n";
    } else {
        print(environment.out, *report);
    }
    return report->has_failed() ? kExitFailed : kExitOk;
}

}  // namespace gatehouse::cli
