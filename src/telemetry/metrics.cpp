// SPDX-License-Identifier: Apache-2.0
#include "telemetry/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gatehouse::telemetry {
namespace {

std::string_view type_name(MetricsText::Type type) {
    switch (type) {
        case MetricsText::Type::kCounter:
            return "counter";
        case MetricsText::Type::kGauge:
            return "gauge";
        case MetricsText::Type::kHistogram:
            return "histogram";
    }
    return "untyped";
}

void append_escaped(std::string& out, std::string_view value) {
    for (const char c : value) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
}

std::string number(double value) {
    constexpr double kExact = 9007199254740992.0;
    return value == std::floor(value) && std::abs(value) < kExact
               ? fmt::format("{}", static_cast<std::int64_t>(value))
               : fmt::format("{}", value);
}

}  // namespace

void Histogram::add(std::chrono::microseconds time) {
    const double seconds = static_cast<double>(time.count()) / 1e6;
    const auto bound = std::ranges::lower_bound(kBounds, seconds);
    if (bound != kBounds.end()) {
        ++buckets_[static_cast<std::size_t>(bound - kBounds.begin())];
    }
    ++count_;
    seconds_ += seconds;
}

void MetricsText::family(std::string_view name, Type type, std::string_view help) {
    family_ = name;
    text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type_name(type));
}

void MetricsText::line(std::string_view suffix,
                       Labels labels,
                       std::string_view bound,
                       double value) {
    text_.append(family_).append(suffix);
    std::string_view before = "{";
    const auto add = [&](std::string_view name, std::string_view text) {
        text_.append(before).append(name).append("=\"");
        append_escaped(text_, text);
        text_ += '"';
        before = ",";
    };
    for (const MetricLabel& label : labels) {
        add(label.name, label.value);
    }
    if (!bound.empty()) {
        add("le", bound);
    }
    if (before == ",") {
        text_ += '}';
    }
    text_.append(" ").append(number(value)).append("\n");
}

void MetricsText::sample(Labels labels, double value) {
    line("", labels, "", value);
}

void MetricsText::sample(std::initializer_list<MetricLabel> labels, const Histogram& histogram) {
    const Labels span(labels.begin(), labels.size());
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < Histogram::kBounds.size(); ++i) {
        below += histogram.buckets_[i];
        line("_bucket", span, fmt::format("{}", Histogram::kBounds[i]), static_cast<double>(below));
    }
    line("_bucket", span, "+Inf", static_cast<double>(histogram.count_));
    line("_sum", span, "", histogram.seconds_);
    line("_count", span, "", static_cast<double>(histogram.count_));
}

}  // namespace gatehouse::telemetry
