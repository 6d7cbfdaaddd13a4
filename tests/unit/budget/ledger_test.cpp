// SPDX-License-Identifier: Apache-2.0
#include "budget/ledger.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>

#include "support/budget_fixture.h"

namespace gatehouse::budget {
namespace {

using catalog::Budget;
using catalog::BudgetKey;
using catalog::BudgetUnit;
using catalog::BudgetWindow;
using std::chrono::minutes;
using std::chrono::seconds;
using test::BudgetProcess;

class Ledgers : public test::BudgetFixture {
  protected:
    std::int64_t used(std::string_view name) {
        const auto rows = process->ledger->list();
        EXPECT_TRUE(rows);
        std::int64_t sum = 0;
        for (const CountRow& row : *rows) {
            sum += row.name.budget.contains("/" + std::string(name) + " ") ? row.used : 0;
        }
        return sum;
    }
};

TEST_F(Ledgers, LetExactlyTheLimitRun) {
    set({calls("b", 60)});
    EXPECT_EQ(run(100), 60);
    EXPECT_EQ(used("b"), 60);
}

TEST_F(Ledgers, AskTheStoreSeldom) {
    set({calls("b", 1000)});
    EXPECT_EQ(run(700), 700);
    EXPECT_LT(store.takes, 10);
}

TEST_F(Ledgers, BelieveTheStoreForASecondThatNothingIsLeft) {
    set({calls("b", 5)});
    EXPECT_EQ(run(5), 5);
    (void)call();
    const int before = store.takes;
    EXPECT_EQ(run(50), 0);
    EXPECT_EQ(store.takes, before);
    clock.advance(seconds(1));
    EXPECT_EQ(run(50), 0);
    EXPECT_EQ(store.takes, before + 1);
}

TEST_F(Ledgers, SayWhatIsShortAndUntilWhen) {
    set({calls("short", 1), calls("long", 1, BudgetWindow::kHour)});
    EXPECT_EQ(run(2), 1);
    EXPECT_EQ(call(), Verdict::kRefused);
    const Shortage& shortage = process->purse->shortage();
    EXPECT_EQ(shortage.rule->budget.name, "long") << "coming back after the minute is of no use";
    EXPECT_EQ(shortage.used, 1);
    EXPECT_EQ(shortage.resets_at, window_at(BudgetWindow::kHour, clock.now()).end);
}

TEST_F(Ledgers, StartAnewWithEachWindow) {
    set({calls("b", 3)});
    EXPECT_EQ(run(5), 3);
    clock.advance(window_at(BudgetWindow::kMinute, clock.now()).end - clock.now() -
                  std::chrono::milliseconds{1});
    EXPECT_EQ(run(1), 0);
    clock.advance(std::chrono::milliseconds{1});
    EXPECT_EQ(run(5), 3);
}

TEST_F(Ledgers, FindTheOldCountWhenTheClockGoesBack) {
    set({calls("b", 3)});
    EXPECT_EQ(run(2), 2);
    clock.advance(minutes(1));
    EXPECT_EQ(run(5), 3);
    clock.advance(-minutes(1));
    EXPECT_EQ(run(5), 1);
    clock.advance(minutes(1));
    EXPECT_EQ(run(5), 0);
}

TEST_F(Ledgers, KeepCountsOverARestart) {
    set({calls("b", 60)});
    EXPECT_EQ(run(25), 25);
    ASSERT_TRUE(process->ledger->close());
    crash();
    EXPECT_EQ(used("b"), 25);
    EXPECT_EQ(run(100), 35);
}

TEST_F(Ledgers, LoseAndDoubleNothingWhenKilled) {
    set({calls("b", 60), calls("other", 1000, BudgetWindow::kDay)});
    int ran = 0;
    for (int kills = 0; kills < 5; ++kills) {
        ran += run(7);
        crash();
    }
    EXPECT_EQ(ran, 35);
    EXPECT_EQ(used("b"), 35);
    EXPECT_EQ(used("other"), 35);
    EXPECT_EQ(run(100), 25);
}

TEST_F(Ledgers, CountWhatNobodyKnowsAsSpentWhenTheFileIsLost) {
    set({calls("b", 60)});
    EXPECT_EQ(run(1), 1);
    process.reset();
    std::filesystem::remove_all(directory.path() / "budgets");
    start();
    EXPECT_EQ(run(100), 45) << "the lease of a quarter stays with its lost owner";
}

TEST_F(Ledgers, KeepCountsUnderAnotherLimit) {
    set({calls("b", 10)});
    EXPECT_EQ(run(6), 6);
    set({calls("b", 8)});
    EXPECT_EQ(run(10), 2) << "lowered";
    set({calls("b", 5)});
    EXPECT_EQ(run(10), 0) << "below what is used";
    set({calls("b", 20)});
    EXPECT_EQ(run(100), 12) << "raised";
}

TEST_F(Ledgers, LowerALimitAlsoForWhatIsLeased) {
    set({calls("b", 1000)});
    EXPECT_EQ(run(1), 1);
    set({calls("b", 3)});
    EXPECT_EQ(run(100), 2);
}

TEST_F(Ledgers, TakeBackWhatNeverReachedTheRuntime) {
    set({calls("b", 3)});
    for (int i = 0; i < 20; ++i) {
        Hold hold;
        ASSERT_EQ(process->reserve(plan, caller(), {{"tools/call", "add"}}, hold), Verdict::kHeld);
        process->purse->refund(hold);
    }
    EXPECT_EQ(used("b"), 0);
    EXPECT_EQ(run(10), 3);
}

TEST_F(Ledgers, ReserveEverythingOrNothing) {
    set({calls("wide", 100), calls("narrow", 2)});
    EXPECT_EQ(run(10), 2);
    EXPECT_EQ(used("wide"), 2);
}

TEST_F(Ledgers, CountEveryToolCallOfABatch) {
    set({calls("b", 5)});
    Hold hold;
    const std::vector<Request> three{
        {"tools/call", "a"}, {"tools/call", "b"}, {"ping", ""}, {"tools/call", "c"}};
    EXPECT_EQ(process->reserve(plan, caller(), three, hold), Verdict::kHeld);
    EXPECT_EQ(used("b"), 3);
    Hold second;
    EXPECT_EQ(process->reserve(plan, caller(), three, second), Verdict::kRefused);
    EXPECT_EQ(used("b"), 3) << "not in part";
    EXPECT_EQ(run(10), 2);
}

TEST_F(Ledgers, SpendUnitsByCost) {
    Budget units = calls("b", 60);
    units.unit = BudgetUnit::kUnits;
    set({units}, {{"run_report", 25}, {"free", 0}, {"huge", 61}});
    EXPECT_EQ(call("run_report"), Verdict::kHeld);
    EXPECT_EQ(call("run_report"), Verdict::kHeld);
    EXPECT_EQ(call("run_report"), Verdict::kRefused);
    EXPECT_EQ(process->purse->shortage().used, 50);
    EXPECT_EQ(process->purse->shortage().asked, 25);
    EXPECT_EQ(call("huge"), Verdict::kRefused);
    EXPECT_TRUE(process->purse->shortage().never_fits);
    EXPECT_EQ(run(100), 10) << "cheaper calls still fit";
    EXPECT_EQ(call("free"), Verdict::kHeld);
}

TEST_F(Ledgers, SettleBytesByRealSize) {
    Budget bytes = calls("b", 1000);
    bytes.unit = BudgetUnit::kBytes;
    set({bytes});
    Hold hold;
    ASSERT_EQ(process->reserve(plan, caller(), {{"tools/call", "add"}}, hold), Verdict::kHeld);
    process->purse->settle(hold, 400);
    EXPECT_EQ(used("b"), 400);
    ASSERT_EQ(process->reserve(plan, caller(), {{"tools/call", "add"}}, hold), Verdict::kHeld)
        << "something is left";
    process->purse->settle(hold, 5000);
    EXPECT_EQ(used("b"), 5400);
    EXPECT_EQ(call(), Verdict::kRefused);
    crash();
    EXPECT_EQ(used("b"), 5400) << "also beyond what was granted";
    EXPECT_EQ(call(), Verdict::kRefused);
}

TEST_F(Ledgers, FreeASlotWhenACallEndsAndAfterACrash) {
    Budget slots = calls("b", 2, BudgetWindow::kNone);
    slots.unit = BudgetUnit::kConcurrent;
    set({slots});
    const std::vector<Request> one{{"tools/call", "add"}};
    Hold first;
    Hold second;
    Hold third;
    EXPECT_EQ(process->reserve(plan, caller(), one, first), Verdict::kHeld);
    EXPECT_EQ(process->reserve(plan, caller(), one, second), Verdict::kHeld);
    EXPECT_EQ(process->reserve(plan, caller(), one, third), Verdict::kRefused);
    EXPECT_FALSE(process->purse->shortage().resets_at);
    EXPECT_EQ(used("b"), 2);
    process->purse->settle(first, 100);
    EXPECT_EQ(process->reserve(plan, caller(), one, third), Verdict::kHeld);
    crash();
    Hold again;
    Hold more;
    EXPECT_EQ(process->reserve(plan, caller(), one, again), Verdict::kHeld);
    EXPECT_EQ(process->reserve(plan, caller(), one, more), Verdict::kHeld);
}

TEST_F(Ledgers, ShareSlotsBetweenReplicas) {
    Budget slots = calls("b", 4, BudgetWindow::kNone);
    slots.unit = BudgetUnit::kConcurrent;
    set({slots});
    const std::vector<Request> one{{"tools/call", "add"}};
    auto other = std::make_unique<BudgetProcess>(store, directory.path() / "other", clock);
    std::vector<Hold> mine(4);
    std::vector<Hold> theirs(4);
    int held = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        held += process->reserve(plan, caller(), one, mine[i]) == Verdict::kHeld ? 1 : 0;
        held += other->reserve(plan, caller(), one, theirs[i]) == Verdict::kHeld ? 1 : 0;
    }
    EXPECT_EQ(held, 4);
    other.reset();
    clock.advance(seconds(61));
    process->ledger->tend();
    held = 0;
    for (Hold& hold : mine) {
        held += hold.is_empty() && process->reserve(plan, caller(), one, hold) == Verdict::kHeld
                    ? 1
                    : 0;
    }
    EXPECT_GT(held, 0) << "what a dead replica held is free when it expires";
}

TEST_F(Ledgers, NeverExceedALimitThatReplicasShare) {
    set({calls("b", 60)});
    BudgetProcess other(store, directory.path() / "other", clock);
    int ran = 0;
    for (int i = 0; i < 100; ++i) {
        ran += run(1);
        Hold hold;
        ran += other.reserve(plan, caller(), {{"tools/call", "add"}}, hold) == Verdict::kHeld;
        clock.advance(std::chrono::milliseconds{10});
    }
    EXPECT_EQ(ran, 60) << "leases shrink, so nothing is left unused either";
}

TEST_F(Ledgers, CountPerKey) {
    Budget both = calls("b", 2);
    both.per = {BudgetKey::kUser, BudgetKey::kTool};
    set({both});
    EXPECT_EQ(run(5), 2);
    EXPECT_EQ(call("sub"), Verdict::kHeld) << "another tool";
    user = "u2";
    EXPECT_EQ(run(5), 2) << "another user";
    client = "c2";
    EXPECT_EQ(run(5), 0) << "the client does not matter";
}

TEST_F(Ledgers, CountAPersonInEachGroup) {
    Budget by_group = calls("b", 3);
    by_group.per = {BudgetKey::kGroup};
    set({by_group});
    groups = {"staff", "ops"};
    EXPECT_EQ(run(2), 2);
    user = "u2";
    groups = {"ops"};
    EXPECT_EQ(run(5), 1) << "what is left of ops";
    groups = {"staff", "ops"};
    EXPECT_EQ(run(5), 0) << "every group must have room";
    groups = {"staff"};
    EXPECT_EQ(run(5), 1);
    groups = {};
    EXPECT_EQ(run(5), 3) << "people without a group share a count";
}

TEST_F(Ledgers, BoundTheToolsThatACallerMakesUp) {
    Budget by_tool = calls("b", 1);
    by_tool.per = {BudgetKey::kTool};
    set({by_tool});
    int ran = 0;
    for (int i = 0; i < 1200; ++i) {
        const std::string tool = "made_up_" + std::to_string(i);
        ran += call(tool) == Verdict::kHeld ? 1 : 0;
    }
    EXPECT_EQ(ran, 1001) << "all beyond a thousand share one count";
    EXPECT_EQ(process->ledger->list()->size(), 1001U);
}

TEST_F(Ledgers, LetLiveLeasesGoOnWithoutTheStore) {
    set({calls("b", 100)});
    EXPECT_EQ(run(1), 1);
    store.broken = true;
    EXPECT_EQ(run(24), 24) << "the rest of a quarter";
    EXPECT_EQ(call(), Verdict::kUnavailable);
    user = "u2";
    EXPECT_EQ(call(), Verdict::kUnavailable) << "nobody knows what this user has used";
    store.broken = false;
    EXPECT_EQ(call(), Verdict::kHeld);
    user = "u1";
    EXPECT_EQ(run(200), 75);
}

TEST_F(Ledgers, GiveBackALeaseThatTheStoreCouldNotTake) {
    set({calls("b", 100)});
    EXPECT_EQ(run(1), 1);
    store.broken = true;
    clock.advance(minutes(1));
    EXPECT_EQ(call(), Verdict::kUnavailable);
    clock.advance(-minutes(1));
    store.broken = false;
    process->ledger->tend();
    EXPECT_EQ(used("b"), 1);
    EXPECT_EQ(run(200), 99);
}

TEST_F(Ledgers, GiveIdleLeasesBack) {
    set({calls("b", 100, BudgetWindow::kDay)});
    EXPECT_EQ(run(1), 1);
    for (int i = 0; i < 8; ++i) {
        clock.advance(minutes(1));
        process->ledger->tend();
    }
    EXPECT_EQ(sql.list(clock.now())->front().used, 1) << "no lease is out";
    EXPECT_EQ(run(200), 99);
}

TEST_F(Ledgers, SettleAfterTheirLeaseIsGone) {
    Budget bytes = calls("b", 1000, BudgetWindow::kDay);
    bytes.unit = BudgetUnit::kBytes;
    set({bytes});
    Hold stream;
    ASSERT_EQ(process->reserve(plan, caller(), {{"tools/call", "add"}}, stream), Verdict::kHeld);
    for (int i = 0; i < 8; ++i) {
        clock.advance(minutes(1));
        process->ledger->tend();
    }
    process->purse->settle(stream, 900);
    process->ledger->tend();
    EXPECT_EQ(used("b"), 900);
}

TEST_F(Ledgers, SettleACallThatOutlivesItsWindowInItsOwn) {
    set({calls("b", 2)});
    Hold hold;
    ASSERT_EQ(process->reserve(plan, caller(), {{"tools/call", "add"}}, hold), Verdict::kHeld);
    clock.advance(minutes(1));
    EXPECT_EQ(run(5), 2);
    process->purse->refund(hold);
    process->ledger->tend();
    EXPECT_EQ(run(5), 0) << "the new window gets nothing of it";
}

TEST_F(Ledgers, WarnOncePerKeyAndWindow) {
    Budget budget = calls("b", 10);
    budget.warn_at = 80;
    set({budget});
    EXPECT_EQ(run(7), 7);
    process->ledger->tend();
    EXPECT_TRUE(process->warnings.empty());
    EXPECT_EQ(run(10), 3);
    process->ledger->tend();
    ASSERT_EQ(process->warnings.size(), 1U);
    EXPECT_EQ(process->warnings[0].name, "b");
    EXPECT_EQ(process->warnings[0].limit, 10);
    crash();
    EXPECT_EQ(run(1), 0);
    process->ledger->tend();
    EXPECT_TRUE(process->warnings.empty()) << "not again after a restart";
    clock.advance(minutes(1));
    EXPECT_EQ(run(9), 9);
    process->ledger->tend();
    EXPECT_EQ(process->warnings.size(), 1U);
}

TEST_F(Ledgers, RemoveWhatEnded) {
    set({calls("b", 10)});
    EXPECT_EQ(run(1), 1);
    clock.advance(std::chrono::hours(25));
    process->ledger->tend();
    clock.advance(-std::chrono::hours(25));
    EXPECT_TRUE(sql.list(clock.now())->empty());
}

TEST_F(Ledgers, UseAFileOfTheirOwnBesideAnotherProcess) {
    set({calls("b", 60)});
    EXPECT_EQ(run(1), 1);
    {
        BudgetProcess beside(store, directory.path() / "budgets", clock);
        Hold hold;
        EXPECT_EQ(beside.reserve(plan, caller(), {{"tools/call", "add"}}, hold), Verdict::kHeld);
    }
    crash();
    EXPECT_EQ(used("b"), 2) << "the second file is read too";
}

/// The contract's words as a program: what is used per budget, key and window.
class Reference {
  public:
    struct Spend {
        std::vector<std::pair<std::string, std::int64_t>> counts;
    };

    std::optional<Spend> call(const std::vector<Budget>& budgets,
                              const std::string& user,
                              std::int64_t cost,
                              Timestamp now) {
        Spend spend;
        for (const Budget& budget : budgets) {
            const auto window = window_at(budget.window, now).start.time_since_epoch().count();
            const std::string key = budget.name + user + std::to_string(window);
            const auto amount = budget.unit == BudgetUnit::kUnits ? cost : 1;
            if (amount > 0 && used[key] + amount > static_cast<std::int64_t>(budget.limit)) {
                return std::nullopt;
            }
            spend.counts.emplace_back(key, amount);
        }
        for (const auto& [key, amount] : spend.counts) {
            used[key] += amount;
        }
        return spend;
    }

    void refund(const Spend& spend) {
        for (const auto& [key, amount] : spend.counts) {
            used[key] -= amount;
        }
    }

    std::map<std::string, std::int64_t> used;
};

TEST_F(Ledgers, AgreeWithAPlainReferenceOnRandomHistories) {
    std::mt19937 random(20261124);
    const auto pick = [&](int below) {
        return static_cast<int>(random() % static_cast<unsigned>(below));
    };
    for (int history = 0; history < 15; ++history) {
        Reference reference;
        std::vector<Budget> budgets;
        const std::string tag = "h" + std::to_string(history) + "_";
        for (int i = 0; i < 1 + pick(3); ++i) {
            Budget budget = calls(tag + std::to_string(i), 1 + static_cast<std::uint64_t>(pick(40)),
                                  pick(2) == 0 ? BudgetWindow::kMinute : BudgetWindow::kHour);
            budget.unit = pick(2) == 0 ? BudgetUnit::kCalls : BudgetUnit::kUnits;
            budgets.push_back(budget);
        }
        const catalog::ToolCosts costs{{"t0", 0}, {"t1", 1}, {"t2", 3}, {"t3", 11}};
        set(budgets, costs);
        for (int step = 0; step < 150; ++step) {
            const int what = pick(100);
            if (what < 2) {
                crash();
            } else if (what < 4) {
                budgets[0].limit = 1 + static_cast<std::uint64_t>(pick(40));
                set(budgets, costs);
            } else if (what < 8) {
                clock.advance(seconds(pick(90) - 20));
            } else if (what < 10) {
                process->ledger->tend();
            } else {
                user = pick(2) == 0 ? "u1" : "u2";
                const auto& [tool, cost] = costs[static_cast<std::size_t>(pick(4))];
                const auto expected =
                    reference.call(budgets, user, static_cast<std::int64_t>(cost), clock.now());
                Hold hold;
                const auto verdict = process->reserve(plan, caller(), {{"tools/call", tool}}, hold);
                ASSERT_EQ(verdict == Verdict::kHeld, expected.has_value())
                    << "history " << history << ", step " << step;
                if (expected && pick(4) == 0) {
                    process->purse->refund(hold);
                    reference.refund(*expected);
                }
            }
        }
    }
}

}  // namespace
}  // namespace gatehouse::budget
