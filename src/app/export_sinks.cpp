// SPDX-License-Identifier: Apache-2.0
#include "app/export_sinks.h"

#include "cli/version.h"
#include "export/file_sink.h"
#include "export/otlp_sink.h"
#include "export/webhook_sink.h"

namespace gatehouse::app {

std::vector<std::unique_ptr<exports::Sink>> make_export_sinks(const config::Config& config,
                                                              const std::string& replica,
                                                              http::Client& client,
                                                              const Clock& clock) {
    using Signal = exports::OtlpSink::Signal;
    std::vector<std::unique_ptr<exports::Sink>> sinks;
    if (const auto& file = config.exports.file) {
        sinks.push_back(std::make_unique<exports::FileSink>(exports::FileSink::Options{
            .path = file->path, .max_size = file->max_size, .keep = file->keep}));
    }
    if (const auto& webhook = config.exports.webhook) {
        sinks.push_back(std::make_unique<exports::WebhookSink>(
            exports::WebhookSink::Options{.url = webhook->url,
                                          .secret = webhook->secret,
                                          .events = webhook->events,
                                          .dead_letter = config.data_dir / "webhook-dead.jsonl"},
            client, clock));
    }
    if (const auto& otlp = config.exports.otlp) {
        const auto add = [&](Signal signal) {
            sinks.push_back(std::make_unique<exports::OtlpSink>(
                exports::OtlpSink::Options{.url = otlp->url,
                                           .headers = otlp->headers,
                                           .signal = signal,
                                           .replica = replica,
                                           .version = std::string(cli::kVersion)},
                client));
        };
        if (otlp->logs) {
            add(Signal::kLogs);
        }
        if (otlp->traces) {
            add(Signal::kTraces);
        }
    }
    return sinks;
}

}  // namespace gatehouse::app
