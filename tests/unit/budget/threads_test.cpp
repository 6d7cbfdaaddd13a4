// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

#include "support/budget_fixture.h"

namespace gatehouse::budget {
namespace {

using catalog::Budget;
using catalog::BudgetUnit;
using catalog::BudgetWindow;

class Threads : public test::BudgetFixture {
  protected:
    static constexpr int kLoops = 4;

    /// Each loop has its own purse; who must refill does so on the spot, others wait.
    static Verdict reserve(Purse& purse, const Plan& plan, const Caller& caller, Hold& hold) {
        const std::vector<Request> one{{"tools/call", "add"}};
        for (;;) {
            const Verdict verdict = purse.reserve(plan, caller, one, hold);
            if (verdict != Verdict::kWait) {
                return verdict;
            }
            std::atomic<std::size_t> told{0};
            const std::size_t asked = purse.ask(
                [](const std::function<void()>& work) {
                    work();
                    return true;
                },
                [&](bool) {
                    told.fetch_add(1);
                    told.notify_all();
                });
            for (std::size_t seen = told; seen < asked; seen = told) {
                told.wait(seen);
            }
        }
    }

    void on_loops(const std::function<void(Purse&)>& work) {
        std::latch ready(kLoops);
        std::vector<std::jthread> threads;
        for (int i = 0; i < kLoops; ++i) {
            threads.emplace_back([&] {
                Purse purse(*process->ledger, clock);
                ready.arrive_and_wait();
                work(purse);
            });
        }
    }
};

TEST_F(Threads, LetExactlyTheLimitRunAtOnce) {
    set({calls("a", 6000), calls("b", 4321, BudgetWindow::kHour)});
    std::atomic<int> ran{0};
    on_loops([&](Purse& purse) {
        for (int i = 0; i < 2000; ++i) {
            Hold hold;
            ran += reserve(purse, plan, caller(), hold) == Verdict::kHeld ? 1 : 0;
            purse.settle(hold, 0);
        }
    });
    EXPECT_EQ(ran, 4321);
}

TEST_F(Threads, NeverHoldMoreSlotsThanThereAre) {
    Budget slots = calls("a", 3, BudgetWindow::kNone);
    slots.unit = BudgetUnit::kConcurrent;
    set({slots});
    std::atomic<int> now{0};
    std::atomic<int> most{0};
    std::atomic<int> ran{0};
    on_loops([&](Purse& purse) {
        for (int i = 0; i < 3000; ++i) {
            Hold hold;
            if (reserve(purse, plan, caller(), hold) == Verdict::kHeld) {
                const int inside = ++now;
                for (int seen = most; seen < inside && !most.compare_exchange_weak(seen, inside);) {
                }
                ++ran;
                --now;
            }
            purse.settle(hold, 0);
        }
    });
    EXPECT_LE(most, 3);
    EXPECT_GT(ran, 0);
    EXPECT_EQ(process->ledger->list()->front().used, 0);
}

TEST_F(Threads, CountRightWhileLeasesComeAndGo) {
    set({calls("a", 1'000'000, BudgetWindow::kDay)});
    std::atomic<bool> over{false};
    std::atomic<int> ran{0};
    std::jthread keeper([&] {
        while (!over) {
            clock.advance(std::chrono::minutes(6));
            process->ledger->tend();
            clock.advance(-std::chrono::minutes(6));
        }
    });
    on_loops([&](Purse& purse) {
        for (int i = 0; i < 1000; ++i) {
            Hold hold;
            if (reserve(purse, plan, caller(), hold) != Verdict::kHeld) {
                continue;
            }
            if (i % 3 == 0) {
                purse.refund(hold);
            } else {
                purse.settle(hold, 0);
                ++ran;
            }
        }
    });
    over = true;
    keeper.join();
    process->ledger->tend();
    EXPECT_EQ(process->ledger->list()->front().used, ran);
}

}  // namespace
}  // namespace gatehouse::budget
