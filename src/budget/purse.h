// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "budget/ledger.h"
#include "budget/plan.h"

namespace gatehouse::budget {

/// What is reserved for one call, until it is settled.
class Hold {
  public:
    [[nodiscard]] bool is_empty() const { return parts_.empty(); }

  private:
    friend class Purse;

    struct Part {
        std::shared_ptr<Lease> lease;
        std::int64_t amount = 0;
        catalog::BudgetUnit unit = catalog::BudgetUnit::kCalls;
    };

    std::vector<Part> parts_;
};

/// Why a call may not run.
struct Shortage {
    const Rule* rule = nullptr;
    std::int64_t used = 0, asked = 0;
    std::optional<Timestamp> resets_at;  ///< unknown for slots
    bool never_fits = false;             ///< it costs more than the whole budget
};

enum class Verdict : std::uint8_t {
    kHeld,
    kWait,         ///< for a lease: `ask`, then reserve again
    kRefused,      ///< `shortage` says why
    kUnavailable,  ///< too many counts; `shortage` names the rule
};

/// One loop's way to the ledger. That loop's thread only.
class Purse {
  public:
    Purse(Ledger& ledger, const Clock& clock) : ledger_(ledger), clock_(clock) {}

    /// Everything that the requests cost together, of every budget, or nothing. `hold` must be
    /// empty.
    [[nodiscard]] Verdict reserve(const Plan& plan,
                                  const Caller& caller,
                                  std::span<const Request> requests,
                                  Hold& hold);

    [[nodiscard]] const Shortage& shortage() const { return shortage_; }

    /// After kWait: asks for every lease that was missing. `run` hands work to a thread that may
    /// block, and says false when there is none. `done` is called as often as this returns, from
    /// any thread.
    [[nodiscard]] std::size_t ask(const std::function<bool(std::function<void()>)>& run,
                                  const std::function<void(bool ok)>& done);

    /// The call never reached the runtime.
    void refund(Hold& hold);
    /// The call is over; `bytes` in both directions.
    void settle(Hold& hold, std::uint64_t bytes);

  private:
    struct Known {
        std::shared_ptr<Account> account;
        std::shared_ptr<Lease> lease;
        std::uint64_t generation = ~std::uint64_t{0};
    };

    struct Charge {
        const Rule* rule = nullptr;
        Known* known = nullptr;
        std::int64_t amount = 0;
    };

    struct StringHash {
        using is_transparent = void;

        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };

    enum class Fit : std::uint8_t { kFits, kAsk, kShort };

    [[nodiscard]] bool collect(const Plan& plan,
                               const Caller& caller,
                               std::span<const Request> requests);
    [[nodiscard]] bool add(const Rule& rule, std::int64_t amount);
    [[nodiscard]] Known* find(const Rule& rule);
    [[nodiscard]] Verdict check(Timestamp now, SteadyTime steady);
    [[nodiscard]] Fit judge(const Charge& charge, Timestamp now, SteadyTime steady) const;
    void note_shortage(const Charge& charge);
    [[nodiscard]] bool take_all(Hold& hold);
    void warn(const Charge& charge);

    Ledger& ledger_;
    const Clock& clock_;
    std::unordered_map<std::string, Known, StringHash, std::equal_to<>> known_;
    std::vector<Charge> charges_;
    std::vector<Charge> missing_;
    Shortage shortage_;
    std::string key_;  ///< scratch: rule id, line break, key
};

}  // namespace gatehouse::budget
