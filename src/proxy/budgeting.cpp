// SPDX-License-Identifier: Apache-2.0
#include "proxy/budgeting.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/units.h"
#include "budget/words.h"
#include "proxy/in_band.h"

namespace gatehouse::proxy {
namespace {

using catalog::BudgetUnit;

constexpr std::chrono::seconds kAskAgain{5};
constexpr std::size_t kUsualBatch = 4;

std::string_view spoken(BudgetUnit unit) {
    constexpr std::array<std::string_view, 4> kWords{"calls", "units", "bytes",
                                                     "calls at one time"};
    return kWords.at(static_cast<std::size_t>(unit));
}

std::string_view spoken(catalog::BudgetWindow window) {
    constexpr std::array<std::string_view, 6> kWords{
        "", " in each minute", " in each hour", " in each day", " in each week", " in each month"};
    return kWords.at(static_cast<std::size_t>(window));
}

/// "60 calls in each minute per user and client".
std::string describe(const catalog::Budget& of) {
    std::string text = fmt::format("{} {}{}", of.limit, spoken(of.unit), spoken(of.window));
    for (std::size_t i = 0; i < of.per.size(); ++i) {
        text += i == 0 ? " per " : " and ";
        text += budget::word(of.per[i]);
    }
    return text;
}

bool may_count(const MessageFacts& message) {
    return message.kind != mcp::MessageKind::kResponse && !message.refused;
}

}  // namespace

budget::Verdict reserve_budgets(budget::Purse& purse,
                                const CallFacts& facts,
                                const SharedUserFacts& person,
                                budget::Hold& hold) {
    budget::Caller caller{.user = facts.caller->subject,
                          .client = facts.caller->client_id,
                          .server = facts.route->server->name,
                          .scopes = facts.caller->scopes};
    if (person != nullptr) {
        caller.name = person->name;
        caller.email = person->email;
        caller.groups = person->groups;
    }
    std::array<budget::Request, kUsualBatch> few;
    std::vector<budget::Request> many;
    std::span<budget::Request> requests(few);
    if (facts.messages.size() > few.size()) {
        many.resize(facts.messages.size());
        requests = many;
    }
    std::size_t count = 0;
    for (const MessageFacts& message : facts.messages) {
        if (may_count(message)) {
            requests[count++] = {.method = message.method, .item = message.item};
        }
    }
    return purse.reserve(facts.route->budgets, caller, requests.first(count), hold);
}

Refusal refuse_over_budget(const budget::Shortage& shortage,
                           const CallFacts& facts,
                           Timestamp now) {
    const catalog::Budget& budget = shortage.rule->budget;
    const auto limit = static_cast<std::int64_t>(budget.limit);
    std::string text = fmt::format("The budget \"{}\" allows {}", budget.name, describe(budget));
    std::optional<std::chrono::seconds> retry_after;
    if (shortage.never_fits) {
        text += fmt::format("; this call needs {}, so it can never run.", shortage.asked);
    } else {
        text += fmt::format("; {} of {} are left", std::max<std::int64_t>(limit - shortage.used, 0),
                            limit);
        text += shortage.asked > 1 ? fmt::format(" and this call needs {}. ", shortage.asked)
                                   : std::string(". ");
        if (shortage.resets_at) {
            retry_after =
                std::max(std::chrono::ceil<std::chrono::seconds>(*shortage.resets_at - now),
                         std::chrono::seconds{1});
            text += fmt::format("Try again in {} seconds, at {}.", retry_after->count(),
                                format_time(*shortage.resets_at));
        } else {
            text += "Try again when a running call has ended.";
        }
    }
    return refuse_in_band(facts, {.reason = "budget",
                                  .rule = budget.name,
                                  .text = std::move(text),
                                  .retry_after = retry_after,
                                  .code = mcp::RpcCode::kOverBudget});
}

Refusal refuse_uncounted(const CallFacts& facts) {
    return refuse_in_band(facts, {.reason = "budget",
                                  .rule = {},
                                  .text = fmt::format("What is left of the budgets cannot be found "
                                                      "out now, so the call did not run. Try again "
                                                      "in {} seconds.",
                                                      kAskAgain.count()),
                                  .retry_after = kAskAgain,
                                  .code = mcp::RpcCode::kOverBudget});
}

}  // namespace gatehouse::proxy
