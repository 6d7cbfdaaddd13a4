// SPDX-License-Identifier: Apache-2.0
#include "policy/forecast.h"

#include "policy/lookups.h"

namespace gatehouse::policy {
namespace {

bool is_hidden_value(const Found& found, const Blind& blind) {
    return !blind.mask.empty() &&
           (found.kind == Found::Kind::kUnclear ||
            (found.kind == Found::Kind::kString && found.text == blind.mask));
}

}  // namespace

Truth Policy::matches(std::size_t rule, const Question& question, ArgumentReader& reader) const {
    if (!question.caller.has(rule) || !question.match.possible.has(rule)) {
        return Truth::kNo;
    }
    Lookups lookups{.reader = reader, .arguments = {}, .address = {}};
    return holds(rule, question, lookups);
}

Truth Policy::holds_if_supposed(std::size_t number,
                                const Question& question,
                                Lookups& lookups) const {
    const Rule& rule = rules_[number];
    const Supposition& supposed = *question.supposed;
    bool is_open = false;
    Truth known =
        question.match.unclear.has(number) || rule.is_broken ? Truth::kUnclear : Truth::kYes;
    known = known & hints_hold(rule, question) & hours_hold(rule, question);
    if (supposed.blind.place && !rule.source_ips.empty()) {
        is_open = true;
    } else {
        known = known & place_holds(rule, question, lookups);
    }
    if (supposed.blind.arguments) {
        is_open = is_open || !rule.arguments.empty();
    } else if (!rule.arguments.empty()) {
        read_arguments(question, lookups);
        for (const auto& [pointer, tests] : rule.arguments) {
            const Found& found = lookups.arguments[pointer];
            if (is_hidden_value(found, supposed.blind)) {
                is_open = true;
            } else {
                known = known & tests.hold(found);
            }
        }
    }
    if (!is_open || known == Truth::kNo) {
        return known;
    }
    if (supposed.open != nullptr) {
        supposed.open->push_back(number);
    }
    return supposed.matching == number ? known : Truth::kNo;
}

/// Enough to know every effect that is possible: whichever open rules match, the effect is that of
/// one of them alone or of none, because the first that decides ends the search and require_scope
/// rules only add to one another.
Forecast foresee(const Policy& policy,
                 const Inquiry& inquiry,
                 const Blind& blind,
                 ArgumentReader& reader) {
    const RuleBits caller = policy.match_caller(inquiry.who);
    const Policy::Match match = policy.match_request(inquiry.request);
    std::vector<std::size_t> open;
    Supposition supposed{.blind = blind, .matching = std::nullopt, .open = &open};
    const auto decide = [&] {
        return policy.decide({.caller = caller,
                              .match = match,
                              .who = inquiry.who,
                              .request = inquiry.request,
                              .situation = inquiry.situation,
                              .supposed = &supposed},
                             reader);
    };
    Forecast forecast{.decision = decide(), .is_undecidable = false, .open_rule = {}};
    supposed.open = nullptr;
    for (const std::size_t rule : open) {
        supposed.matching = rule;
        if (decide().effect != forecast.decision.effect) {
            forecast.is_undecidable = true;
            forecast.open_rule = policy.name_of(rule);
            break;
        }
    }
    return forecast;
}

}  // namespace gatehouse::policy
