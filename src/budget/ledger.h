// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "budget/budget_store.h"
#include "budget/lease.h"
#include "budget/lease_file.h"
#include "budget/plan.h"

namespace gatehouse::budget {

/// What this process knows of one count: the lease of the current window, and who waits for one.
class Account {
  public:
    Account(const Rule& rule, std::string key);

    [[nodiscard]] std::shared_ptr<Lease> lease() const;

    /// Grows whenever `lease()` becomes another.
    [[nodiscard]] std::uint64_t generation() const {
        return generation_.load(std::memory_order_acquire);
    }

    /// No longer in the ledger: look it up again.
    [[nodiscard]] bool is_retired() const { return retired_.load(std::memory_order_acquire); }

  private:
    friend class Ledger;

    struct Waiter {
        std::int64_t wanted = 0;
        std::function<void(bool ok)> done;
    };

    void set_lease(std::shared_ptr<Lease> lease);

    const std::string rule_id_, name_, server_, key_;
    const catalog::BudgetUnit unit_;
    const catalog::BudgetWindow window_;
    std::atomic<std::uint64_t> generation_{0};
    std::atomic<bool> retired_{false};
    mutable std::mutex mutex_;  // guards the members below
    std::shared_ptr<Lease> lease_;
    bool busy_ = false;  // somebody talks to the store about it
    std::int64_t limit_ = 0;
    std::vector<Waiter> waiters_;
    std::int64_t seen_spent_ = -1;  // by the last sweep
    SteadyTime seen_at_;
};

/// A budget that is nearly used up.
struct Warning {
    std::string name, server;
    CountName count;
    std::int64_t used = 0, limit = 0;
};

/// All counts of this process, shared by its loops. Thread-safe. Functions that block say so.
class Ledger {
  public:
    struct Needs {
        BudgetStore& store;
        std::unique_ptr<LeaseFile> file;  ///< null: what is spent is lost with the process
        const Clock& clock;
        /// Told once for each key and window; on the thread of `tend`.
        std::function<void(const Warning&)> warn;
    };

    explicit Ledger(Needs needs);
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;
    Ledger(Ledger&&) = delete;
    Ledger& operator=(Ledger&&) = delete;
    ~Ledger() = default;

    /// Gives back what earlier processes of this data directory had not spent. Blocks.
    [[nodiscard]] Result<void> recover();

    /// The account of a rule's key; null when there are too many.
    [[nodiscard]] std::shared_ptr<Account> find(const Rule& rule, std::string_view key);

    /// A larger or newer lease is wanted. `done` is called once, from any thread. True: the caller
    /// must see to it that `refill` runs soon, on a thread that may block; else somebody else did.
    [[nodiscard]] bool ask(Account& account,
                           std::int64_t wanted,
                           std::int64_t limit,
                           std::function<void(bool ok)> done);
    /// Blocks on the store, then tells all who wait.
    void refill(Account& account);
    /// Instead of `refill`, when nobody can run it.
    void give_up(Account& account);

    /// A change of what was spent that came after its lease was closed.
    void settle_late(const CountName& count, std::int64_t delta);
    void note_warning(const Rule& rule, const Lease& lease);

    /// Every second or so: gives idle leases back, renews slots, warns. Blocks.
    void tend();
    /// When no loop spends any more: gives everything back. Blocks.
    [[nodiscard]] Result<void> close();
    /// Every count of a current window, less what is leased and unspent here. Blocks.
    [[nodiscard]] Result<std::vector<CountRow>> list();

  private:
    using Accounts = std::unordered_map<std::string, std::shared_ptr<Account>>;

    struct Order {
        std::int64_t wanted = 0, limit = 0;
        std::shared_ptr<Lease> lease;
    };

    [[nodiscard]] Result<void> refill_windowed(Account& account, const Order& order);
    [[nodiscard]] Result<void> refill_slots(Account& account, const Order& order);
    void finish(Account& account, bool ok);
    [[nodiscard]] std::vector<std::shared_ptr<Account>> all_accounts() const;
    void sweep(Account& account);
    [[nodiscard]] bool is_idle(Account& account);
    [[nodiscard]] Result<void> hand_back(const std::shared_ptr<Lease>& lease,
                                         const Account& account);
    void retire(Account& account);
    void send_late();
    void send_warnings();

    BudgetStore& store_;
    std::unique_ptr<LeaseFile> file_;
    const std::string owner_;  ///< of leases, in the store
    const Clock& clock_;
    std::function<void(const Warning&)> warn_;
    std::atomic<std::int64_t> next_lease_{1};

    mutable std::mutex mutex_;  // guards the members below
    Accounts accounts_;
    std::unordered_map<std::string, std::size_t> made_up_;  // tool names seen, by the rest of keys
    std::vector<std::pair<CountName, std::int64_t>> late_;
    std::vector<Warning> warnings_;
    std::vector<std::shared_ptr<Lease>> unreturned_;  // closed, and the store does not know yet
    SteadyTime swept_at_{}, renewed_at_{};
};

}  // namespace gatehouse::budget
