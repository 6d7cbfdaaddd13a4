// SPDX-License-Identifier: Apache-2.0
#include "budget/ledger.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

namespace gatehouse::budget {
namespace {

using catalog::BudgetKey;
using catalog::BudgetUnit;

constexpr std::size_t kMaxAccounts = 100'000;
// Callers may make up names of tools; beyond so many they count together.
constexpr std::size_t kMaxTools = 1000;
constexpr std::string_view kOtherTools = "tool=(other)\n";
constexpr std::size_t kMaxLate = 10'000;
constexpr std::size_t kReturnsAtOnce = 500;
constexpr std::chrono::seconds kSweepEvery{5};
constexpr std::chrono::minutes kIdleLease{5};
constexpr std::chrono::seconds kIdleSlots{2};  // other replicas may be waiting for them
constexpr std::chrono::seconds kRenewEvery{20};
constexpr std::chrono::seconds kSlotsLive{60};
// Calls that began in a window may end long after it.
constexpr std::chrono::hours kKeepEnded{24};

std::string without_tool(std::string_view key) {
    std::string rest;
    while (!key.empty()) {
        const auto line = key.substr(0, key.find('\n') + 1);
        if (!line.starts_with("tool=")) {
            rest += line;
        }
        key.remove_prefix(line.size());
    }
    return rest;
}

std::string account_id(std::string_view rule_id, std::string_view key) {
    std::string id(rule_id);
    id += '\n';
    id += key;
    return id;
}

}  // namespace

Account::Account(const Rule& rule, std::string key)
    : rule_id_(rule.id),
      name_(rule.budget.name),
      server_(rule.budget.server),
      key_(std::move(key)),
      unit_(rule.budget.unit),
      window_(rule.budget.window) {}

std::shared_ptr<Lease> Account::lease() const {
    const std::lock_guard lock(mutex_);
    return lease_;
}

void Account::set_lease(std::shared_ptr<Lease> lease) {
    {
        const std::lock_guard lock(mutex_);
        lease_.swap(lease);
        seen_spent_ = -1;
    }
    generation_.fetch_add(1, std::memory_order_release);
}

Ledger::Ledger(Needs needs)
    : store_(needs.store),
      file_(std::move(needs.file)),
      owner_(file_ == nullptr ? std::string("memory") : file_->owner()),
      clock_(needs.clock),
      warn_(std::move(needs.warn)) {}

Result<void> Ledger::recover() {
    if (file_ == nullptr) {
        return {};
    }
    for (const LeaseFile::Left& left : file_->left()) {
        const auto rows = store_.leases_of(left.owner);
        if (!rows) {
            return std::unexpected(rows.error());
        }
        std::map<std::int64_t, std::int64_t> spent;
        for (const LeaseReturn& slot : left.spent) {
            spent.emplace(slot.lease, slot.spent);
        }
        std::vector<LeaseReturn> returns;
        for (const LeaseRow& row : *rows) {
            // Where nobody knows what was spent, all of it was.
            const auto known = spent.find(row.lease);
            returns.push_back(
                {.lease = row.lease, .spent = known == spent.end() ? row.amount : known->second});
        }
        if (auto done = store_.give_back(left.owner, returns); !done) {
            return done;
        }
        if (auto dropped = store_.drop_all_slots(left.owner); !dropped) {
            return dropped;
        }
    }
    file_->forget_left();
    return {};
}

std::shared_ptr<Account> Ledger::find(const Rule& rule, std::string_view key) {
    const std::lock_guard lock(mutex_);
    std::string id = account_id(rule.id, key);
    if (const auto it = accounts_.find(id); it != accounts_.end()) {
        return it->second;
    }
    if (accounts_.size() >= kMaxAccounts) {
        return nullptr;
    }
    std::string full(key);
    if (counts_by(rule.budget, BudgetKey::kTool)) {
        const std::string rest = without_tool(key);
        std::size_t& tools = made_up_[account_id(rule.id, rest)];
        if (tools >= kMaxTools) {
            full = rest + std::string(kOtherTools);
            id = account_id(rule.id, full);
            if (const auto it = accounts_.find(id); it != accounts_.end()) {
                return it->second;
            }
        }
        ++tools;
    }
    return accounts_.emplace(std::move(id), std::make_shared<Account>(rule, std::move(full)))
        .first->second;
}

bool Ledger::ask(Account& account,
                 std::int64_t wanted,
                 std::int64_t limit,
                 std::function<void(bool ok)> done) {
    {
        const std::lock_guard lock(account.mutex_);
        if (!account.is_retired()) {
            account.waiters_.push_back({.wanted = wanted, .done = std::move(done)});
            account.limit_ = limit;
            return !std::exchange(account.busy_, true);
        }
    }
    done(true);
    return false;
}

void Ledger::refill(Account& account) {
    Order order;
    {
        const std::lock_guard lock(account.mutex_);
        for (const Account::Waiter& waiter : account.waiters_) {
            order.wanted += waiter.wanted;
        }
        order.limit = account.limit_;
        order.lease = account.lease_;
    }
    const auto done = account.unit_ == BudgetUnit::kConcurrent ? refill_slots(account, order)
                                                               : refill_windowed(account, order);
    finish(account, done.has_value());
}

void Ledger::give_up(Account& account) {
    finish(account, false);
}

void Ledger::finish(Account& account, bool ok) {
    std::vector<Account::Waiter> waiters;
    {
        const std::lock_guard lock(account.mutex_);
        account.busy_ = false;
        waiters.swap(account.waiters_);
    }
    for (const Account::Waiter& waiter : waiters) {
        waiter.done(ok);
    }
}

Result<void> Ledger::refill_windowed(Account& account, const Order& order) {
    const WindowSpan window = window_at(account.window_, clock_.now());
    LeaseRequest request{.owner = owner_, .limit = order.limit, .wanted = order.wanted};
    std::shared_ptr<Lease> lease = order.lease;
    std::shared_ptr<Lease> old;
    if (lease != nullptr && lease->count().window_start != window.start) {
        old = std::exchange(lease, nullptr);
        request.returned = LeaseReturn{.lease = old->id(), .spent = old->close()};
    }
    if (lease == nullptr) {
        lease = std::make_shared<Lease>(next_lease_.fetch_add(1),
                                        CountName{.budget = account.rule_id_,
                                                  .key = account.key_,
                                                  .window_start = window.start,
                                                  .window_end = window.end},
                                        file_.get());
    }
    request.lease = lease->id();
    request.count = lease->count();
    request.spent_beyond = std::max<std::int64_t>(lease->spent() - lease->granted(), 0);
    const auto grant = store_.take(request);
    if (!grant) {
        if (lease != order.lease) {
            lease->forget();
        }
        if (old != nullptr) {
            account.set_lease(nullptr);
            const std::lock_guard lock(mutex_);
            unreturned_.push_back(std::move(old));
        }
        return std::unexpected(grant.error());
    }
    if (old != nullptr) {
        old->forget();
    }
    lease->grant(*grant);
    if (grant->used >= order.limit) {
        lease->note_exhausted(order.limit, clock_.steady_now());
    }
    if (lease != order.lease) {
        account.set_lease(std::move(lease));
    }
    return {};
}

Result<void> Ledger::refill_slots(Account& account, const Order& order) {
    std::shared_ptr<Lease> lease = order.lease;
    if (lease == nullptr) {
        const WindowSpan always = window_at(account.window_, clock_.now());
        lease = std::make_shared<Lease>(0,
                                        CountName{.budget = account.rule_id_,
                                                  .key = account.key_,
                                                  .window_start = always.start,
                                                  .window_end = always.end},
                                        nullptr);
    }
    const auto now = clock_.now();
    const auto grant =
        store_.take_slots({.owner = owner_,
                           .budget = account.rule_id_,
                           .key = account.key_,
                           .limit = order.limit,
                           .wanted = std::max(lease->spent() + order.wanted, order.limit / 2),
                           .now = now,
                           .expires_at = now + kSlotsLive});
    if (!grant) {
        return std::unexpected(grant.error());
    }
    lease->grant(*grant);
    if (grant->used >= order.limit) {
        lease->note_exhausted(order.limit, clock_.steady_now());
    }
    if (lease != order.lease) {
        account.set_lease(std::move(lease));
    }
    return {};
}

void Ledger::settle_late(const CountName& count, std::int64_t delta) {
    const std::lock_guard lock(mutex_);
    if (delta != 0 && late_.size() < kMaxLate && count.window_end != Timestamp::max()) {
        late_.emplace_back(count, delta);
    }
}

void Ledger::note_warning(const Rule& rule, const Lease& lease) {
    const std::lock_guard lock(mutex_);
    if (warnings_.size() < kMaxLate) {
        warnings_.push_back({.name = rule.budget.name,
                             .server = rule.budget.server,
                             .count = lease.count(),
                             .used = lease.used(),
                             .limit = static_cast<std::int64_t>(rule.budget.limit)});
    }
}

std::vector<std::shared_ptr<Account>> Ledger::all_accounts() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<Account>> all;
    all.reserve(accounts_.size());
    for (const auto& [id, account] : accounts_) {
        all.push_back(account);
    }
    return all;
}

void Ledger::tend() {
    send_late();
    send_warnings();
    const SteadyTime now = clock_.steady_now();
    if (now - swept_at_ >= kSweepEvery) {
        swept_at_ = now;
        for (const auto& account : all_accounts()) {
            sweep(*account);
        }
    }
    if (now - renewed_at_ >= kRenewEvery) {
        renewed_at_ = now;
        // What cannot be renewed or removed now is tried again the next time.
        (void)store_.renew_slots(owner_, clock_.now() + kSlotsLive);
        (void)store_.remove_ended(clock_.now() - kKeepEnded);
    }
}

/// Under the account's lock.
bool Ledger::is_idle(Account& account) {
    if (account.lease_ == nullptr || !account.lease_->covers(clock_.now())) {
        return true;
    }
    const SteadyTime now = clock_.steady_now();
    const auto spent = account.lease_->spent();
    if (spent != account.seen_spent_) {
        account.seen_spent_ = spent;
        account.seen_at_ = now;
        return false;
    }
    return account.unit_ == BudgetUnit::kConcurrent
               ? spent == 0 && now - account.seen_at_ >= kIdleSlots
               : now - account.seen_at_ >= kIdleLease;
}

void Ledger::sweep(Account& account) {
    std::shared_ptr<Lease> lease;
    {
        const std::lock_guard lock(account.mutex_);
        if (account.busy_ || !is_idle(account)) {
            return;
        }
        account.busy_ = true;
        lease = account.lease_;
    }
    if (lease != nullptr) {
        // Slots in use keep their lease: whoever ends a call later must find it.
        if (account.unit_ == BudgetUnit::kConcurrent && !lease->close_unused()) {
            finish(account, true);
            return;
        }
        account.set_lease(nullptr);
        if (!hand_back(lease, account)) {
            const std::lock_guard lock(mutex_);
            unreturned_.push_back(std::move(lease));
        }
    }
    finish(account, true);
    retire(account);
}

Result<void> Ledger::hand_back(const std::shared_ptr<Lease>& lease, const Account& account) {
    if (account.unit_ == BudgetUnit::kConcurrent) {
        return store_.drop_slots(owner_, account.rule_id_, account.key_);
    }
    const LeaseReturn back{.lease = lease->id(), .spent = lease->close()};
    auto done = store_.give_back(owner_, {&back, 1});
    if (done) {
        lease->forget();
    }
    return done;
}

void Ledger::retire(Account& account) {
    const std::lock_guard all(mutex_);
    const std::lock_guard lock(account.mutex_);
    if (account.busy_ || account.lease_ != nullptr || account.is_retired()) {
        return;
    }
    account.retired_.store(true, std::memory_order_release);
    if (account.key_.contains("tool=")) {
        const auto tools = made_up_.find(account_id(account.rule_id_, without_tool(account.key_)));
        if (tools != made_up_.end() && --tools->second == 0) {
            made_up_.erase(tools);
        }
    }
    // Last, because the map may hold the last reference.
    accounts_.erase(account_id(account.rule_id_, account.key_));
}

void Ledger::send_late() {
    std::vector<std::pair<CountName, std::int64_t>> late;
    std::vector<std::shared_ptr<Lease>> unreturned;
    {
        const std::lock_guard lock(mutex_);
        late.swap(late_);
        unreturned.swap(unreturned_);
    }
    std::vector<LeaseReturn> returns;
    for (const auto& lease : unreturned) {
        if (lease->id() != 0) {
            returns.push_back({.lease = lease->id(), .spent = lease->close()});
        }
    }
    if (!returns.empty()) {
        if (store_.give_back(owner_, returns)) {
            for (const auto& lease : unreturned) {
                lease->forget();
            }
        } else {
            const std::lock_guard lock(mutex_);
            std::ranges::move(unreturned, std::back_inserter(unreturned_));
        }
    }
    for (auto it = late.begin(); it != late.end(); ++it) {
        if (!store_.adjust(it->first, it->second)) {
            const std::lock_guard lock(mutex_);
            late_.insert(late_.begin(), it, late.end());
            return;
        }
    }
}

void Ledger::send_warnings() {
    std::vector<Warning> warnings;
    {
        const std::lock_guard lock(mutex_);
        warnings.swap(warnings_);
    }
    for (const Warning& warning : warnings) {
        // While the store cannot say whether another replica was first, two are better than none.
        const auto first = store_.mark_warned(warning.count);
        if ((!first || *first) && warn_) {
            warn_(warning);
        }
    }
}

Result<void> Ledger::close() {
    std::vector<LeaseReturn> returns;
    std::vector<std::shared_ptr<Lease>> closed;
    for (const auto& account : all_accounts()) {
        auto lease = account->lease();
        if (lease != nullptr && lease->id() != 0) {
            returns.push_back({.lease = lease->id(), .spent = lease->close()});
            closed.push_back(std::move(lease));
        }
    }
    for (std::size_t at = 0; at < returns.size(); at += kReturnsAtOnce) {
        const auto some =
            std::span(returns).subspan(at, std::min(kReturnsAtOnce, returns.size() - at));
        if (auto done = store_.give_back(owner_, some); !done) {
            return done;
        }
    }
    for (const auto& lease : closed) {
        lease->forget();
    }
    send_late();
    send_warnings();
    return store_.drop_all_slots(owner_);
}

Result<std::vector<CountRow>> Ledger::list() {
    auto rows = store_.list(clock_.now());
    if (!rows) {
        return rows;
    }
    std::map<std::tuple<std::string, std::string, Timestamp>, std::int64_t> unspent;
    for (const auto& account : all_accounts()) {
        if (const auto lease = account->lease(); lease != nullptr) {
            const CountName& count = lease->count();
            unspent[{count.budget, count.key, count.window_start}] =
                lease->granted() - lease->spent();
        }
    }
    for (CountRow& row : *rows) {
        const auto found = unspent.find({row.name.budget, row.name.key, row.name.window_start});
        if (found != unspent.end()) {
            row.used = std::max<std::int64_t>(row.used - found->second, 0);
        }
    }
    return rows;
}

}  // namespace gatehouse::budget
