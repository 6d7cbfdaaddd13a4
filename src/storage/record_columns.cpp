// SPDX-License-Identifier: Apache-2.0
#include "storage/internal/record_columns.h"

#include <optional>
#include <utility>

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

std::int64_t to_column(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

Field optional_column(const std::optional<std::int64_t>& value) {
    return value ? Field(*value) : Field(nullptr);
}

void put_number(std::string& out, std::uint64_t value) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
        out += static_cast<char>((value >> shift) & 0xffU);
    }
}

void put_bytes(std::string& out, char kind, std::string_view bytes) {
    out += kind;
    put_number(out, bytes.size());
    out += bytes;
}

struct FieldWriter {
    std::string& out;

    void operator()(std::nullptr_t) const { out += 'n'; }

    void operator()(std::int64_t value) const {
        out += 'i';
        put_number(out, static_cast<std::uint64_t>(value));
    }

    void operator()(const std::string& text) const { put_bytes(out, 't', text); }

    void operator()(const Blob& blob) const { put_bytes(out, 'b', blob.bytes); }
};

std::string digest_of(const Field* fields) {
    std::string bytes(kLayout);
    bytes.reserve(1024);
    for (std::size_t i = 0; i < kRecordColumns.size(); ++i) {
        std::visit(FieldWriter{bytes}, fields[i]);
    }
    return crypto::sha256(bytes);
}

void set_outcome(std::vector<Field>& columns, const CallOutcome& outcome) {
    columns[kOutcomeAt] = std::int64_t{outcome.http_status};
    columns[21] = optional_column(outcome.rpc_code);
    columns[22] =
        outcome.is_error ? Field(std::int64_t{*outcome.is_error ? 1 : 0}) : Field(nullptr);
    columns[23] = std::int64_t{outcome.duration.count()};
    columns[24] = std::int64_t{outcome.runtime.count()};
    columns[25] = to_column(outcome.bytes_out);
    columns[26] = std::int64_t{outcome.last ? 1 : 0};
    columns[27] = optional_column(outcome.units);
    columns[30] = outcome.error;
    columns[31] = outcome.result;
}

/// Texts are empty, numbers absent.
std::vector<Field> empty_columns() {
    std::vector<Field> columns(kRecordColumns.size(), Field(std::string()));
    columns[19] = std::int64_t{0};
    for (std::size_t i = kOutcomeAt; i < 28; ++i) {
        columns[i] = nullptr;
    }
    return columns;
}

std::vector<Field> call_columns(const IntentEntry& call,
                                const std::optional<CallOutcome>& outcome) {
    std::vector<Field> columns = empty_columns();
    columns[0] = to_column(call.id);
    columns[1] = std::string("call");
    columns[2] = to_unix_millis(call.time);
    columns[4] = call.request_id;
    columns[5] = call.trace_id;
    columns[6] = call.server;
    columns[7] = call.user;
    columns[8] = call.client;
    columns[9] = call.connection;
    columns[11] = call.revision;
    columns[12] = call.method;
    columns[13] = call.item;
    columns[14] = call.effect;
    columns[15] = call.rule;
    columns[16] = call.reason;
    columns[17] = call.arguments;
    columns[19] = to_column(call.bytes_in);
    columns[28] = call.client_version;
    columns[29] = call.runtime;
    if (outcome) {
        set_outcome(columns, *outcome);
    }
    return columns;
}

std::vector<Field> event_columns(const EventEntry& event) {
    std::vector<Field> columns = empty_columns();
    columns[0] = to_column(event.id);
    columns[1] = std::string("event");
    columns[2] = to_unix_millis(event.time);
    columns[3] = event.name;
    columns[4] = event.request_id;
    columns[6] = event.server;
    columns[7] = event.user;
    columns[8] = event.client;
    columns[9] = event.connection;
    columns[10] = event.client_ip;
    columns[18] = event.detail;
    return columns;
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

std::vector<Field> to_columns(const StoredRecord& record) {
    if (const auto* call = std::get_if<IntentEntry>(&record.what)) {
        return call_columns(*call, record.outcome);
    }
    return event_columns(std::get<EventEntry>(record.what));
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

std::string record_digest(const std::vector<Field>& columns) {
    return digest_of(columns.data());
}

std::string record_digest(const Row& row) {
    return digest_of(row.fields().data());
}

}  // namespace gatehouse::storage
