// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_record_store.h"

#include <map>
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

const std::string& insert_sql() {
    static const std::string sql = [] {
        std::string text = "INSERT INTO audit_records (" + record_columns() +
                           ", replica, seq, previous, hash) VALUES (";
        for (std::size_t i = 0; i < kRecordColumns.size(); ++i) {
            text += "?, ";
        }
        return text + "?, ?, ?, ?) ON CONFLICT (id) DO NOTHING";
    }();
    return sql;
}

Result<void> insert_record(Session& session, const StoredRecord& record, ChainDraft& draft) {
    std::vector<Field> columns = to_columns(record);
    const auto id = static_cast<std::uint64_t>(std::get<std::int64_t>(columns[0]));
    const ChainDraft before = draft;
    const Link link = draft.add(id, record_digest(columns));
    columns.emplace_back(draft.head().replica);
    columns.emplace_back(to_column(link.seq));
    columns.emplace_back(to_column(link.previous));
    columns.emplace_back(Blob{link.hash});
    const auto inserted = session.execute(insert_sql(), columns);
    if (inserted && *inserted == 0) {
        // Ids are unique unless a clock went back. One record less beats a journal that is stuck.
        telemetry::error("audit", "there is a record {} already; another one of this id is lost",
                         id);
        draft = before;
    }
    return ignore_count(inserted);
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
    const std::vector<Field> columns = to_columns(record);
    const Link link = draft.add(id, record_digest(columns));
    return ignore_count(session.execute(
        "UPDATE audit_records SET http_status = ?, rpc_code = ?, is_error = ?, duration_us = ?, "
        "runtime_us = ?, bytes_out = ?, last = ?, units = ?, error = ?, result = ?, replica = ?, "
        "seq = ?, previous = ?, hash = ? WHERE id = ?",
        {columns[20], columns[21], columns[22], columns[23], columns[24], columns[25], columns[26],
         columns[27], columns[30], columns[31], draft.head().replica, to_column(link.seq),
         to_column(link.previous), Blob{link.hash}, to_column(id)}));
}

/// Joins intents with the outcomes of the same batch, so that most calls are one insert.
Result<void> write_entries(Session& session, const std::vector<Entry>& entries, ChainDraft& draft) {
    std::map<std::uint64_t, const CallOutcome*> outcomes;
    for (const Entry& entry : entries) {
        if (const auto* outcome = std::get_if<OutcomeEntry>(&entry)) {
            outcomes.insert_or_assign(outcome->id, &outcome->outcome);
        }
    }
    for (const Entry& entry : entries) {
        Result<void> written;
        if (const auto* call = std::get_if<IntentEntry>(&entry)) {
            const auto outcome = outcomes.extract(call->id);
            written = insert_record(
                session,
                {.what = *call,
                 .outcome = outcome ? std::optional(*outcome.mapped()) : std::nullopt},
                draft);
        } else if (const auto* event = std::get_if<EventEntry>(&entry)) {
            written = insert_record(session, {.what = *event, .outcome = std::nullopt}, draft);
        }
        if (!written) {
            return written;
        }
    }
    for (const auto& [id, outcome] : outcomes) {
        if (auto written = add_outcome(session, id, *outcome, draft); !written) {
            return written;
        }
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
    const auto done = database_.transaction([&](Session& session) -> Result<void> {
        draft = ChainDraft(head);
        if (auto written = write_entries(session, entries, draft); !written) {
            return written;
        }
        draft.set_seal(seal(draft.head()));
        if (auto stored = store_head(session, draft.head(), head.seq); !stored) {
            return stored;
        }
        return store_positions(session, positions);
    });
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
