// SPDX-License-Identifier: Apache-2.0
#include "admin/replay_tally.h"

#include "base/strings.h"
#include "base/units.h"

namespace gatehouse::admin {
namespace {

constexpr std::size_t kMaxExamples = 3;
constexpr std::size_t kMaxShown = 512;

json::Object outcome_view(const Outcome& outcome) {
    json::Object view{{"effect", outcome.effect}};
    if (!outcome.rule.empty()) {
        view["rule"] = outcome.rule;
    }
    return view;
}

json::Object example_view(const ReplayedCall& replayed) {
    const audit::IntentEntry& call = replayed.call;
    json::Object view{{"id", std::to_string(call.id)},
                      {"time", format_time(call.time)},
                      {"user", call.user},
                      {"client", sanitize_text(call.client, kMaxShown)},
                      {"method", call.method},
                      {"was", outcome_view(replayed.was)}};
    if (!replayed.user_name.empty()) {
        view["name"] = replayed.user_name;
    }
    if (!call.item.empty()) {
        view["item"] = sanitize_text(call.item, kMaxShown);
    }
    if (replayed.is_undecidable) {
        view["undecidable"] = true;
    } else {
        view["would"] = outcome_view(replayed.would);
    }
    return view;
}

}  // namespace

std::string_view seen_effect(std::string_view effect) {
    return effect == "shadow_deny" ? "allow" : effect;
}

void ReplayTally::Counts::add(const Counts& more) {
    calls += more.calls;
    changed += more.changed;
    undecidable += more.undecidable;
}

void ReplayTally::Counts::put_into(json::Object& view) const {
    view["changed"] = changed;
    view["undecidable"] = undecidable;
}

void ReplayTally::add(const ReplayedCall& replayed) {
    const std::string was(seen_effect(replayed.was.effect));
    const std::string would(seen_effect(replayed.would.effect));
    const bool changed = !replayed.is_undecidable && was != would;
    const Counts counts{
        .calls = 1, .changed = changed ? 1 : 0, .undecidable = replayed.is_undecidable ? 1 : 0};
    all_.add(counts);
    Line& line = lines_[{replayed.call.server, replayed.would.rule}];
    line.counts.add(counts);
    if (!replayed.is_undecidable) {
        line.effect = replayed.would.effect;
    }
    if (!changed && !replayed.is_undecidable) {
        return;
    }
    line.users[replayed.call.user].add(counts);
    if (!replayed.user_name.empty()) {
        line.names[replayed.call.user] = replayed.user_name;
    }
    const std::string& item = replayed.call.item;
    line.tools[item.empty() ? replayed.call.method : sanitize_text(item, kMaxShown)].add(counts);
    if (changed) {
        ++line.changes[{was, would}];
    }
    if (line.examples.size() < kMaxExamples) {
        line.examples.push_back(example_view(replayed));
    }
}

json::Object ReplayTally::view() const {
    json::Object view{{"calls", all_.calls}};
    all_.put_into(view);
    json::Array lines;
    for (const auto& [key, line] : lines_) {
        json::Object shown{{"rule", key.second.empty() ? "default_policy" : key.second},
                           {"server", key.first}};
        if (!line.effect.empty()) {
            shown["effect"] = line.effect;
        }
        shown["calls"] = line.counts.calls;
        line.counts.put_into(shown);
        json::Array changes;
        for (const auto& [effects, count] : line.changes) {
            changes.emplace_back(
                json::Object{{"from", effects.first}, {"to", effects.second}, {"calls", count}});
        }
        json::Array users;
        for (const auto& [user, counts] : line.users) {
            json::Object one{{"user", user}};
            if (const auto name = line.names.find(user); name != line.names.end()) {
                one["name"] = name->second;
            }
            counts.put_into(one);
            users.emplace_back(std::move(one));
        }
        json::Array tools;
        for (const auto& [tool, counts] : line.tools) {
            json::Object one{{"tool", tool}};
            counts.put_into(one);
            tools.emplace_back(std::move(one));
        }
        json::Array examples(line.examples.begin(), line.examples.end());
        shown["changes"] = std::move(changes);
        shown["users"] = std::move(users);
        shown["tools"] = std::move(tools);
        shown["examples"] = std::move(examples);
        lines.emplace_back(std::move(shown));
    }
    view["by_rule"] = std::move(lines);
    return view;
}

}  // namespace gatehouse::admin
