// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/policy_rule.h"
#include "catalog/weekly_hours.h"
#include "policy/address_block.h"
#include "policy/argument_tests.h"
#include "policy/facts.h"
#include "policy/rule_index.h"
#include "policy/supposition.h"
#include "policy/truth.h"

namespace gatehouse::policy {

enum class Effect : std::uint8_t { kAllow, kDeny, kRequireScope };

/// The rule name that stands for `default_policy` in decisions.
inline constexpr std::string_view kDefaultRule = "default_policy";

/// How a refusal looks to the caller.
enum class Face : std::uint8_t {
    kVisible,
    kUnknownItem,    ///< as for an item that the runtime does not have
    kUnknownMethod,  ///< as for a method that the runtime does not have
};

/// What is decided about one message. Views live as long as the policy.
struct Decision {
    Effect effect = Effect::kAllow;
    std::string_view rule;  ///< empty where `default_policy: allow` decided
    std::string_view message;
    Face face = Face::kVisible;
    std::vector<std::string_view> missing_scopes;  ///< of kRequireScope, in the order of the rules
    std::string_view shadow;                       ///< the first shadow_deny rule that matched
    std::chrono::seconds retry_after{0};           ///< zero: unknown
};

/// The rules of one server, top-level ones first, compiled. Immutable; any number of threads.
class Policy {
  public:
    /// Nothing is refused here: rules come checked. What does not compile nevertheless counts
    /// against the caller.
    Policy(const catalog::Catalog& catalog, const catalog::Server& server);

    /// Which rules may match for a caller, or for a method and item.
    struct Match {
        RuleBits possible, unclear;  ///< `unclear` is a part of `possible`
    };

    [[nodiscard]] RuleBits match_caller(const Caller& caller) const;
    [[nodiscard]] Match match_request(const Request& request) const;

    struct Question {
        const RuleBits& caller;
        const Match& match;  ///< of `request`
        const Caller& who;
        const Request& request;
        const Situation& situation;
        const Supposition* supposed = nullptr;  ///< null: everything is known
    };

    [[nodiscard]] Decision decide(const Question& question, ArgumentReader& reader) const;

    /// Whether all conditions of one rule hold.
    [[nodiscard]] Truth matches(std::size_t rule,
                                const Question& question,
                                ArgumentReader& reader) const;

    /// True for an item that this caller may never use, whatever arguments, time and place.
    [[nodiscard]] bool hides(const Question& question) const;

    /// Somebody's name, e-mail address or groups matter.
    [[nodiscard]] bool needs_person() const { return needs_person_; }

    /// Lists may have to be cut for somebody.
    [[nodiscard]] bool cuts_lists() const { return cuts_lists_; }

    /// Everything is hidden from everybody.
    [[nodiscard]] bool hides_everything() const { return hides_everything_; }

    [[nodiscard]] bool uses_hints() const { return uses_hints_; }

    [[nodiscard]] std::size_t size() const { return rules_.size(); }

    [[nodiscard]] std::string_view name_of(std::size_t rule) const { return rules_[rule].name; }

  private:
    using PatternEffect = catalog::PolicyEffect;

    struct NeededScope {
        std::string name;
        std::vector<std::string> wider;  ///< any of them will do as well
    };

    struct Rule {
        std::string name, message;
        PatternEffect effect = PatternEffect::kDeny;
        std::vector<NeededScope> scopes;
        bool scopes_exist = true;  ///< the server can grant them
        bool names_item = false, names_method = false;
        std::vector<std::pair<std::size_t, ArgumentTests>> arguments;  ///< by pointer
        std::vector<AddressBlock> source_ips;
        std::vector<catalog::WeeklyHours> hours;
        std::vector<std::pair<Hint, bool>> hints;
        bool is_passing = false;  ///< arguments, time or place matter
        bool is_broken = false;   ///< a condition did not compile

        /// Speaks of methods as a whole.
        [[nodiscard]] bool is_about_methods() const {
            return names_method && !names_item && hints.empty();
        }
    };

    struct Lookups;
    class ScopeDemand;

    void add_rule(const catalog::PolicyRule& given, const catalog::Server& server);
    void add_passing_conditions(const catalog::PolicyMatch& when, Rule& rule);
    [[nodiscard]] static std::vector<NeededScope> needs_of(const std::vector<std::string>& scopes,
                                                           const catalog::ScopeIncludes& includes);
    [[nodiscard]] RuleBits with_item_keys() const;
    void match_item(const Request& request, Match& match) const;
    [[nodiscard]] Truth hints_hold(const Rule& rule, const Question& question) const;
    [[nodiscard]] static Truth hours_hold(const Rule& rule, const Question& question);
    [[nodiscard]] static Truth place_holds(const Rule& rule,
                                           const Question& question,
                                           Lookups& lookups);
    [[nodiscard]] Truth arguments_hold(const Rule& rule,
                                       const Question& question,
                                       Lookups& lookups) const;
    [[nodiscard]] Truth passing_hold(const Rule& rule,
                                     const Question& question,
                                     Lookups& lookups) const;
    void read_arguments(const Question& question, Lookups& lookups) const;
    [[nodiscard]] Truth holds_if_supposed(std::size_t number,
                                          const Question& question,
                                          Lookups& lookups) const;
    [[nodiscard]] Truth holds(std::size_t number, const Question& question, Lookups& lookups) const;
    void deny(const Rule* rule, const Question& question, Decision& decision) const;

    std::vector<Rule> rules_;
    bool default_deny_ = false;
    bool needs_person_ = false, cuts_lists_ = false, hides_everything_ = false;
    bool uses_hints_ = false;
    PointerTree pointers_;
    RuleIndex users_, emails_, groups_, clients_, scopes_, methods_;
    NameIndex tools_, not_tools_, resources_, prompts_;
};

}  // namespace gatehouse::policy
