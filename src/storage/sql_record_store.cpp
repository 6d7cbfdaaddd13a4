// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_record_store.h"

#include <map>
#include <utility>

namespace gatehouse::storage {
namespace {

using audit::CallOutcome;
using audit::Entry;
using audit::EventEntry;
using audit::IntentEntry;
using audit::OutcomeEntry;
using audit::StoredRecord;

std::int64_t to_column(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

Field optional_column(const std::optional<std::int64_t>& value) {
    return value ? Field(*value) : Field(nullptr);
}

std::vector<Field> outcome_columns(const std::optional<CallOutcome>& outcome) {
    if (!outcome) {
        return std::vector<Field>(8, Field(nullptr));
    }
    return {std::int64_t{outcome->http_status},
            optional_column(outcome->rpc_code),
            outcome->is_error ? Field(std::int64_t{*outcome->is_error ? 1 : 0}) : Field(nullptr),
            std::int64_t{outcome->duration.count()},
            std::int64_t{outcome->runtime.count()},
            to_column(outcome->bytes_out),
            optional_column(outcome->units),
            std::int64_t{outcome->last ? 1 : 0}};
}

Result<void> discard_count(const Result<std::int64_t>& changed) {
    if (!changed) {
        return std::unexpected(changed.error());
    }
    return {};
}

// A record that is there already came from a batch whose position was lost with the process.
Result<void> insert_call(Session& session,
                         const IntentEntry& call,
                         const std::optional<CallOutcome>& outcome) {
    std::vector<Field> fields{to_column(call.id),
                              std::string("call"),
                              to_unix_millis(call.time),
                              call.request_id,
                              call.trace_id,
                              call.server,
                              call.user,
                              call.client,
                              call.connection,
                              call.revision,
                              call.method,
                              call.item,
                              call.effect,
                              call.rule,
                              call.reason,
                              call.arguments,
                              to_column(call.bytes_in)};
    for (Field& field : outcome_columns(outcome)) {
        fields.push_back(std::move(field));
    }
    return discard_count(session.execute(
        "INSERT INTO audit_records (id, kind, time, request_id, trace_id, server, user_id, client, "
        "connection, revision, method, item, effect, rule, reason, arguments, bytes_in, "
        "http_status, rpc_code, is_error, duration_us, runtime_us, bytes_out, units, "
        "last) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO "
        "NOTHING",
        fields));
}

Result<void> insert_event(Session& session, const EventEntry& event) {
    return discard_count(session.execute(
        "INSERT INTO audit_records (id, kind, time, event, server, user_id, client, connection, "
        "request_id, client_ip, detail) VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO NOTHING",
        {to_column(event.id), std::string("event"), to_unix_millis(event.time), event.name,
         event.server, event.user, event.client, event.connection, event.request_id,
         event.client_ip, event.detail}));
}

Result<void> update_outcome(Session& session, std::uint64_t id, const CallOutcome& outcome) {
    std::vector<Field> fields = outcome_columns(outcome);
    fields.emplace_back(to_column(id));
    return discard_count(session.execute(
        "UPDATE audit_records SET http_status = ?, rpc_code = ?, is_error = ?, duration_us = ?, "
        "runtime_us = ?, bytes_out = ?, units = ?, last = ? WHERE id = ?",
        fields));
}

/// Joins intents with the outcomes of the same batch, so that most calls are one insert.
Result<void> write_entries(Session& session, const std::vector<Entry>& entries) {
    std::map<std::uint64_t, CallOutcome> outcomes;
    for (const Entry& entry : entries) {
        if (const auto* outcome = std::get_if<OutcomeEntry>(&entry)) {
            outcomes.insert_or_assign(outcome->id, outcome->outcome);
        }
    }
    for (const Entry& entry : entries) {
        Result<void> written;
        if (const auto* call = std::get_if<IntentEntry>(&entry)) {
            const auto outcome = outcomes.extract(call->id);
            written = insert_call(session, *call,
                                  outcome ? std::optional(outcome.mapped()) : std::nullopt);
        } else if (const auto* event = std::get_if<EventEntry>(&entry)) {
            written = insert_event(session, *event);
        }
        if (!written) {
            return written;
        }
    }
    for (const auto& [id, outcome] : outcomes) {
        if (auto written = update_outcome(session, id, outcome); !written) {
            return written;
        }
    }
    return {};
}

constexpr std::string_view kColumns =
    "id, kind, time, event, request_id, trace_id, server, user_id, client, connection, client_ip, "
    "revision, method, item, effect, rule, reason, arguments, detail, bytes_in, http_status, "
    "rpc_code, is_error, duration_us, runtime_us, bytes_out, last, units";

std::optional<CallOutcome> read_outcome(const Row& row) {
    if (row.is_null(20)) {
        return std::nullopt;
    }
    CallOutcome outcome{.http_status = static_cast<int>(row.integer(20))};
    if (!row.is_null(21)) {
        outcome.rpc_code = row.integer(21);
    }
    if (!row.is_null(22)) {
        outcome.is_error = row.integer(22) != 0;
    }
    outcome.duration = std::chrono::microseconds(row.integer(23));
    outcome.runtime = std::chrono::microseconds(row.integer(24));
    outcome.bytes_out = static_cast<std::uint64_t>(row.integer(25));
    outcome.last = row.integer(26) != 0;
    if (!row.is_null(27)) {
        outcome.units = row.integer(27);
    }
    return outcome;
}

StoredRecord read_record(const Row& row) {
    const auto id = static_cast<std::uint64_t>(row.integer(0));
    const Timestamp time = from_unix_millis(row.integer(2));
    if (row.text(1) == "event") {
        return {.what = EventEntry{.id = id,
                                   .time = time,
                                   .name = row.text(3),
                                   .server = row.text(6),
                                   .user = row.text(7),
                                   .client = row.text(8),
                                   .connection = row.text(9),
                                   .request_id = row.text(4),
                                   .client_ip = row.text(10),
                                   .detail = row.text(18)},
                .outcome = std::nullopt};
    }
    return {.what = IntentEntry{.id = id,
                                .time = time,
                                .request_id = row.text(4),
                                .trace_id = row.text(5),
                                .server = row.text(6),
                                .user = row.text(7),
                                .client = row.text(8),
                                .connection = row.text(9),
                                .revision = row.text(11),
                                .method = row.text(12),
                                .item = row.text(13),
                                .effect = row.text(14),
                                .rule = row.text(15),
                                .reason = row.text(16),
                                .arguments = row.text(17),
                                .bytes_in = static_cast<std::uint64_t>(row.integer(19))},
            .outcome = read_outcome(row)};
}

/// A WHERE clause that grows with each condition that applies.
struct Conditions {
    std::string sql = " WHERE 1 = 1";
    std::vector<Field> fields;

    void add(std::string_view condition, Field field) {
        sql.append(" AND ").append(condition);
        fields.push_back(std::move(field));
    }

    void add_text(std::string_view condition, const std::string& value) {
        if (!value.empty()) {
            add(condition, value);
        }
    }
};

}  // namespace

Result<void> SqlRecordStore::take_over(const std::vector<Entry>& entries,
                                       const std::vector<audit::JournalPosition>& positions) {
    return database_.transaction([&](Session& session) -> Result<void> {
        if (auto written = write_entries(session, entries); !written) {
            return written;
        }
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
    });
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

Result<void> SqlRecordStore::forget_position(std::string_view segment) {
    return discard_count(database_.execute("DELETE FROM journal_positions WHERE segment = ?",
                                           {std::string(segment)}));
}

Result<std::vector<StoredRecord>> SqlRecordStore::find(const audit::RecordFilter& filter) {
    Conditions where;
    where.add_text("server = ?", filter.server);
    where.add_text("user_id = ?", filter.user);
    where.add_text("client = ?", filter.client);
    where.add_text("item = ? AND method = 'tools/call'", filter.tool);
    where.add_text("effect = ?", filter.effect);
    where.add_text("kind = ?", filter.kind);
    where.add_text("event = ?", filter.event);
    if (filter.since) {
        where.add("time >= ?", to_unix_millis(*filter.since));
    }
    if (filter.before_id != 0) {
        where.add("id < ?", to_column(filter.before_id));
    }
    if (filter.after_id != 0) {
        where.add("id > ?", to_column(filter.after_id));
    }
    std::string sql = "SELECT ";
    sql.append(kColumns).append(" FROM audit_records").append(where.sql);
    sql.append(filter.after_id != 0 ? " ORDER BY id ASC LIMIT ?" : " ORDER BY id DESC LIMIT ?");
    where.fields.emplace_back(static_cast<std::int64_t>(filter.limit));
    auto rows = database_.query(sql, where.fields);
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<StoredRecord> records;
    records.reserve(rows->size());
    for (const Row& row : *rows) {
        records.push_back(read_record(row));
    }
    return records;
}

}  // namespace gatehouse::storage
