// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "budget/purse.h"

namespace gatehouse::bench {
namespace {

/// Grants whatever is wanted: the path of a call while its leases last is what is measured.
class GenerousStore final : public budget::BudgetStore {
  public:
    Result<budget::LeaseGrant> take(const budget::LeaseRequest& request) override {
        return budget::LeaseGrant{.granted = request.limit, .used = request.limit};
    }

    Result<void> give_back(std::string_view, std::span<const budget::LeaseReturn>) override {
        return {};
    }

    Result<void> adjust(const budget::CountName&, std::int64_t) override { return {}; }

    Result<std::vector<budget::LeaseRow>> leases_of(std::string_view) override {
        return std::vector<budget::LeaseRow>();
    }

    Result<budget::LeaseGrant> take_slots(const budget::SlotRequest& request) override {
        return budget::LeaseGrant{.granted = request.limit, .used = request.limit};
    }

    Result<void> renew_slots(std::string_view, Timestamp) override { return {}; }

    Result<void> drop_slots(std::string_view, std::string_view, std::string_view) override {
        return {};
    }

    Result<void> drop_all_slots(std::string_view) override { return {}; }

    Result<bool> mark_warned(const budget::CountName&) override { return true; }

    Result<std::vector<budget::CountRow>> list(Timestamp) override {
        return std::vector<budget::CountRow>();
    }

    Result<void> remove_ended(Timestamp) override { return {}; }
};

/// Stands still, so that no window ends in the middle.
class StillClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const override { return at_; }

    [[nodiscard]] SteadyTime steady_now() const override { return SteadyTime(); }

  private:
    Timestamp at_{std::chrono::milliseconds{1'795'000'000'000}};
};

struct Office {
    StillClock clock;
    GenerousStore store;
    budget::Ledger ledger{{.store = store, .file = nullptr, .clock = clock, .warn = nullptr}};
};

Office& office() {
    static Office one;
    return one;
}

budget::Plan plan_of(std::int64_t budgets) {
    using catalog::BudgetKey;
    const std::vector<std::vector<BudgetKey>> keys{
        {BudgetKey::kUser}, {BudgetKey::kUser, BudgetKey::kClient}, {BudgetKey::kServer}};
    catalog::Catalog catalog;
    for (std::int64_t i = 0; i < budgets; ++i) {
        const auto place = static_cast<std::size_t>(i);
        catalog.budgets.push_back(
            {.name = "budget-" + std::to_string(i),
             .server = {},
             .per = keys[place % keys.size()],
             .when = {},
             .unit = place % 2 == 0 ? catalog::BudgetUnit::kCalls : catalog::BudgetUnit::kUnits,
             .limit = 1'000'000'000'000,
             .window = catalog::BudgetWindow::kMonth,
             .warn_at = 80});
    }
    catalog.tool_costs = {{"run_report", 25}, {"*", 1}};
    return {catalog, {.name = "todo"}};
}

/// Reserve and settle of a call that the leases cover; `threads` loops spend of the same counts.
void reserve_and_settle(benchmark::State& state) {
    const budget::Plan plan = plan_of(state.range(0));
    budget::Purse purse(office().ledger, office().clock);
    const budget::Caller caller{.user = "usr_0123456789abcdef",
                                .name = "ada",
                                .email = "ada@example.com",
                                .client = "cli_0123456789abcdef0123456789abcdef",
                                .server = "todo"};
    const std::vector<budget::Request> one{{"tools/call", "list_todos"}};
    budget::Hold hold;
    for (auto _ : state) {
        while (purse.reserve(plan, caller, one, hold) == budget::Verdict::kWait) {
            (void)purse.ask(
                [](const std::function<void()>& work) {
                    work();
                    return true;
                },
                [](bool) {});
        }
        purse.settle(hold, 1000);
    }
}

BENCHMARK(reserve_and_settle)->Arg(1)->Arg(3)->Arg(10);
BENCHMARK(reserve_and_settle)->Arg(3)->Threads(2)->UseRealTime();

}  // namespace
}  // namespace gatehouse::bench
