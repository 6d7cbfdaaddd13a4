// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "audit/call_journal.h"
#include "audit/codec.h"
#include "audit/event_log.h"
#include "audit/segment.h"
#include "base/clock.h"
#include "telemetry/log_limit.h"

namespace gatehouse::audit {

/// Names of segment files in order: "<writer>-<milliseconds of start>-<sequence>.seg".
struct JournalOptions {
    std::filesystem::path directory;
    std::size_t segment_size = SegmentWriter::kDefaultSize;
};

/// Appends entries to one writer's segments, starting the next one when full. One thread.
class JournalWriter {
  public:
    JournalWriter(const JournalOptions& options,
                  std::string name,
                  std::uint32_t number,
                  const Clock& clock);

    /// Grows strictly; unique among the writers of a process; sorts by time.
    [[nodiscard]] std::uint64_t next_id();
    /// kUnavailable when no segment can be made; the next append tries again.
    [[nodiscard]] Result<void> append(std::string_view payload);

  private:
    [[nodiscard]] Result<void> start_segment();

    JournalOptions options_;
    std::string prefix_;
    std::uint64_t number_;
    const Clock& clock_;
    std::uint64_t last_id_ = 0;
    std::uint32_t sequence_ = 0;
    std::optional<SegmentWriter> segment_;
    telemetry::LogLimit trouble_{
        std::chrono::seconds{10}};  ///< every call meets the same full disk
};

/// A loop's journal of calls over one writer.
class LoopJournal final : public CallJournal {
  public:
    /// `number`: 0 to 30, distinct for each loop of a process.
    LoopJournal(const JournalOptions& options, std::uint32_t number, const Clock& clock);

    Result<std::uint64_t> intent(const CallIntent& intent) override;
    Result<void> outcome(std::uint64_t call, const CallOutcome& outcome) override;

  private:
    JournalWriter writer_;
    EntryBuffer buffer_;
};

/// The control plane's journal of events. Thread-safe.
class JournalEventLog final : public EventLog {
  public:
    JournalEventLog(const JournalOptions& options, const Clock& clock);

    Result<void> record(const Event& event) override;

  private:
    const Clock& clock_;
    std::mutex mutex_;  // guards writer_ and buffer_
    JournalWriter writer_;
    EntryBuffer buffer_;
};

/// Makes the directory (0700). kUnavailable with the path when it cannot.
[[nodiscard]] Result<void> prepare_journal(const JournalOptions& options);

}  // namespace gatehouse::audit
