// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "base/strings.h"
#include "policy/lookups.h"

namespace gatehouse::policy {
namespace {

// Spans of hours that follow one another are joined up to this many.
constexpr int kMaxSpans = 20;

bool has_scope(const Caller& caller, std::string_view scope) {
    return std::ranges::find(caller.scopes, scope) != caller.scopes.end();
}

/// Calls `visit` with each rule of both sets in order until it returns false.
template <typename Visit>
void for_each_common(const RuleBits& a, const RuleBits& b, Visit&& visit) {
    for (std::size_t i = 0; i < a.words().size(); ++i) {
        for (std::uint64_t word = a.words()[i] & b.words()[i]; word != 0; word &= word - 1) {
            if (!visit(i * 64 + static_cast<std::size_t>(std::countr_zero(word)))) {
                return;
            }
        }
    }
}

std::chrono::seconds time_left(const std::vector<catalog::WeeklyHours>& hours, Timestamp now) {
    std::chrono::seconds total{0};
    for (int i = 0; i < kMaxSpans; ++i) {
        std::chrono::seconds longest{0};
        for (const catalog::WeeklyHours& span : hours) {
            longest = std::max(longest, span.remaining(now + total));
        }
        if (longest == std::chrono::seconds{0}) {
            return total;
        }
        total += longest;
    }
    // It goes on for longer than anybody would wait.
    return std::chrono::seconds{0};
}

}  // namespace

/// The require_scope rules that matched.
class Policy::ScopeDemand {
  public:
    /// True when the caller lacks something that the rule wants.
    bool add(const Rule& rule, const Caller& caller) {
        first_ = first_ == nullptr ? &rule : first_;
        bool lacks = false;
        for (const NeededScope& scope : rule.scopes) {
            if (has_scope(caller, scope.name) ||
                std::ranges::any_of(scope.wider, [&](const std::string& wider) {
                    return has_scope(caller, wider);
                })) {
                continue;
            }
            lacks = true;
            refusing_ = refusing_ == nullptr ? &rule : refusing_;
            if (std::ranges::find(missing_, scope.name) == missing_.end()) {
                missing_.emplace_back(scope.name);
            }
        }
        return lacks;
    }

    [[nodiscard]] bool any() const { return first_ != nullptr; }

    void decide(Decision& decision) && {
        const Rule& rule = refusing_ == nullptr ? *first_ : *refusing_;
        decision.effect = refusing_ == nullptr ? Effect::kAllow : Effect::kRequireScope;
        decision.rule = rule.name;
        decision.message = rule.message;
        decision.missing_scopes = std::move(missing_);
    }

  private:
    const Rule* first_ = nullptr;
    const Rule* refusing_ = nullptr;
    std::vector<std::string_view> missing_;
};

Truth Policy::hints_hold(const Rule& rule, const Question& question) const {
    if (rule.hints.empty()) {
        return Truth::kYes;
    }
    if (question.request.kind != ItemKind::kTool) {
        return Truth::kNo;
    }
    const auto* const source = question.situation.hints;
    const auto hints = source == nullptr ? std::nullopt : source->find(question.request.item);
    Truth all = Truth::kYes;
    for (const auto& [hint, wanted] : rule.hints) {
        const auto known = hints ? hints->at(static_cast<std::size_t>(hint)) : std::nullopt;
        all = all & (known ? to_truth(*known == wanted) : Truth::kUnclear);
    }
    return all;
}

Truth Policy::hours_hold(const Rule& rule, const Question& question) {
    return rule.hours.empty() ? Truth::kYes
                              : to_truth(std::ranges::any_of(rule.hours, [&](const auto& span) {
                                    return span.contains(question.situation.now);
                                }));
}

Truth Policy::place_holds(const Rule& rule, const Question& question, Lookups& lookups) {
    if (rule.source_ips.empty()) {
        return Truth::kYes;
    }
    if (!lookups.read_address) {
        lookups.address = parse_ip(question.situation.source_ip);
        lookups.read_address = true;
    }
    if (!lookups.address) {
        return Truth::kUnclear;
    }
    return to_truth(std::ranges::any_of(
        rule.source_ips, [&](const auto& block) { return block.contains(*lookups.address); }));
}

void Policy::read_arguments(const Question& question, Lookups& lookups) const {
    if (!lookups.read_arguments) {
        lookups.arguments = question.request.odd_arguments
                                ? lookups.reader.read_nothing(pointers_)
                                : lookups.reader.read(pointers_, question.request.arguments);
        lookups.read_arguments = true;
    }
}

Truth Policy::arguments_hold(const Rule& rule, const Question& question, Lookups& lookups) const {
    Truth all = Truth::kYes;
    if (!rule.arguments.empty()) {
        read_arguments(question, lookups);
    }
    for (const auto& [pointer, tests] : rule.arguments) {
        all = all & tests.hold(lookups.arguments[pointer]);
    }
    return all;
}

Truth Policy::passing_hold(const Rule& rule, const Question& question, Lookups& lookups) const {
    const Truth all = (rule.is_broken ? Truth::kUnclear : Truth::kYes) &
                      hours_hold(rule, question) & place_holds(rule, question, lookups);
    return all == Truth::kNo ? all : all & arguments_hold(rule, question, lookups);
}

Truth Policy::holds(std::size_t number, const Question& question, Lookups& lookups) const {
    if (question.supposed != nullptr) {
        return holds_if_supposed(number, question, lookups);
    }
    const Rule& rule = rules_[number];
    Truth truth = question.match.unclear.has(number) ? Truth::kUnclear : Truth::kYes;
    truth = truth & hints_hold(rule, question);
    if (truth != Truth::kNo && (rule.is_passing || rule.is_broken)) {
        truth = truth & passing_hold(rule, question, lookups);
    }
    return truth;
}

Decision Policy::decide(const Question& question, ArgumentReader& reader) const {
    Decision decision;
    Lookups lookups{.reader = reader, .arguments = {}, .address = {}};
    ScopeDemand scopes;
    bool decided = false;
    for_each_common(question.caller, question.match.possible, [&](std::size_t number) {
        const Rule& rule = rules_[number];
        const Truth truth = holds(number, question, lookups);
        const bool allows = rule.effect == PatternEffect::kAllow;
        if (truth == Truth::kNo || (allows && truth == Truth::kUnclear)) {
            return true;
        }
        if (rule.effect == PatternEffect::kShadowDeny) {
            if (!scopes.any() && decision.shadow.empty()) {
                decision.shadow = rule.name;
            }
            return true;
        }
        if (rule.effect == PatternEffect::kRequireScope) {
            // A scope that nobody can get is no way out.
            decided = scopes.add(rule, question.who) && !rule.scopes_exist;
            if (decided) {
                decision.effect = Effect::kDeny;
                decision.rule = rule.name;
                decision.message = rule.message;
            }
            return !decided;
        }
        if (scopes.any()) {
            return false;
        }
        decided = true;
        if (allows) {
            decision.rule = rule.name;
        } else {
            deny(&rule, question, decision);
        }
        return false;
    });
    if (decided) {
        return decision;
    }
    if (scopes.any()) {
        std::move(scopes).decide(decision);
    } else if (default_deny_ && !is_open_method(question.request.method)) {
        deny(nullptr, question, decision);
    }
    return decision;
}

void Policy::deny(const Rule* rule, const Question& question, Decision& decision) const {
    decision.effect = Effect::kDeny;
    decision.rule = rule == nullptr ? kDefaultRule : std::string_view(rule->name);
    if (rule != nullptr) {
        decision.message = rule->message;
        decision.retry_after = time_left(rule->hours, question.situation.now);
    }
    if (!hides(question)) {
        return;
    }
    const bool names_no_item = question.request.kind == ItemKind::kNone;
    decision.face = names_no_item || (rule != nullptr && rule->is_about_methods())
                        ? Face::kUnknownMethod
                        : Face::kUnknownItem;
}

bool Policy::hides(const Question& question) const {
    bool hidden = default_deny_ && !is_open_method(question.request.method);
    for_each_common(question.caller, question.match.possible, [&](std::size_t number) {
        const Rule& rule = rules_[number];
        Truth truth = question.match.unclear.has(number) ? Truth::kUnclear : Truth::kYes;
        truth = truth & hints_hold(rule, question);
        truth = truth & (rule.is_broken ? Truth::kUnclear : Truth::kYes);
        const bool never_allows = rule.effect == PatternEffect::kAllow && truth != Truth::kYes;
        if (truth == Truth::kNo || never_allows || rule.effect == PatternEffect::kShadowDeny ||
            (rule.effect == PatternEffect::kDeny && rule.is_passing)) {
            return true;
        }
        hidden = rule.effect == PatternEffect::kDeny;
        return false;
    });
    return hidden;
}

}  // namespace gatehouse::policy
