// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::telemetry {

/// How long something took, by upper bounds in seconds that suit calls. One thread.
class Histogram {
  public:
    static constexpr std::array<double, 12> kBounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                    0.5,   1,    2.5,   5,    10,  60};

    void add(std::chrono::microseconds time);

    [[nodiscard]] std::uint64_t count() const { return count_; }

  private:
    friend class MetricsText;

    std::array<std::uint64_t, kBounds.size()> buckets_{};  ///< without those below
    std::uint64_t count_ = 0;
    double seconds_ = 0;
};

struct MetricLabel {
    std::string_view name, value;
};

/// A page in the Prometheus text format (version 0.0.4): each family once, then its samples.
class MetricsText {
  public:
    enum class Type { kCounter, kGauge, kHistogram };

    using Labels = std::span<const MetricLabel>;

    void family(std::string_view name, Type type, std::string_view help);
    /// Of the family that was begun last.
    void sample(Labels labels, double value);

    void sample(std::initializer_list<MetricLabel> labels, double value) {
        sample(Labels(labels.begin(), labels.size()), value);
    }

    void sample(std::initializer_list<MetricLabel> labels, const Histogram& histogram);

    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    void line(std::string_view suffix, Labels labels, std::string_view bound, double value);

    std::string text_, family_;
};

}  // namespace gatehouse::telemetry
