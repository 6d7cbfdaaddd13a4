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

Ingester::Ingester(std::filesystem::path directory, RecordStore& store)
    : directory_(std::move(directory)), store_(store) {}

Result<void> Ingester::run_some(std::size_t batches) {
    const std::lock_guard lock(mutex_);
    if (!loaded_) {
        auto known = store_.positions();
        if (!known) {
            return std::unexpected(known.error());
        }
        for (const JournalPosition& position : *known) {
            positions_[position.segment] = position.offset;
        }
        loaded_ = true;
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
    for (auto it = std::filesystem::directory_iterator(directory_, error);
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
        if (const auto at = positions_.find(found[i].name); at != positions_.end()) {
            found[i].offset = at->second;
        }
        // A later segment of the same writer, or of a later process, means that this one is closed.
        found[i].has_successor =
            i + 1 < found.size() && series_of(found[i + 1].name) == series_of(found[i].name);
    }
    return found;
}

Result<void> Ingester::take_over(Segment& segment, std::size_t& batches) {
    const std::filesystem::path path = directory_ / segment.name;
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
        if (auto taken = store_.take_over(entries, {{.segment = segment.name, .offset = offset}});
            !taken) {
            return taken;
        }
        segment.offset = offset;
        positions_[segment.name] = offset;
    }
    if (damaged) {
        telemetry::error("audit", "segment {} is damaged after {} bytes", segment.name,
                         segment.offset);
    }
    if (segment.has_successor && !damaged && !more) {
        std::error_code error;
        std::filesystem::remove(path, error);
        positions_.erase(segment.name);
        return store_.forget_position(segment.name);
    }
    return {};
}

}  // namespace gatehouse::audit
