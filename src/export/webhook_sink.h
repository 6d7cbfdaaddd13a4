// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "export/sink.h"
#include "http/client.h"

namespace gatehouse::exports {

/// Security events, posted one by one in their order, each as its record. The header
/// `X-Gatehouse-Signature: t=SECONDS,v1=HEX` holds the HMAC-SHA256 of "SECONDS.BODY"; the id in
/// `X-Gatehouse-Delivery` is the same when an event is sent again. What is refused, or fails for
/// about ten minutes, goes to the dead-letter file, and the next one has its turn.
class WebhookSink final : public Sink {
  public:
    struct Options {
        std::string url;
        Secret secret;
        std::vector<std::string> events;    ///< patterns with `*`; empty: all
        std::filesystem::path dead_letter;  ///< one JSON object a line: error, time, record
    };

    /// Both must outlive it.
    WebhookSink(Options options, http::Client& client, const Clock& clock)
        : options_(std::move(options)), client_(client), clock_(clock) {}

    [[nodiscard]] std::string_view name() const override { return "webhook"; }

    [[nodiscard]] Result<std::size_t> take(
        const std::vector<audit::ChainedRecord>& records) override;

  private:
    enum class Delivery { kDone, kRefused, kLater };

    [[nodiscard]] bool wants(const audit::StoredRecord& record) const;
    [[nodiscard]] Delivery deliver(const audit::StoredRecord& record, std::string& error);
    [[nodiscard]] Result<void> bury(const audit::StoredRecord& record, const std::string& error);

    Options options_;
    http::Client& client_;
    const Clock& clock_;
    int failed_ = 0;  ///< times that the event in front failed
    SteadyTime next_try_{};
};

/// `*` stands for any text.
[[nodiscard]] bool matches_pattern(std::string_view pattern, std::string_view text);

}  // namespace gatehouse::exports
