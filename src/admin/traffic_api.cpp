// SPDX-License-Identifier: Apache-2.0
#include "admin/traffic_api.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>

#include "admin/answers.h"
#include "admin/listing.h"
#include "admin/problem.h"
#include "base/units.h"

namespace gatehouse::admin {
namespace {

constexpr std::int64_t kSteps = 60;
constexpr std::int64_t kMostCalls = 200'000;
constexpr std::array<std::string_view, 4> kWindows{"15m", "1h", "6h", "24h"};

using Durations = std::vector<std::int64_t>;

/// The upper end of the class that this part of the calls is within; 0 without calls.
std::int64_t quantile(const Durations& durations, double part) {
    const auto total = std::accumulate(durations.begin(), durations.end(), std::int64_t{0});
    auto left = static_cast<double>(total) * part;
    for (std::size_t i = 0; total > 0 && i < durations.size(); ++i) {
        left -= static_cast<double>(durations[i]);
        if (left <= 0) {
            return kDurationEnds[std::min(i, std::size(kDurationEnds) - 1)];
        }
    }
    return 0;
}

json::Object counts_view(const TrafficBucket& bucket) {
    return {{"calls", bucket.calls},
            {"errors", bucket.errors},
            {"refused", bucket.refused},
            {"p50_ms", quantile(bucket.durations, 0.5)},
            {"p95_ms", quantile(bucket.durations, 0.95)}};
}

void add_to(TrafficBucket& total, const TrafficBucket& one) {
    total.calls += one.calls;
    total.errors += one.errors;
    total.refused += one.refused;
    total.durations.resize(std::max(total.durations.size(), one.durations.size()));
    for (std::size_t i = 0; i < one.durations.size(); ++i) {
        total.durations[i] += one.durations[i];
    }
}

http::Response show_traffic(const Dependencies& dependencies, const http::Request& request) {
    const auto query = parse_list_query(request.query);
    if (!query) {
        return problem(query.error());
    }
    const std::string wanted = query->filter("window").empty() ? "1h" : query->filter("window");
    const auto length = parse_duration(wanted);
    if (!length || std::ranges::find(kWindows, wanted) == kWindows.end()) {
        return problem(400, "Bad Request", "window must be 15m, 1h, 6h or 24h");
    }
    if (auto caught_up = dependencies.catch_up(); !caught_up) {
        return problem(caught_up.error());
    }
    const TrafficWindow window{
        .since = dependencies.clock.now() - *length, .step = *length / kSteps, .most = kMostCalls};
    const auto counted = dependencies.traffic->count(window);
    if (!counted) {
        return problem(counted.error());
    }
    TrafficBucket total;
    json::Array buckets;
    auto next = counted->begin();
    for (std::int64_t step = 0; step < kSteps; ++step) {
        TrafficBucket bucket{.step = step};
        for (; next != counted->end() && next->step <= step; ++next) {
            add_to(bucket, *next);
        }
        json::Object view = counts_view(bucket);
        view["time"] = format_time(window.since + step * window.step);
        buckets.push_back(std::move(view));
        add_to(total, bucket);
    }
    for (; next != counted->end(); ++next) {
        add_to(total, *next);
    }
    json::Object view = counts_view(total);
    view["window"] = wanted;
    view["step_s"] = std::chrono::duration_cast<std::chrono::seconds>(window.step).count();
    view["since"] = format_time(window.since);
    view["sampled"] = total.calls >= kMostCalls;
    view["buckets"] = std::move(buckets);
    return object_response(200, view);
}

}  // namespace

void add_traffic_route(http::Router& router, const Dependencies& dependencies) {
    if (dependencies.traffic == nullptr) {
        return;
    }
    router.add("GET", "/api/v1/traffic", http::WorkClass::kQuick,
               dependencies.guard.protect([&dependencies](const http::Request& request) {
                   return show_traffic(dependencies, request);
               }));
}

}  // namespace gatehouse::admin
