// SPDX-License-Identifier: Apache-2.0
#include "audit/ingester.h"

#include <algorithm>
#include <system_error>

#include "telemetry/log.h"

namespace gatehouse::audit {
namespace {

constexpr std::size_t kBatch = 500;

/// "loop0-1795000000000" of "loop0-1795000000000-000002.seg".
std::string writer_of(const std::string& name) {
    return name.substr(0, name.rfind('-'));
}

std::string series_of(const std::string& name) {
    const std::string writer = writer_of(name);
    return writer.substr(0, writer.rfind('-'));
}

}  // namespace

Ingester::Ingester(Parts parts) : parts_(std::move(parts)) {}

std::string Ingester::position_name(const std::string& segment) const {
    return parts_.replica + "/" + segment;
}

/// Positions and the head of the chain, after a start and after anything went wrong: what the store
/// holds decides.
Result<void> Ingester::load() {
    if (head_) {
        return {};
    }
    auto head = parts_.chains.open_chain(parts_.replica);
    if (!head) {
        return std::unexpected(head.error());
    }
    if (head->seq > 0 && !parts_.seal.fits(*head)) {
        telemetry::error("audit",
                         "the chain of records was changed by somebody else: run gatehouse logs "
                         "verify");
    }
    auto known = parts_.records.positions();
    if (!known) {
        return std::unexpected(known.error());
    }
    positions_.clear();
    for (const JournalPosition& position : *known) {
        positions_[position.segment] = position.offset;
    }
    head_ = std::move(*head);
    return {};
}

Result<ChainHead> Ingester::head() {
    const std::lock_guard lock(mutex_);
    if (auto loaded = load(); !loaded) {
        return std::unexpected(loaded.error());
    }
    return *head_;
}

Result<void> Ingester::cut(std::uint64_t start_seq, const std::string& start_hash) {
    const std::lock_guard lock(mutex_);
    if (auto loaded = load(); !loaded) {
        return loaded;
    }
    ChainHead next = *head_;
    next.start_seq = start_seq;
    next.start_hash = start_hash;
    next.seal = parts_.seal.of_head(next);
    if (auto done = parts_.chains.cut(next); !done) {
        head_.reset();
        return done;
    }
    head_ = std::move(next);
    return {};
}

Ingester::Lag Ingester::lag() {
    const std::lock_guard lock(mutex_);
    Lag lag;
    const auto found = segments();
    for (const Segment& segment : found.value_or(std::vector<Segment>{})) {
        ++lag.segments;
        const auto reader = SegmentReader::open(parts_.directory / segment.name);
        if (!reader) {
            continue;
        }
        std::size_t offset = segment.offset;
        for (auto step = reader->read(offset); step.found == SegmentReader::Found::kRecord;
             step = reader->read(offset)) {
            lag.bytes += step.next - offset;
            offset = step.next;
        }
    }
    return lag;
}

Result<void> Ingester::run_some(std::size_t batches) {
    const std::lock_guard lock(mutex_);
    if (auto loaded = load(); !loaded) {
        return loaded;
    }
    auto found = segments();
    if (!found) {
        return std::unexpected(found.error());
    }
    for (Segment& segment : *found) {
        if (batches == 0) {
            break;
        }
        if (auto done = take_over(segment, batches); !done) {
            return done;
        }
    }
    return {};
}

Result<std::vector<Ingester::Segment>> Ingester::segments() {
    std::vector<Segment> found;
    std::error_code error;
    for (auto it = std::filesystem::directory_iterator(parts_.directory, error);
         !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
        if (it->path().extension() == ".seg") {
            found.push_back({.name = it->path().filename().string()});
        }
    }
    if (error) {
        return fail(ErrorCode::kUnavailable, "the audit journal cannot be read", error.message());
    }
    std::ranges::sort(found, {}, &Segment::name);
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (const auto at = positions_.find(position_name(found[i].name)); at != positions_.end()) {
            found[i].offset = at->second;
        }
        // A later segment of the same writer, or of a later process, means that this one is closed.
        found[i].has_successor =
            i + 1 < found.size() && series_of(found[i + 1].name) == series_of(found[i].name);
    }
    return found;
}

/// A closed segment whose rest cannot be read is kept under another name, for people; an open one
/// may only look damaged while its writer writes.
Result<void> Ingester::set_aside(const Segment& segment) {
    if (!segment.has_successor) {
        return {};
    }
    telemetry::error("audit", "segment {} is damaged after {} bytes; it is kept as {}.damaged",
                     segment.name, segment.offset, segment.name);
    std::error_code error;
    std::filesystem::rename(parts_.directory / segment.name,
                            parts_.directory / (segment.name + ".damaged"), error);
    if (error) {
        return fail(ErrorCode::kUnavailable, "a damaged segment cannot be renamed",
                    error.message());
    }
    positions_.erase(position_name(segment.name));
    return parts_.records.forget_position(position_name(segment.name));
}

Result<void> Ingester::take_over(Segment& segment, std::size_t& batches) {
    const std::filesystem::path path = parts_.directory / segment.name;
    auto reader = SegmentReader::open(path);
    if (!reader) {
        telemetry::warn("audit", "segment {} is skipped: {}", segment.name,
                        describe(reader.error()));
        return {};
    }
    bool damaged = false;
    bool more = true;
    for (; more && batches > 0; --batches) {
        std::vector<Entry> entries;
        entries.reserve(kBatch);
        std::size_t offset = segment.offset;
        while (entries.size() < kBatch) {
            const SegmentReader::Step step = reader->read(offset);
            if (step.found != SegmentReader::Found::kRecord) {
                damaged = step.found == SegmentReader::Found::kDamaged;
                break;
            }
            if (auto entry = decode_entry(step.payload)) {
                entries.push_back(std::move(*entry));
            } else {
                telemetry::error("audit", "segment {} has an unreadable entry at {}", segment.name,
                                 offset);
            }
            offset = step.next;
        }
        more = entries.size() == kBatch;
        if (offset == segment.offset) {
            break;
        }
        auto taken = parts_.records.take_over(
            entries, {{.segment = position_name(segment.name), .offset = offset}}, *head_,
            [this](const ChainHead& head) { return parts_.seal.of_head(head); });
        if (!taken) {
            head_.reset();
            return std::unexpected(taken.error());
        }
        head_ = std::move(*taken);
        if (parts_.on_stored) {
            parts_.on_stored(entries);
        }
        segment.offset = offset;
        positions_[position_name(segment.name)] = offset;
    }
    if (damaged && !more) {
        return set_aside(segment);
    }
    if (segment.has_successor && !damaged && !more) {
        std::error_code error;
        std::filesystem::remove(path, error);
        positions_.erase(position_name(segment.name));
        return parts_.records.forget_position(position_name(segment.name));
    }
    return {};
}

}  // namespace gatehouse::audit
