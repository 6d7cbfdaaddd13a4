// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "export/sink.h"
#include "http/client.h"

namespace gatehouse::exports {

/// OpenTelemetry over HTTP with JSON: each record as a log record, or each call that is over as two
/// spans: the gateway's (kind server), whose id goes to the runtime as parent where the trace began
/// here, and the runtime's part of it (kind client).
class OtlpSink final : public Sink {
  public:
    enum class Signal { kLogs, kTraces };

    struct Options {
        std::string url;  ///< without /v1/…
        std::vector<std::pair<std::string, Secret>> headers;
        Signal signal = Signal::kLogs;
        std::string replica, version;
    };

    /// It must outlive the sink.
    OtlpSink(Options options, http::Client& client)
        : options_(std::move(options)), client_(client) {}

    [[nodiscard]] std::string_view name() const override {
        return options_.signal == Signal::kLogs ? "otlp-logs" : "otlp-traces";
    }

    [[nodiscard]] Result<std::size_t> take(
        const std::vector<audit::ChainedRecord>& records) override;

  private:
    [[nodiscard]] Result<void> post(const json::Object& body) const;
    [[nodiscard]] json::Object resource() const;

    Options options_;
    http::Client& client_;
};

}  // namespace gatehouse::exports
