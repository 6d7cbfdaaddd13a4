// SPDX-License-Identifier: Apache-2.0
// A hundred replicas that share one budget: how exact it is, and what it costs the store
// (docs/scaling.md has the figures that this prints).
#include <gtest/gtest.h>

#include <iostream>
#include <memory>
#include <random>
#include <vector>

#include "support/budget_fixture.h"

namespace gatehouse::budget {
namespace {

class ManyReplicas : public test::BudgetFixture {
  protected:
    static constexpr int kReplicas = 100;

    ManyReplicas() {
        for (int i = 0; i < kReplicas; ++i) {
            replicas_.push_back(std::make_unique<test::BudgetProcess>(
                store, directory.path() / std::to_string(i), clock));
        }
    }

    /// One call at a replica.
    bool call_at(std::size_t replica) {
        Hold hold;
        auto& process = *replicas_[replica];
        const auto verdict = process.reserve(plan, caller(), {{"tools/call", "echo"}}, hold);
        process.purse->settle(hold, 0);
        clock.advance(std::chrono::milliseconds(1));
        return verdict == Verdict::kHeld;
    }

    void report(const char* what, int calls, int ran) {
        std::cout << what << ": " << ran << " of " << calls << " calls ran, " << store.takes
                  << " transactions, " << static_cast<double>(store.takes) / calls
                  << " for each call\n";
    }

    std::vector<std::unique_ptr<test::BudgetProcess>> replicas_;
    std::mt19937 dice_{20261127};
};

TEST_F(ManyReplicas, NeverRunMoreThanTheLimitAndInTheEndExactlyIt) {
    constexpr int kLimit = 5000;
    set({calls("shared", kLimit, catalog::BudgetWindow::kDay)});
    std::uniform_int_distribution<std::size_t> any(0, kReplicas - 1);
    int ran = 0;
    int tried = 0;
    for (; tried < kLimit; ++tried) {
        ran += call_at(any(dice_)) ? 1 : 0;
    }
    report("a limit of 5000 shared by 100 replicas", tried, ran);
    EXPECT_LE(ran, kLimit);
    EXPECT_GT(ran, kLimit * 9 / 10) << "what others hold is a small part";
    EXPECT_LT(store.takes, tried / 5) << "most calls do not touch the store";
    // Those who ask where something is held get it.
    for (int round = 0; round < 300 && ran < kLimit; ++round) {
        for (std::size_t replica = 0; replica < kReplicas; ++replica) {
            ran += call_at(replica) ? 1 : 0;
        }
    }
    EXPECT_EQ(ran, kLimit);
    for (std::size_t replica = 0; replica < kReplicas; ++replica) {
        EXPECT_FALSE(call_at(replica));
    }
}

TEST_F(ManyReplicas, AskTheStoreRarelyFarFromTheLimit) {
    set({calls("shared", 10'000'000, catalog::BudgetWindow::kDay)});
    std::uniform_int_distribution<std::size_t> any(0, kReplicas - 1);
    constexpr int kCalls = 5000;
    int ran = 0;
    for (int i = 0; i < kCalls; ++i) {
        ran += call_at(any(dice_)) ? 1 : 0;
    }
    report("a limit of 10 million, far away", kCalls, ran);
    EXPECT_EQ(ran, kCalls);
    EXPECT_LT(store.takes, kCalls / 10);
}

}  // namespace
}  // namespace gatehouse::budget
