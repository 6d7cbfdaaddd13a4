// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
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

/// What becomes of calls and events that cannot be recorded (`audit.on_failure`).
enum class OnFailure {
    kRefuse,    ///< they do not happen
    kContinue,  ///< they happen, and are counted
};

/// How the journals of a process are, for metrics and alarms. Thread-safe.
struct JournalHealth {
    std::atomic<std::uint64_t> failures{0};    ///< entries that could not be written
    std::atomic<std::uint64_t> unrecorded{0};  ///< of these, what went on all the same
};

/// Names of segment files in order: "<writer>-<milliseconds of start>-<sequence>.seg". `replica`
/// tells apart those who write into the same store: it is part of ids and names.
struct JournalOptions {
    std::filesystem::path directory;
    std::size_t segment_size = SegmentWriter::kDefaultSize;
    /// 0 to 255: keeps the ids of replicas that share a store apart.
    std::uint32_t replica = 0;
    /// New ids are above it, also when the clock went back since.
    std::uint64_t newest_id = 0;
    OnFailure on_failure = OnFailure::kRefuse;
    /// All segments together; a store that is away for long must not fill the disk.
    std::uint64_t max_bytes = std::uint64_t{1} << 30U;
    std::shared_ptr<JournalHealth> health = std::make_shared<JournalHealth>();
};

/// Appends entries to one writer's segments, starting the next one when full. One thread.
class JournalWriter {
  public:
    JournalWriter(const JournalOptions& options,
                  std::string name,
                  std::uint32_t number,
                  const Clock& clock);

    /// Grows strictly; unique among the writers of all replicas; sorts by time.
    [[nodiscard]] std::uint64_t next_id();
    /// kUnavailable when no segment can be made; the next append tries again. With
    /// OnFailure::kContinue it succeeds all the same, and counts.
    [[nodiscard]] Result<void> append(std::string_view payload);

  private:
    [[nodiscard]] Result<void> write(std::string_view payload);
    [[nodiscard]] Result<void> start_segment();
    [[nodiscard]] Result<void> fail_or_go_on(Result<void> failure);

    JournalOptions options_;
    std::string prefix_;
    std::uint64_t maker_;  ///< replica and writer, the low bits of its ids
    const Clock& clock_;
    std::uint64_t last_id_;
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

/// What all files of a journal take.
[[nodiscard]] std::uint64_t journal_bytes(const std::filesystem::path& directory);

/// Makes the directory (0700). kUnavailable with the path when it cannot.
[[nodiscard]] Result<void> prepare_journal(const JournalOptions& options);

}  // namespace gatehouse::audit
