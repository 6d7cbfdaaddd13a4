// SPDX-License-Identifier: Apache-2.0
#include "audit/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "telemetry/log.h"

namespace gatehouse::audit {
namespace {

constexpr std::uint32_t kEventWriter = 31;
// An id is milliseconds, then 8 bits that count within one, then 8 bits of replica and 5 of writer.
// A writer that makes more in a millisecond borrows from the next one.
constexpr unsigned kCountShift = 13;
constexpr unsigned kReplicaShift = 5;
constexpr std::uint64_t kReplicas = 256;

/// "loop0", and of another replica than the first "loop0.7".
std::string writer_name(const JournalOptions& options, const std::string& name) {
    return options.replica == 0 ? name : fmt::format("{}.{}", name, options.replica);
}

}  // namespace

std::uint64_t journal_bytes(const std::filesystem::path& directory) {
    std::uint64_t bytes = 0;
    std::error_code error;
    for (auto it = std::filesystem::directory_iterator(directory, error);
         !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
        std::error_code gone;  // the ingester may just have removed it
        const auto size = it->file_size(gone);
        bytes += gone ? 0 : size;
    }
    return bytes;
}

JournalWriter::JournalWriter(const JournalOptions& options,
                             std::string name,
                             std::uint32_t number,
                             const Clock& clock)
    : options_(options),
      prefix_(fmt::format("{}-{}", writer_name(options, name), to_unix_millis(clock.now()))),
      maker_(((options.replica % kReplicas) << kReplicaShift) | number),
      clock_(clock),
      last_id_((options.newest_id >> kCountShift << kCountShift) | maker_) {}

std::uint64_t JournalWriter::next_id() {
    const auto millis = static_cast<std::uint64_t>(to_unix_millis(clock_.now()));
    const std::uint64_t candidate = (millis << kRecordTimeShift) | maker_;
    last_id_ = std::max(last_id_ + (std::uint64_t{1} << kCountShift), candidate);
    return last_id_;
}

Result<void> JournalWriter::append(std::string_view payload) {
    auto written = write(payload);
    return written ? written : fail_or_go_on(std::move(written));
}

Result<void> JournalWriter::fail_or_go_on(Result<void> failure) {
    const bool goes_on = options_.on_failure == OnFailure::kContinue;
    options_.health->failures.fetch_add(1, std::memory_order_relaxed);
    if (goes_on) {
        options_.health->unrecorded.fetch_add(1, std::memory_order_relaxed);
    }
    if (const auto left_out = trouble_.take(clock_.steady_now())) {
        telemetry::error("audit", "{}{} ({} more since the last line)", describe(failure.error()),
                         goes_on ? "; it goes on unrecorded, as audit.on_failure says" : "",
                         *left_out);
    }
    return goes_on ? Result<void>{} : failure;
}

Result<void> JournalWriter::write(std::string_view payload) {
    if (payload.size() > SegmentWriter::max_payload(options_.segment_size)) {
        return fail(ErrorCode::kTooLarge, "the record does not fit into the audit journal");
    }
    if (segment_ && segment_->append(payload)) {
        return {};
    }
    if (auto started = start_segment(); !started) {
        return started;
    }
    if (!segment_->append(payload)) {
        return fail(ErrorCode::kInternal, "the audit journal cannot be written");
    }
    return {};
}

Result<void> JournalWriter::start_segment() {
    if (journal_bytes(options_.directory) + options_.segment_size > options_.max_bytes) {
        return fail(ErrorCode::kUnavailable,
                    "the audit journal is full: the store does not take records over",
                    options_.directory.string());
    }
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
