// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "budget/purse.h"
#include "storage/database.h"
#include "storage/sql_budget_store.h"
#include "support/fake_clock.h"
#include "support/open_store.h"
#include "support/temp_dir.h"

namespace gatehouse::test {

/// A store that can be told to fail, before another one.
class FlakyBudgetStore final : public budget::BudgetStore {
  public:
    explicit FlakyBudgetStore(budget::BudgetStore& inner) : inner_(inner) {}

    Result<budget::LeaseGrant> take(const budget::LeaseRequest& request) override {
        ++takes;
        return broken ? down() : inner_.take(request);
    }

    Result<void> give_back(std::string_view owner,
                           std::span<const budget::LeaseReturn> leases) override {
        return broken ? Result<void>(down()) : inner_.give_back(owner, leases);
    }

    Result<void> adjust(const budget::CountName& count, std::int64_t delta) override {
        return broken ? Result<void>(down()) : inner_.adjust(count, delta);
    }

    Result<std::vector<budget::LeaseRow>> leases_of(std::string_view owner) override {
        return inner_.leases_of(owner);
    }

    Result<budget::LeaseGrant> take_slots(const budget::SlotRequest& request) override {
        ++takes;
        return broken ? down() : inner_.take_slots(request);
    }

    Result<void> renew_slots(std::string_view owner, Timestamp expires_at) override {
        return inner_.renew_slots(owner, expires_at);
    }

    Result<void> drop_slots(std::string_view owner,
                            std::string_view budget,
                            std::string_view key) override {
        return inner_.drop_slots(owner, budget, key);
    }

    Result<void> drop_all_slots(std::string_view owner) override {
        return inner_.drop_all_slots(owner);
    }

    Result<bool> mark_warned(const budget::CountName& count) override {
        return inner_.mark_warned(count);
    }

    Result<std::vector<budget::CountRow>> list(Timestamp now) override { return inner_.list(now); }

    Result<void> remove_ended(Timestamp before) override { return inner_.remove_ended(before); }

    std::atomic<bool> broken{false};
    std::atomic<int> takes{0};

  private:
    static std::unexpected<Error> down() { return fail(ErrorCode::kUnavailable, "store down"); }

    budget::BudgetStore& inner_;
};

/// One process's ledger over a store that others may share, with a loop's purse.
class BudgetProcess {
  public:
    BudgetProcess(budget::BudgetStore& store,
                  const std::filesystem::path& directory,
                  const Clock& clock) {
        auto file = budget::LeaseFile::open(directory);
        EXPECT_TRUE(file) << describe(file.error());
        ledger = std::make_unique<budget::Ledger>(budget::Ledger::Needs{
            .store = store,
            .file = std::move(*file),
            .clock = clock,
            .warn = [this](const budget::Warning& warning) { warnings.push_back(warning); }});
        const auto recovered = ledger->recover();
        EXPECT_TRUE(recovered) << describe(recovered.error());
        purse = std::make_unique<budget::Purse>(*ledger, clock);
    }

    /// Reserves, and runs what a worker would, until there is a verdict.
    budget::Verdict reserve(const budget::Plan& plan,
                            const budget::Caller& caller,
                            std::vector<budget::Request> requests,
                            budget::Hold& hold) {
        for (int round = 0; round < 20; ++round) {
            const auto verdict = purse->reserve(plan, caller, requests, hold);
            if (verdict != budget::Verdict::kWait) {
                return verdict;
            }
            bool ok = true;
            (void)purse->ask(
                [](const std::function<void()>& work) {
                    work();
                    return true;
                },
                [&](bool answered) { ok = ok && answered; });
            if (!ok) {
                return budget::Verdict::kUnavailable;
            }
        }
        return budget::Verdict::kWait;
    }

    std::vector<budget::Warning> warnings;
    std::unique_ptr<budget::Ledger> ledger;
    std::unique_ptr<budget::Purse> purse;
};

/// A server `todo` with budgets that a test writes, and calls by `u1` through `c1`.
class BudgetFixture : public testing::Test {
  protected:
    BudgetFixture() { start(); }

    static catalog::Budget calls(std::string name,
                                 std::uint64_t limit,
                                 catalog::BudgetWindow window = catalog::BudgetWindow::kMinute) {
        return {.name = std::move(name),
                .server = {},
                .per = {catalog::BudgetKey::kUser},
                .when = {},
                .unit = catalog::BudgetUnit::kCalls,
                .limit = limit,
                .window = window};
    }

    void start() {
        process = std::make_unique<BudgetProcess>(store, directory.path() / "budgets", clock);
    }

    /// As after `kill -9`.
    void crash() {
        process.reset();
        start();
    }

    void set(std::vector<catalog::Budget> budgets, catalog::ToolCosts costs = {}) {
        catalog::Catalog catalog;
        catalog.budgets = std::move(budgets);
        catalog.tool_costs = std::move(costs);
        plan = budget::Plan(catalog, {.name = "todo"});
    }

    budget::Caller caller() const {
        return {.user = user,
                .name = "ada",
                .email = "ada@example.com",
                .client = client,
                .server = "todo",
                .groups = groups,
                .scopes = scopes};
    }

    /// A call that reaches the runtime at once; its hold is dropped.
    budget::Verdict call(std::string_view tool = "add") {
        budget::Hold hold;
        const auto verdict = process->reserve(plan, caller(), {{"tools/call", tool}}, hold);
        process->purse->settle(hold, 0);
        return verdict;
    }

    /// How many of `tries` calls run.
    int run(int tries) {
        int ran = 0;
        for (int i = 0; i < tries; ++i) {
            ran += call() == budget::Verdict::kHeld ? 1 : 0;
        }
        return ran;
    }

    TempDir directory;
    FakeClock clock;
    std::unique_ptr<storage::Database> database = open_store(directory / "gatehouse.db").value();
    storage::SqlBudgetStore sql{*database};
    FlakyBudgetStore store{sql};
    budget::Plan plan;
    std::string user = "u1", client = "c1";
    std::vector<std::string> groups, scopes;
    std::unique_ptr<BudgetProcess> process;
};

}  // namespace gatehouse::test
