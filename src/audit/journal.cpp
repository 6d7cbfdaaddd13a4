// SPDX-License-Identifier: Apache-2.0
#include "audit/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "telemetry/log.h"

namespace gatehouse::audit {
namespace {

constexpr std::uint32_t kEventWriter = 31;
// An id is milliseconds, then 5 bits of writer, then 15 bits that count within a millisecond.
constexpr unsigned kTimeShift = 20;
constexpr unsigned kWriterShift = 15;

}  // namespace

JournalWriter::JournalWriter(const JournalOptions& options,
                             std::string name,
                             std::uint32_t number,
                             const Clock& clock)
    : options_(options),
      prefix_(fmt::format("{}-{}", name, to_unix_millis(clock.now()))),
      number_(number),
      clock_(clock) {}

std::uint64_t JournalWriter::next_id() {
    const auto millis = static_cast<std::uint64_t>(to_unix_millis(clock_.now()));
    const std::uint64_t candidate = (millis << kTimeShift) | (number_ << kWriterShift);
    last_id_ = std::max(last_id_ + 1, candidate);
    return last_id_;
}

Result<void> JournalWriter::append(std::string_view payload) {
    if (payload.size() > SegmentWriter::max_payload(options_.segment_size)) {
        return fail(ErrorCode::kTooLarge, "the record does not fit into the audit journal");
    }
    if (segment_ && segment_->append(payload)) {
        return {};
    }
    if (auto started = start_segment(); !started) {
        if (const auto left_out = trouble_.take(clock_.steady_now())) {
            telemetry::error("audit", "{} ({} more since the last line)", describe(started.error()),
                             *left_out);
        }
        return started;
    }
    if (!segment_->append(payload)) {
        return fail(ErrorCode::kInternal, "the audit journal cannot be written");
    }
    return {};
}

Result<void> JournalWriter::start_segment() {
    auto next =
        SegmentWriter::create(options_.directory / fmt::format("{}-{:06}.seg", prefix_, sequence_),
                              options_.segment_size);
    if (!next) {
        return std::unexpected(next.error());
    }
    ++sequence_;
    segment_ = std::move(*next);
    return {};
}

LoopJournal::LoopJournal(const JournalOptions& options, std::uint32_t number, const Clock& clock)
    : writer_(options, fmt::format("loop{}", number), number, clock) {}

Result<std::uint64_t> LoopJournal::intent(const CallIntent& intent) {
    const std::uint64_t id = writer_.next_id();
    encode_intent(buffer_, id, intent);
    if (auto written = writer_.append(buffer_); !written) {
        return std::unexpected(written.error());
    }
    return id;
}

Result<void> LoopJournal::outcome(std::uint64_t call, const CallOutcome& outcome) {
    encode_outcome(buffer_, call, outcome);
    return writer_.append(buffer_);
}

JournalEventLog::JournalEventLog(const JournalOptions& options, const Clock& clock)
    : clock_(clock), writer_(options, "events", kEventWriter, clock) {}

Result<void> JournalEventLog::record(const Event& event) {
    const std::lock_guard lock(mutex_);
    encode_event(buffer_, writer_.next_id(), clock_.now(), event);
    return writer_.append(buffer_);
}

Result<void> prepare_journal(const JournalOptions& options) {
    std::error_code error;
    std::filesystem::create_directories(options.directory, error);
    if (!error) {
        std::filesystem::permissions(options.directory, std::filesystem::perms::owner_all, error);
    }
    if (error) {
        return fail(ErrorCode::kUnavailable, "the audit journal's directory cannot be made",
                    options.directory.string() + ": " + error.message());
    }
    return {};
}

}  // namespace gatehouse::audit
