// SPDX-License-Identifier: Apache-2.0
#include "budget/purse.h"

#include <algorithm>
#include <utility>

namespace gatehouse::budget {
namespace {

using catalog::BudgetKey;
using catalog::BudgetUnit;

constexpr std::size_t kMaxKnown = 20'000;
// Others may take what was there a moment ago; each time somebody else got further.
constexpr int kMaxRaces = 8;

std::int64_t limit_of(const Rule& rule) {
    return static_cast<std::int64_t>(rule.budget.limit);
}

}  // namespace

Verdict Purse::reserve(const Plan& plan,
                       const Caller& caller,
                       std::span<const Request> requests,
                       Hold& hold) {
    if (known_.size() > kMaxKnown) {
        known_.clear();
    }
    charges_.clear();
    missing_.clear();
    shortage_ = {};
    if (!collect(plan, caller, requests)) {
        return Verdict::kUnavailable;
    }
    if (charges_.empty()) {
        return Verdict::kHeld;
    }
    const Timestamp now = clock_.now();
    const SteadyTime steady = clock_.steady_now();
    for (int race = 0; race < kMaxRaces; ++race) {
        if (const Verdict verdict = check(now, steady); verdict != Verdict::kHeld) {
            return verdict;
        }
        if (take_all(hold)) {
            return Verdict::kHeld;
        }
    }
    missing_ = charges_;
    return Verdict::kWait;
}

bool Purse::collect(const Plan& plan, const Caller& caller, std::span<const Request> requests) {
    for (const Rule& rule : plan.rules()) {
        for (const Request& request : requests) {
            const auto amount = static_cast<std::int64_t>(plan.amount(rule, caller, request));
            if (amount == 0) {
                continue;
            }
            const bool by_group = counts_by(rule.budget, BudgetKey::kGroup);
            const std::size_t keys = by_group ? std::max<std::size_t>(caller.groups.size(), 1) : 1;
            for (std::size_t i = 0; i < keys; ++i) {
                key_.assign(rule.id);
                key_ += '\n';
                append_key(
                    rule.budget, caller, request.item,
                    by_group && !caller.groups.empty() ? caller.groups[i] : std::string_view{},
                    key_);
                if (!add(rule, amount)) {
                    shortage_ = {.rule = &rule, .asked = amount};
                    return false;
                }
            }
        }
    }
    return true;
}

bool Purse::add(const Rule& rule, std::int64_t amount) {
    Known* const known = find(rule);
    if (known == nullptr) {
        return false;
    }
    const auto same = std::ranges::find(charges_, known, &Charge::known);
    if (same != charges_.end()) {
        same->amount += amount;
    } else {
        charges_.push_back({.rule = &rule, .known = known, .amount = amount});
    }
    return true;
}

Purse::Known* Purse::find(const Rule& rule) {
    auto it = known_.find(std::string_view(key_));
    if (it == known_.end()) {
        it = known_.emplace(key_, Known{}).first;
    }
    Known& known = it->second;
    if (known.account == nullptr || known.account->is_retired()) {
        known = {.account = ledger_.find(rule, std::string_view(key_).substr(rule.id.size() + 1))};
        if (known.account == nullptr) {
            known_.erase(it);
            return nullptr;
        }
    }
    return &known;
}

Verdict Purse::check(Timestamp now, SteadyTime steady) {
    bool refused = false;
    missing_.clear();
    for (const Charge& charge : charges_) {
        Known& known = *charge.known;
        if (const auto generation = known.account->generation(); generation != known.generation) {
            known.lease = known.account->lease();
            known.generation = generation;
        }
        const Fit fit = judge(charge, now, steady);
        if (fit == Fit::kAsk) {
            missing_.push_back(charge);
        } else if (fit == Fit::kShort) {
            refused = true;
            note_shortage(charge);
        }
    }
    if (refused) {
        return Verdict::kRefused;
    }
    return missing_.empty() ? Verdict::kHeld : Verdict::kWait;
}

Purse::Fit Purse::judge(const Charge& charge, Timestamp now, SteadyTime steady) const {
    const auto limit = limit_of(*charge.rule);
    const Lease* const lease = charge.known->lease.get();
    if (lease == nullptr || !lease->covers(now)) {
        return Fit::kAsk;
    }
    if (lease->fits(charge.amount, limit)) {
        return Fit::kFits;
    }
    return charge.amount > limit || lease->is_exhausted(limit, steady) ? Fit::kShort : Fit::kAsk;
}

/// Of several that are short, the one that is so for longest: coming back earlier is of no use.
void Purse::note_shortage(const Charge& charge) {
    const Lease& lease = *charge.known->lease;
    Shortage shortage{.rule = charge.rule,
                      .used = lease.used(),
                      .asked = charge.amount,
                      .never_fits = charge.amount > limit_of(*charge.rule)};
    if (charge.rule->budget.unit != BudgetUnit::kConcurrent && !shortage.never_fits) {
        shortage.resets_at = lease.count().window_end;
    }
    const auto rank = [](const Shortage& one) {
        return one.never_fits ? Timestamp::max() : one.resets_at.value_or(Timestamp::min());
    };
    if (shortage_.rule == nullptr || rank(shortage) > rank(shortage_)) {
        shortage_ = shortage;
    }
}

bool Purse::take_all(Hold& hold) {
    for (const Charge& charge : charges_) {
        if (!charge.known->lease->take(charge.amount, limit_of(*charge.rule))) {
            refund(hold);
            return false;
        }
        hold.parts_.push_back({.lease = charge.known->lease,
                               .amount = charge.amount,
                               .unit = charge.rule->budget.unit});
    }
    for (const Charge& charge : charges_) {
        warn(charge);
    }
    return true;
}

void Purse::warn(const Charge& charge) {
    const catalog::Budget& budget = charge.rule->budget;
    Lease& lease = *charge.known->lease;
    if (budget.warn_at == 0) {
        return;
    }
    // Without overflow, and rounded up: 80 % of 3 is 3.
    const std::uint64_t mark =
        (budget.limit / 100 * budget.warn_at) + ((budget.limit % 100 * budget.warn_at) + 99) / 100;
    if (std::cmp_greater_equal(lease.used(), mark) && lease.warn_once()) {
        ledger_.note_warning(*charge.rule, lease);
    }
}

std::size_t Purse::ask(const std::function<bool(std::function<void()>)>& run,
                       const std::function<void(bool ok)>& done) {
    for (const Charge& charge : missing_) {
        const std::shared_ptr<Account>& account = charge.known->account;
        if (!ledger_.ask(*account, charge.amount, limit_of(*charge.rule), done)) {
            continue;
        }
        if (!run([&ledger = ledger_, account] { ledger.refill(*account); })) {
            ledger_.give_up(*account);
        }
    }
    return missing_.size();
}

void Purse::refund(Hold& hold) {
    for (const Hold::Part& part : hold.parts_) {
        if (!part.lease->settle(-part.amount)) {
            ledger_.settle_late(part.lease->count(), -part.amount);
        }
    }
    hold.parts_.clear();
}

void Purse::settle(Hold& hold, std::uint64_t bytes) {
    for (const Hold::Part& part : hold.parts_) {
        std::int64_t delta = 0;
        if (part.unit == BudgetUnit::kConcurrent) {
            delta = -part.amount;
        } else if (part.unit == BudgetUnit::kBytes) {
            delta = static_cast<std::int64_t>(bytes) - part.amount;
        }
        if (delta != 0 && !part.lease->settle(delta)) {
            ledger_.settle_late(part.lease->count(), delta);
        }
    }
    hold.parts_.clear();
}

}  // namespace gatehouse::budget
