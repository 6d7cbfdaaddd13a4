// SPDX-License-Identifier: Apache-2.0
#include "policy/evaluator.h"

namespace gatehouse::policy {
namespace {

constexpr std::size_t kMaxCallers = 4096;
constexpr std::size_t kMaxItems = 16'384;
constexpr std::size_t kMaxItemBytes = 2U << 20U;
// Longer names are rare, and would push out many others.
constexpr std::size_t kMaxRemembered = 512;

std::size_t mix(std::size_t seed, std::size_t value) {
    return seed ^ (value + 0x9e3779b97f4a7c15ULL + (seed << 6U) + (seed >> 2U));
}

template <typename Item>
std::size_t hash_item(const Item& item) {
    const std::hash<std::string_view> text;
    std::size_t seed = std::hash<const void*>{}(item.policy);
    seed = mix(seed, static_cast<std::size_t>(item.kind));
    seed = mix(seed, text(item.method));
    return mix(seed, text(item.item));
}

std::string_view method_that_uses(ItemKind kind) {
    switch (kind) {
        case ItemKind::kTool:
            return "tools/call";
        case ItemKind::kPrompt:
            return "prompts/get";
        default:
            return "resources/read";
    }
}

}  // namespace

std::size_t Evaluator::Hash::operator()(const ItemView& item) const {
    return hash_item(item);
}

std::size_t Evaluator::Hash::operator()(const ItemKey& item) const {
    return hash_item(item);
}

std::size_t Evaluator::Hash::operator()(const CallerSlot& slot) const {
    const std::hash<const void*> address;
    return mix(mix(address(slot.policy), address(slot.token)), address(slot.person));
}

Evaluator::View Evaluator::enter(const std::shared_ptr<const PolicySet>& set,
                                 const Policy& policy,
                                 const CallerKey& key,
                                 const Caller& who,
                                 const Situation& situation) {
    if (set_ != set) {
        callers_.clear();
        items_.clear();
        item_bytes_ = 0;
        set_ = set;
    }
    const CallerSlot slot{.policy = &policy, .token = key.token.get(), .person = key.person.get()};
    auto known = callers_.find(slot);
    if (known == callers_.end()) {
        if (callers_.size() >= kMaxCallers) {
            callers_.clear();
        }
        known = callers_.emplace(slot, KnownCaller{.alive = key, .bits = policy.match_caller(who)})
                    .first;
    }
    return {.policy = policy, .caller = known->second.bits, .who = who, .situation = situation};
}

const Policy::Match& Evaluator::match_of(const Policy& policy, const Request& request) {
    if (request.item.size() + request.method.size() > kMaxRemembered) {
        scratch_ = policy.match_request(request);
        return scratch_;
    }
    const ItemView view{
        .policy = &policy, .method = request.method, .item = request.item, .kind = request.kind};
    if (const auto it = items_.find(view); it != items_.end()) {
        return it->second;
    }
    if (items_.size() >= kMaxItems || item_bytes_ >= kMaxItemBytes) {
        items_.clear();
        item_bytes_ = 0;
    }
    item_bytes_ += request.item.size() + request.method.size();
    return items_
        .emplace(ItemKey{.policy = &policy,
                         .method = std::string(request.method),
                         .item = std::string(request.item),
                         .kind = request.kind},
                 policy.match_request(request))
        .first->second;
}

Decision Evaluator::decide(const View& view, const Request& request) {
    return view.policy.decide({.caller = view.caller,
                               .match = match_of(view.policy, request),
                               .who = view.who,
                               .request = request,
                               .situation = view.situation},
                              reader_);
}

bool Evaluator::hides(const View& view, ItemKind kind, std::string_view item) {
    const Request request{.method = method_that_uses(kind), .kind = kind, .item = item};
    return view.policy.hides({.caller = view.caller,
                              .match = match_of(view.policy, request),
                              .who = view.who,
                              .request = request,
                              .situation = view.situation});
}

}  // namespace gatehouse::policy
