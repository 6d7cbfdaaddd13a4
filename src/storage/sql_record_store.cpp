// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_record_store.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "storage/columns.h"
#include "storage/internal/record_columns.h"
#include "telemetry/log.h"

namespace gatehouse::storage {
namespace {

using audit::CallOutcome;
using audit::ChainDraft;
using audit::ChainHead;
using audit::Entry;
using audit::EventEntry;
using audit::IntentEntry;
using audit::Link;
using audit::OutcomeEntry;
using audit::StoredRecord;

std::int64_t to_column(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

/// The record's columns, then those of its link.
constexpr auto kColumns = [] {
    std::array<std::string_view, kRecordColumns.size() + 4> columns;
    const auto rest = std::ranges::copy(kRecordColumns, columns.begin()).out;
    std::ranges::copy(std::array<std::string_view, 4>{"replica", "seq", "previous", "hash"}, rest);
    return columns;
}();

struct Written {
    RecordView record;
    Link link;
};

/// The rows of audit_records that new records become.
class NewRows final : public RowSource {
  public:
    NewRows(std::string_view replica, const std::vector<Written>& records)
        : replica_(replica), records_(records) {}

    [[nodiscard]] std::size_t size() const override { return records_.size(); }

    [[nodiscard]] Cell cell(std::size_t row, std::size_t column) override {
        if (row != row_) {
            row_ = row;
            cells_ = to_cells(records_[row].record);
        }
        const Link& link = records_[row].link;
        switch (column) {
            case kRecordColumns.size():
                return Cell::text(replica_);
            case kRecordColumns.size() + 1:
                return Cell::of(to_column(link.seq));
            case kRecordColumns.size() + 2:
                return Cell::of(to_column(link.previous));
            case kRecordColumns.size() + 3:
                return Cell::blob(link.hash);
            default:
                return cells_.at(column);
        }
    }

  private:
    std::string_view replica_;
    const std::vector<Written>& records_;
    std::size_t row_ = static_cast<std::size_t>(-1);
    RecordCells cells_;
};

Result<void> insert_records(Session& session,
                            const std::vector<RecordView>& records,
                            ChainDraft& draft) {
    std::vector<Written> written;
    written.reserve(records.size());
    for (const RecordView& record : records) {
        written.push_back(
            {.record = record, .link = draft.add(record.id(), record_digest(to_cells(record)))});
    }
    NewRows rows(draft.head().replica, written);
    return session.append("audit_records", kColumns, rows);
}

Result<bool> is_stored(Session& session, std::uint64_t id) {
    const auto rows = session.query("SELECT 1 FROM audit_records WHERE id = ?", {to_column(id)});
    return rows ? Result<bool>(!rows->empty()) : std::unexpected(rows.error());
}

/// Ids are unique unless a clock went back. One record less beats a journal that is stuck.
Result<void> drop_stored(Session& session, std::vector<RecordView>& records) {
    std::unordered_set<std::uint64_t> seen;
    std::vector<RecordView> fresh;
    for (const RecordView& record : records) {
        const auto stored = is_stored(session, record.id());
        if (!stored) {
            return std::unexpected(stored.error());
        }
        if (*stored || !seen.insert(record.id()).second) {
            telemetry::error("audit",
                             "there is a record {} already; another one of this id is lost",
                             record.id());
        } else {
            fresh.push_back(record);
        }
    }
    records = std::move(fresh);
    return {};
}

/// Keeps what the chain says of the record as it was.
Result<void> supersede(Session& session, const Row& row, std::uint64_t id) {
    constexpr std::size_t kLinkAt = kRecordColumns.size();
    return ignore_count(session.execute(
        "INSERT INTO audit_links (replica, seq, record, previous, digest, hash) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        {row.text(kLinkAt), row.integer(kLinkAt + 1), to_column(id), row.integer(kLinkAt + 2),
         Blob{record_digest(row)}, Blob{row.blob(kLinkAt + 3)}}));
}

/// An outcome whose intent an earlier batch stored.
Result<void> add_outcome(Session& session,
                         std::uint64_t id,
                         const CallOutcome& outcome,
                         ChainDraft& draft) {
    auto rows = session.query("SELECT " + record_columns() +
                                  ", replica, seq, previous, hash FROM audit_records WHERE id = ?",
                              {to_column(id)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        telemetry::error("audit", "the outcome of call {} came without its intent", id);
        return {};
    }
    const Row& row = rows->front();
    StoredRecord record = read_record(row);
    record.outcome = outcome;
    if (!row.is_null(kRecordColumns.size() + 1)) {
        if (auto kept = supersede(session, row, id); !kept) {
            return kept;
        }
    }
    const RecordCells cells = to_cells(view_of(record));
    const Link link = draft.add(id, record_digest(cells));
    std::vector<Field> columns;
    for (const Cell& cell : cells) {
        columns.push_back(cell.copy());
    }
    return ignore_count(session.execute(
        "UPDATE audit_records SET http_status = ?, rpc_code = ?, is_error = ?, duration_us = ?, "
        "runtime_us = ?, bytes_out = ?, last = ?, units = ?, error = ?, result = ?, replica = ?, "
        "seq = ?, previous = ?, hash = ? WHERE id = ?",
        {columns[20], columns[21], columns[22], columns[23], columns[24], columns[25], columns[26],
         columns[27], columns[30], columns[31], draft.head().replica, to_column(link.seq),
         to_column(link.previous), Blob{link.hash}, to_column(id)}));
}

enum class Ids : std::uint8_t { kAreNew, kMayBeStored };

/// Joins intents with the outcomes of the same batch, so that most calls are one row.
Result<void> write_entries(Session& session,
                           const std::vector<Entry>& entries,
                           Ids ids,
                           ChainDraft& draft) {
    std::unordered_map<std::uint64_t, const CallOutcome*> outcomes;
    outcomes.reserve(entries.size());
    for (const Entry& entry : entries) {
        if (const auto* outcome = std::get_if<OutcomeEntry>(&entry)) {
            outcomes.insert_or_assign(outcome->id, &outcome->outcome);
        }
    }
    std::vector<RecordView> records;
    records.reserve(entries.size());
    for (const Entry& entry : entries) {
        if (const auto* call = std::get_if<IntentEntry>(&entry)) {
            const auto outcome = outcomes.extract(call->id);
            records.push_back({.call = call, .outcome = outcome ? outcome.mapped() : nullptr});
        } else if (const auto* event = std::get_if<EventEntry>(&entry)) {
            records.push_back({.event = event});
        }
    }
    if (ids == Ids::kMayBeStored) {
        if (auto dropped = drop_stored(session, records); !dropped) {
            return dropped;
        }
    }
    if (auto written = insert_records(session, records, draft); !written) {
        return written;
    }
    // In the order of their entries, which the chain keeps.
    for (const Entry& entry : entries) {
        const auto* outcome = std::get_if<OutcomeEntry>(&entry);
        const auto rest = outcome == nullptr ? outcomes.end() : outcomes.find(outcome->id);
        if (rest == outcomes.end()) {
            continue;
        }
        if (auto written = add_outcome(session, rest->first, *rest->second, draft); !written) {
            return written;
        }
        outcomes.erase(rest);
    }
    return {};
}

Result<void> store_positions(Session& session,
                             const std::vector<audit::JournalPosition>& positions) {
    for (const audit::JournalPosition& position : positions) {
        auto stored = session.execute(
            "INSERT INTO journal_positions (segment, position) VALUES (?, ?) "
            "ON CONFLICT (segment) DO UPDATE SET position = excluded.position",
            {position.segment, to_column(position.offset)});
        if (!stored) {
            return std::unexpected(stored.error());
        }
    }
    return {};
}

/// Only where the chain stands as we believe: another process must not have gone on with it.
Result<void> store_head(Session& session, const ChainHead& head, std::uint64_t before) {
    const auto changed = session.execute(
        "UPDATE audit_chains SET seq = ?, record = ?, hash = ?, seal = ? "
        "WHERE replica = ? AND seq = ?",
        {to_column(head.seq), to_column(head.record), Blob{head.hash}, Blob{head.seal},
         head.replica, to_column(before)});
    if (!changed) {
        return std::unexpected(changed.error());
    }
    if (*changed == 0) {
        return fail(ErrorCode::kConflict, "the chain of audit records does not stand where it did",
                    head.replica);
    }
    return {};
}

}  // namespace

Result<ChainHead> SqlRecordStore::take_over(
    const std::vector<Entry>& entries,
    const std::vector<audit::JournalPosition>& positions,
    const ChainHead& head,
    const std::function<std::string(const ChainHead&)>& seal) {
    ChainDraft draft(head);
    const auto attempt = [&](Ids ids) {
        return database_.transaction([&, ids](Session& session) -> Result<void> {
            draft = ChainDraft(head);
            if (auto written = write_entries(session, entries, ids, draft); !written) {
                return written;
            }
            draft.set_seal(seal(draft.head()));
            if (auto stored = store_head(session, draft.head(), head.seq); !stored) {
                return stored;
            }
            return store_positions(session, positions);
        });
    };
    auto done = attempt(Ids::kAreNew);
    if (!done && done.error().code == ErrorCode::kConflict) {
        done = attempt(Ids::kMayBeStored);
    }
    return done ? Result<ChainHead>(draft.head()) : std::unexpected(done.error());
}

Result<std::vector<audit::JournalPosition>> SqlRecordStore::positions() {
    auto rows = database_.query("SELECT segment, position FROM journal_positions", {});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<audit::JournalPosition> positions;
    for (const Row& row : *rows) {
        positions.push_back(
            {.segment = row.text(0), .offset = static_cast<std::uint64_t>(row.integer(1))});
    }
    return positions;
}

Result<std::uint64_t> SqlRecordStore::newest_id() {
    auto rows = database_.query("SELECT MAX(id) FROM audit_records", {});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    return rows->empty() ? 0 : static_cast<std::uint64_t>(rows->front().integer(0));
}

Result<void> SqlRecordStore::forget_position(std::string_view segment) {
    return ignore_count(database_.execute("DELETE FROM journal_positions WHERE segment = ?",
                                          {std::string(segment)}));
}

}  // namespace gatehouse::storage
