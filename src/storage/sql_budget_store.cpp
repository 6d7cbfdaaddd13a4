// SPDX-License-Identifier: Apache-2.0
#include "storage/sql_budget_store.h"

#include <algorithm>
#include <utility>

#include "storage/columns.h"

namespace gatehouse::storage {
namespace {

using budget::CountName;
using budget::CountRow;
using budget::LeaseGrant;
using budget::LeaseRequest;
using budget::LeaseReturn;
using budget::LeaseRow;
using budget::SlotRequest;

/// The number in the only column of the only row; 0 without one.
Result<std::int64_t> read_number(Session& session,
                                 std::string_view sql,
                                 const std::vector<Field>& fields) {
    const auto rows = session.query(sql, fields);
    if (!rows) {
        return std::unexpected(rows.error());
    }
    return rows->empty() ? 0 : rows->front().integer(0);
}

Result<void> change_count(Session& session, const CountName& count, std::int64_t delta) {
    return ignore_count(session.execute(
        "UPDATE budget_counts SET used = CASE WHEN used + ? > 0 THEN used + ? ELSE 0 END "
        "WHERE budget = ? AND account = ? AND window_start = ?",
        {delta, delta, count.budget, count.key, time_column(count.window_start)}));
}

Result<void> return_lease(Session& session, std::string_view owner, const LeaseReturn& lease) {
    const auto rows = session.query(
        "SELECT budget, account, window_start, window_end, amount FROM budget_leases "
        "WHERE owner = ? AND id = ?",
        {std::string(owner), lease.lease});
    if (!rows || rows->empty()) {
        return rows ? Result<void>{} : std::unexpected(rows.error());
    }
    const Row& row = rows->front();
    const CountName count{.budget = row.text(0),
                          .key = row.text(1),
                          .window_start = read_time(row, 2),
                          .window_end = read_time(row, 3)};
    if (auto changed = change_count(session, count, lease.spent - row.integer(4)); !changed) {
        return changed;
    }
    return ignore_count(session.execute("DELETE FROM budget_leases WHERE owner = ? AND id = ?",
                                        {std::string(owner), lease.lease}));
}

Result<void> add_to_count(Session& session, const CountName& count, std::int64_t amount) {
    return ignore_count(session.execute(
        "INSERT INTO budget_counts (budget, account, window_start, window_end, used) "
        "VALUES (?, ?, ?, ?, ?) ON CONFLICT (budget, account, window_start) "
        "DO UPDATE SET used = budget_counts.used + excluded.used",
        {count.budget, count.key, time_column(count.window_start), time_column(count.window_end),
         amount}));
}

Result<void> add_to_lease(Session& session, const LeaseRequest& request, std::int64_t amount) {
    const CountName& count = request.count;
    return ignore_count(session.execute(
        "INSERT INTO budget_leases (owner, id, budget, account, window_start, window_end, amount) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (owner, id) "
        "DO UPDATE SET amount = budget_leases.amount + excluded.amount",
        {request.owner, request.lease, count.budget, count.key, time_column(count.window_start),
         time_column(count.window_end), amount}));
}

/// Adding nothing first makes the transaction the only one that changes this count.
Result<LeaseGrant> extend(Session& session, const LeaseRequest& request) {
    if (auto added = add_to_count(session, request.count, request.spent_beyond); !added) {
        return std::unexpected(added.error());
    }
    const auto used = read_number(
        session,
        "SELECT used FROM budget_counts WHERE budget = ? AND account = ? AND window_start = ?",
        {request.count.budget, request.count.key, time_column(request.count.window_start)});
    if (!used) {
        return std::unexpected(used.error());
    }
    const std::int64_t more = budget::lease_size(request.limit - *used, request.wanted);
    auto done = change_count(session, request.count, more);
    if (done) {
        done = add_to_lease(session, request, more + request.spent_beyond);
    }
    if (!done) {
        return std::unexpected(done.error());
    }
    const auto granted =
        read_number(session, "SELECT amount FROM budget_leases WHERE owner = ? AND id = ?",
                    {request.owner, request.lease});
    if (!granted) {
        return std::unexpected(granted.error());
    }
    return LeaseGrant{.granted = *granted, .used = *used + more};
}

Result<LeaseGrant> hold_slots(Session& session, const SlotRequest& request) {
    // First, so that the transaction is the only one that changes these slots.
    auto done = ignore_count(session.execute(
        "INSERT INTO budget_slots (owner, budget, account, amount, expires_at) "
        "VALUES (?, ?, ?, 0, ?) ON CONFLICT (budget, account, owner) DO UPDATE SET "
        "expires_at = excluded.expires_at",
        {request.owner, request.budget, request.key, time_column(request.expires_at)}));
    if (!done) {
        return std::unexpected(done.error());
    }
    const auto others =
        read_number(session,
                    "SELECT COALESCE(SUM(amount), 0) FROM budget_slots "
                    "WHERE budget = ? AND account = ? AND owner <> ? AND expires_at > ?",
                    {request.budget, request.key, request.owner, time_column(request.now)});
    if (!others) {
        return std::unexpected(others.error());
    }
    const auto mine = std::clamp<std::int64_t>(request.wanted, 0,
                                               std::max<std::int64_t>(request.limit - *others, 0));
    done = ignore_count(session.execute(
        "UPDATE budget_slots SET amount = ? WHERE budget = ? AND account = ? AND owner = ?",
        {mine, request.budget, request.key, request.owner}));
    if (!done) {
        return std::unexpected(done.error());
    }
    return LeaseGrant{.granted = mine, .used = mine + *others};
}

}  // namespace

Result<LeaseGrant> SqlBudgetStore::take(const LeaseRequest& request) {
    LeaseGrant grant;
    const auto done = database_.transaction([&](Session& session) -> Result<void> {
        if (request.returned) {
            if (auto back = return_lease(session, request.owner, *request.returned); !back) {
                return back;
            }
        }
        const auto extended = extend(session, request);
        if (!extended) {
            return std::unexpected(extended.error());
        }
        grant = *extended;
        return {};
    });
    return done ? Result<LeaseGrant>(grant) : std::unexpected(done.error());
}

Result<void> SqlBudgetStore::give_back(std::string_view owner,
                                       std::span<const LeaseReturn> leases) {
    if (leases.empty()) {
        return {};
    }
    return database_.transaction([&](Session& session) -> Result<void> {
        for (const LeaseReturn& lease : leases) {
            if (auto back = return_lease(session, owner, lease); !back) {
                return back;
            }
        }
        return {};
    });
}

Result<void> SqlBudgetStore::adjust(const CountName& count, std::int64_t delta) {
    return database_.transaction(
        [&](Session& session) { return change_count(session, count, delta); });
}

Result<std::vector<LeaseRow>> SqlBudgetStore::leases_of(std::string_view owner) {
    const auto rows = database_.query("SELECT id, amount FROM budget_leases WHERE owner = ?",
                                      {std::string(owner)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<LeaseRow> leases;
    leases.reserve(rows->size());
    for (const Row& row : *rows) {
        leases.push_back({.lease = row.integer(0), .amount = row.integer(1)});
    }
    return leases;
}

Result<LeaseGrant> SqlBudgetStore::take_slots(const SlotRequest& request) {
    LeaseGrant grant;
    const auto done = database_.transaction([&](Session& session) -> Result<void> {
        const auto held = hold_slots(session, request);
        if (!held) {
            return std::unexpected(held.error());
        }
        grant = *held;
        return {};
    });
    return done ? Result<LeaseGrant>(grant) : std::unexpected(done.error());
}

Result<void> SqlBudgetStore::renew_slots(std::string_view owner, Timestamp expires_at) {
    return ignore_count(database_.execute("UPDATE budget_slots SET expires_at = ? WHERE owner = ?",
                                          {time_column(expires_at), std::string(owner)}));
}

Result<void> SqlBudgetStore::drop_slots(std::string_view owner,
                                        std::string_view budget,
                                        std::string_view key) {
    return ignore_count(
        database_.execute("DELETE FROM budget_slots WHERE budget = ? AND account = ? AND owner = ?",
                          {std::string(budget), std::string(key), std::string(owner)}));
}

Result<void> SqlBudgetStore::drop_all_slots(std::string_view owner) {
    return ignore_count(
        database_.execute("DELETE FROM budget_slots WHERE owner = ?", {std::string(owner)}));
}

Result<bool> SqlBudgetStore::mark_warned(const CountName& count) {
    const auto changed = database_.execute(
        "UPDATE budget_counts SET warned = 1 "
        "WHERE budget = ? AND account = ? AND window_start = ? AND warned = 0",
        {count.budget, count.key, time_column(count.window_start)});
    if (!changed) {
        return std::unexpected(changed.error());
    }
    return *changed == 1;
}

Result<std::vector<CountRow>> SqlBudgetStore::list(Timestamp now) {
    const auto rows = database_.query(
        "SELECT budget, account, window_start, window_end, used FROM budget_counts "
        "WHERE window_end > ? AND window_start <= ? "
        "UNION ALL SELECT budget, account, 0, NULL, SUM(amount) FROM budget_slots "
        "WHERE expires_at > ? GROUP BY budget, account ORDER BY 1, 2",
        {time_column(now), time_column(now), time_column(now)});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::vector<CountRow> counts;
    counts.reserve(rows->size());
    for (const Row& row : *rows) {
        counts.push_back(
            {.name = {.budget = row.text(0),
                      .key = row.text(1),
                      .window_start = read_time(row, 2),
                      .window_end = read_optional_time(row, 3).value_or(Timestamp::max())},
             .used = row.integer(4)});
    }
    return counts;
}

Result<void> SqlBudgetStore::remove_ended(Timestamp before) {
    return database_.transaction([&](Session& session) -> Result<void> {
        auto done = ignore_count(session.execute("DELETE FROM budget_counts WHERE window_end < ?",
                                                 {time_column(before)}));
        if (done) {
            done = ignore_count(session.execute("DELETE FROM budget_leases WHERE window_end < ?",
                                                {time_column(before)}));
        }
        if (done) {
            done = ignore_count(session.execute("DELETE FROM budget_slots WHERE expires_at < ?",
                                                {time_column(before)}));
        }
        return done;
    });
}

}  // namespace gatehouse::storage
