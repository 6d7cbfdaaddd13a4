// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "policy/policy.h"
#include "policy/policy_set.h"

namespace gatehouse::policy {

/// What a caller's facts were taken from. As long as both are the same objects, so are the facts.
struct CallerKey {
    std::shared_ptr<const void> token, person;
};

/// Decides with what one loop remembers: which rules may concern a caller, and which an item.
/// Bounded, forgets everything when the rules change. One thread.
class Evaluator {
  public:
    Evaluator() = default;
    Evaluator(const Evaluator&) = delete;
    Evaluator& operator=(const Evaluator&) = delete;
    Evaluator(Evaluator&&) = delete;
    Evaluator& operator=(Evaluator&&) = delete;
    ~Evaluator() = default;

    /// One caller's view of one server. `set` must own `policy`. Views must live as long as it, and
    /// it must not live longer than until the next `enter`.
    struct View {
        const Policy& policy;
        const RuleBits& caller;
        const Caller& who;
        const Situation& situation;
    };

    [[nodiscard]] View enter(const std::shared_ptr<const PolicySet>& set,
                             const Policy& policy,
                             const CallerKey& key,
                             const Caller& who,
                             const Situation& situation);

    [[nodiscard]] Decision decide(const View& view, const Request& request);
    /// True for a listed item that must be left out.
    [[nodiscard]] bool hides(const View& view, ItemKind kind, std::string_view item);

  private:
    struct ItemKey {
        const Policy* policy;
        std::string method, item;
        ItemKind kind;
    };

    struct ItemView {
        const Policy* policy;
        std::string_view method, item;
        ItemKind kind;
    };

    struct CallerSlot {
        const Policy* policy;
        const void* token;
        const void* person;

        bool operator==(const CallerSlot&) const = default;
    };

    struct KnownCaller {
        CallerKey alive;  ///< so that no other object can come to have the same address
        RuleBits bits;
    };

    struct Hash {
        using is_transparent = void;
        std::size_t operator()(const ItemView& item) const;
        std::size_t operator()(const ItemKey& item) const;
        std::size_t operator()(const CallerSlot& slot) const;
    };

    struct Equal {
        using is_transparent = void;

        template <typename A, typename B>
        bool operator()(const A& a, const B& b) const {
            return a.policy == b.policy && a.kind == b.kind && a.method == b.method &&
                   a.item == b.item;
        }
    };

    [[nodiscard]] const Policy::Match& match_of(const Policy& policy, const Request& request);

    std::shared_ptr<const PolicySet> set_;
    std::unordered_map<CallerSlot, KnownCaller, Hash> callers_;
    std::unordered_map<ItemKey, Policy::Match, Hash, Equal> items_;
    std::size_t item_bytes_ = 0;
    Policy::Match scratch_;  ///< of an item that is not worth remembering
    ArgumentReader reader_;
};

}  // namespace gatehouse::policy
