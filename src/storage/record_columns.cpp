// SPDX-License-Identifier: Apache-2.0
#include "storage/internal/record_columns.h"

#include <optional>
#include <utility>

#include "base/encoding.h"
#include "crypto/digest.h"

namespace gatehouse::storage {
namespace {

using audit::CallOutcome;
using audit::EventEntry;
using audit::IntentEntry;
using audit::StoredRecord;

constexpr std::size_t kOutcomeAt = 20;
/// Part of every digest: another layout of the columns gets another name.
constexpr std::string_view kLayout = "gatehouse record 1";

Cell integer(std::uint64_t value) {
    return Cell::of(static_cast<std::int64_t>(value));
}

Cell optional_integer(const std::optional<std::int64_t>& value) {
    return value ? Cell::of(*value) : Cell();
}

void put_cell(std::string& out, const Cell& cell) {
    switch (cell.kind) {
        case Cell::Kind::kNull:
            out += 'n';
            return;
        case Cell::Kind::kInteger:
            out += 'i';
            append_little_endian(out, static_cast<std::uint64_t>(cell.integer));
            return;
        case Cell::Kind::kText:
        case Cell::Kind::kBlob:
            out += cell.kind == Cell::Kind::kText ? 't' : 'b';
            append_little_endian(out, cell.bytes.size());
            out += cell.bytes;
            return;
    }
}

void set_outcome(RecordCells& cells, const CallOutcome& outcome) {
    cells[kOutcomeAt] = Cell::of(outcome.http_status);
    cells[21] = optional_integer(outcome.rpc_code);
    cells[22] = outcome.is_error ? Cell::of(*outcome.is_error ? 1 : 0) : Cell();
    cells[23] = Cell::of(outcome.duration.count());
    cells[24] = Cell::of(outcome.runtime.count());
    cells[25] = integer(outcome.bytes_out);
    cells[26] = Cell::of(outcome.last ? 1 : 0);
    cells[27] = optional_integer(outcome.units);
    cells[30] = Cell::text(outcome.error);
    cells[31] = Cell::text(outcome.result);
}

/// Texts are empty, numbers absent.
RecordCells empty_cells() {
    RecordCells cells;
    cells.fill(Cell::text({}));
    cells[19] = Cell::of(0);
    for (std::size_t i = kOutcomeAt; i < 28; ++i) {
        cells.at(i) = {};
    }
    return cells;
}

void set_call(RecordCells& cells, const IntentEntry& call) {
    cells[0] = integer(call.id);
    cells[1] = Cell::text("call");
    cells[2] = Cell::of(to_unix_millis(call.time));
    cells[4] = Cell::text(call.request_id);
    cells[5] = Cell::text(call.trace_id);
    cells[6] = Cell::text(call.server);
    cells[7] = Cell::text(call.user);
    cells[8] = Cell::text(call.client);
    cells[9] = Cell::text(call.connection);
    cells[11] = Cell::text(call.revision);
    cells[12] = Cell::text(call.method);
    cells[13] = Cell::text(call.item);
    cells[14] = Cell::text(call.effect);
    cells[15] = Cell::text(call.rule);
    cells[16] = Cell::text(call.reason);
    cells[17] = Cell::text(call.arguments);
    cells[19] = integer(call.bytes_in);
    cells[28] = Cell::text(call.client_version);
    cells[29] = Cell::text(call.runtime);
}

void set_event(RecordCells& cells, const EventEntry& event) {
    cells[0] = integer(event.id);
    cells[1] = Cell::text("event");
    cells[2] = Cell::of(to_unix_millis(event.time));
    cells[3] = Cell::text(event.name);
    cells[4] = Cell::text(event.request_id);
    cells[6] = Cell::text(event.server);
    cells[7] = Cell::text(event.user);
    cells[8] = Cell::text(event.client);
    cells[9] = Cell::text(event.connection);
    cells[10] = Cell::text(event.client_ip);
    cells[18] = Cell::text(event.detail);
}

std::optional<CallOutcome> read_outcome(const Row& row) {
    if (row.is_null(kOutcomeAt)) {
        return std::nullopt;
    }
    CallOutcome outcome{.http_status = static_cast<int>(row.integer(kOutcomeAt))};
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
    outcome.error = row.text(30);
    outcome.result = row.text(31);
    return outcome;
}

EventEntry read_event(const Row& row) {
    return {.id = static_cast<std::uint64_t>(row.integer(0)),
            .time = from_unix_millis(row.integer(2)),
            .name = row.text(3),
            .server = row.text(6),
            .user = row.text(7),
            .client = row.text(8),
            .connection = row.text(9),
            .request_id = row.text(4),
            .client_ip = row.text(10),
            .detail = row.text(18)};
}

}  // namespace

const std::string& record_columns() {
    static const std::string list = [] {
        std::string names;
        for (const std::string_view name : kRecordColumns) {
            names.append(names.empty() ? "" : ", ").append(name);
        }
        return names;
    }();
    return list;
}

RecordView view_of(const StoredRecord& record) {
    return {.call = std::get_if<IntentEntry>(&record.what),
            .event = std::get_if<EventEntry>(&record.what),
            .outcome = record.outcome ? &*record.outcome : nullptr};
}

RecordCells to_cells(const RecordView& record) {
    RecordCells cells = empty_cells();
    if (record.event != nullptr) {
        set_event(cells, *record.event);
        return cells;
    }
    set_call(cells, *record.call);
    if (record.outcome != nullptr) {
        set_outcome(cells, *record.outcome);
    }
    return cells;
}

StoredRecord read_record(const Row& row) {
    if (row.text(1) == "event") {
        return {.what = read_event(row), .outcome = std::nullopt};
    }
    return {.what = IntentEntry{.id = static_cast<std::uint64_t>(row.integer(0)),
                                .time = from_unix_millis(row.integer(2)),
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
                                .bytes_in = static_cast<std::uint64_t>(row.integer(19)),
                                .client_version = row.text(28),
                                .runtime = row.text(29)},
            .outcome = read_outcome(row)};
}

std::string record_digest(const RecordCells& cells) {
    std::string bytes(kLayout);
    bytes.reserve(1024);
    for (const Cell& cell : cells) {
        put_cell(bytes, cell);
    }
    return crypto::sha256(bytes);
}

std::string record_digest(const Row& row) {
    RecordCells cells;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        cells.at(i) = Cell::of(row.field(i));
    }
    return record_digest(cells);
}

}  // namespace gatehouse::storage
