// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <utility>

#include "base/strings.h"
#include "storage/internal/record_columns.h"
#include "storage/sql_record_store.h"

namespace gatehouse::storage {
namespace {

using audit::OutcomeFilter;
using audit::RecordFilter;
using audit::RecordPage;

/// What no index finds is looked for in so many records at a time; a page does not wait for more.
constexpr std::int64_t kSearchedAtOnce = 20'000;
/// A call's id is made when it goes out, which may be so much later than its time.
constexpr std::chrono::minutes kIdSlack{10};

std::int64_t to_column(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

/// A WHERE clause that grows with each condition that applies.
struct Conditions {
    std::string sql;
    std::vector<Field> fields;

    void add(std::string_view condition) { sql.append(" AND ").append(condition); }

    void add(std::string_view condition, Field field) {
        add(condition);
        fields.push_back(std::move(field));
    }
};

/// `guide` walks an index, or the records themselves, in the order of ids; `rest` is looked at in
/// each record on that way.
struct Plan {
    Conditions guide, rest;
};

/// A column with an index, and what its index leaves out.
struct Indexed {
    const std::string& value;
    std::string_view column, implied;
};

/// The first of them that is asked for guides: those that few records share come first.
void add_indexed(Plan& plan, const RecordFilter& filter) {
    const bool refusal = !filter.effect.empty() && filter.effect != "allow";
    const std::array<Indexed, 7> columns{
        {{filter.request_id, "request_id", "request_id <> ''"},
         {filter.event, "event", "event <> ''"},
         {filter.user, "user_id", ""},
         {filter.tool, "item", "item <> '' AND method = 'tools/call'"},
         {filter.client, "client", "client <> ''"},
         {filter.effect, "effect", refusal ? "effect <> '' AND effect <> 'allow'" : ""},
         {filter.server, "server", ""}}};
    bool guided = false;
    for (const Indexed& indexed : columns) {
        if (indexed.value.empty()) {
            continue;
        }
        const std::string column(indexed.column);
        const bool has_index = column != "effect" || refusal;
        Conditions& where = guided || !has_index ? plan.rest : plan.guide;
        // An expression keeps the store from taking a second index instead.
        where.add(guided ? "(" + column + " || '') = ?" : column + " = ?", indexed.value);
        if (!indexed.implied.empty()) {
            where.add(indexed.implied);
        }
        guided = guided || has_index;
    }
}

void add_state(Plan& plan, const RecordFilter& filter) {
    // Spelt as the partial indexes have it.
    Conditions& where = plan.guide.sql.empty() ? plan.guide : plan.rest;
    if (filter.kind == "event") {
        where.add("kind = 'event'");
    } else if (!filter.kind.empty()) {
        plan.rest.add("kind = ?", filter.kind);
    }
    switch (filter.outcome) {
        case OutcomeFilter::kAny:
            return;
        case OutcomeFilter::kOk:
            plan.rest.add(
                "http_status < 400 AND rpc_code IS NULL AND (is_error IS NULL OR is_error = 0)");
            return;
        case OutcomeFilter::kError:
            where.add("(http_status >= 400 OR rpc_code IS NOT NULL OR is_error = 1)");
            return;
        case OutcomeFilter::kOpen:
            where.add("kind = 'call' AND (last IS NULL OR last = 0)");
            return;
    }
}

void add_rest(Plan& plan, const RecordFilter& filter) {
    for (const auto& [value, condition] :
         {std::pair<const std::string&, std::string_view>{filter.method, "method = ?"},
          {filter.connection, "connection = ?"},
          {filter.trace_id, "trace_id = ?"},
          {filter.rule, "rule = ?"},
          {filter.reason, "reason = ?"}}) {
        if (!value.empty()) {
            plan.rest.add(condition, value);
        }
    }
}

void add_range(Plan& plan, const RecordFilter& filter) {
    // Ids follow time: the range of ids is what the store can walk.
    if (filter.since) {
        plan.guide.add("id >= ?", to_column(audit::first_id_at(*filter.since)));
        plan.guide.add("time >= ?", to_unix_millis(*filter.since));
    }
    if (filter.until) {
        plan.guide.add("id < ?", to_column(audit::first_id_at(*filter.until + kIdSlack)));
        plan.guide.add("time < ?", to_unix_millis(*filter.until));
    }
    if (filter.before_id != 0) {
        plan.guide.add("id < ?", to_column(filter.before_id));
    }
    if (filter.after_id != 0) {
        plan.guide.add("id > ?", to_column(filter.after_id));
    }
}

std::string like_pattern(const std::string& text) {
    std::string pattern = "%";
    for (const char c : to_lower(text)) {
        if (c == '%' || c == '_' || c == '\\') {
            pattern += '\\';
        }
        pattern += c;
    }
    return pattern + "%";
}

std::string order_of(const RecordFilter& filter) {
    return filter.after_id != 0 ? " ORDER BY id ASC" : " ORDER BY id DESC";
}

void add_text(Plan& plan, const RecordFilter& filter) {
    if (filter.text.empty()) {
        return;
    }
    plan.rest.add(
        "(lower(item) LIKE ? ESCAPE '\\' OR lower(error) LIKE ? ESCAPE '\\' OR lower(arguments) "
        "LIKE ? ESCAPE '\\' OR lower(result) LIKE ? ESCAPE '\\' OR lower(detail) LIKE ? ESCAPE "
        "'\\')");
    for (int i = 0; i < 5; ++i) {
        plan.rest.fields.emplace_back(like_pattern(filter.text));
    }
}

Plan plan_of(const RecordFilter& filter) {
    Plan plan;
    add_indexed(plan, filter);
    add_state(plan, filter);
    add_rest(plan, filter);
    add_text(plan, filter);
    add_range(plan, filter);
    return plan;
}

/// How far this page's search goes: the id behind so many candidates, or 0 for all of them.
Result<std::uint64_t> search_end(Session& session, const Plan& plan, const RecordFilter& filter) {
    std::vector<Field> fields = plan.guide.fields;
    fields.emplace_back(kSearchedAtOnce);
    auto rows = session.query("SELECT id FROM audit_records WHERE 1 = 1" + plan.guide.sql +
                                  order_of(filter) + " LIMIT 1 OFFSET ?",
                              fields);
    if (!rows) {
        return std::unexpected(rows.error());
    }
    return rows->empty() ? 0 : static_cast<std::uint64_t>(rows->front().integer(0));
}

}  // namespace

Result<RecordPage> SqlRecordStore::find(const RecordFilter& filter) {
    Plan plan = plan_of(filter);
    std::uint64_t end = 0;
    if (!plan.rest.sql.empty()) {
        const auto found = search_end(database_, plan, filter);
        if (!found) {
            return std::unexpected(found.error());
        }
        end = *found;
        if (end != 0) {
            plan.guide.add(filter.after_id != 0 ? "id <= ?" : "id >= ?", to_column(end));
        }
    }
    std::vector<Field> fields = std::move(plan.guide.fields);
    std::ranges::move(plan.rest.fields, std::back_inserter(fields));
    fields.emplace_back(static_cast<std::int64_t>(filter.limit));
    auto rows = database_.query("SELECT " + record_columns() + " FROM audit_records WHERE 1 = 1" +
                                    plan.guide.sql + plan.rest.sql + order_of(filter) + " LIMIT ?",
                                fields);
    if (!rows) {
        return std::unexpected(rows.error());
    }
    RecordPage page;
    page.records.reserve(rows->size());
    for (const Row& row : *rows) {
        page.records.push_back(read_record(row));
    }
    page.next =
        rows->size() == filter.limit ? static_cast<std::uint64_t>(rows->back().integer(0)) : end;
    return page;
}

}  // namespace gatehouse::storage
