// SPDX-License-Identifier: Apache-2.0
#include "cli/internal/replay_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>
#include <utility>

#include "cli/internal/table.h"

namespace gatehouse::cli {
namespace {

constexpr std::size_t kMaxExamples = 3;
// Of the people or tools of one rule.
constexpr std::size_t kMaxParts = 1000;
constexpr std::size_t kShownParts = 5;

constexpr std::array kRules{Column{"RULE", "rule"},       Column{"SERVER", "server"},
                            Column{"EFFECT", "effect"},   Column{"CALLS", "calls"},
                            Column{"CHANGED", "changed"}, Column{"UNDECIDABLE", "undecidable"}};

std::int64_t number(const json::Object& object, std::string_view name) {
    return json::get_int(object, name).value_or(0);
}

/// The objects of a list member.
std::vector<json::Object> objects(const json::Object& object, std::string_view name) {
    std::vector<json::Object> all;
    if (const json::Value* list = object.if_contains(name); list != nullptr && list->is_array()) {
        for (const json::Value& item : list->get_array()) {
            if (item.is_object()) {
                all.push_back(item.get_object());
            }
        }
    }
    return all;
}

/// Most changes first; what has as many stays in the order that it has.
json::Array sorted_by_weight(std::vector<json::Object> all) {
    std::vector<std::size_t> places(all.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    std::ranges::sort(places, {}, [&](std::size_t i) {
        return std::tuple(-number(all[i], "changed"), -number(all[i], "undecidable"), i);
    });
    json::Array sorted;
    for (const std::size_t place : places) {
        sorted.emplace_back(std::move(all[place]));
    }
    return sorted;
}

std::string parts_text(const json::Object& rule, std::string_view list, std::string_view name) {
    std::string text;
    std::size_t count = 0;
    for (const json::Object& part : objects(rule, list)) {
        if (++count > kShownParts) {
            text += ", …";
            break;
        }
        text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", cell(part, name),
                            number(part, "changed") + number(part, "undecidable"));
    }
    return text;
}

std::string example_text(const json::Object& example) {
    const std::string was =
        fmt::format("{}{}", cell(example, "was.effect"),
                    cell(example, "was.rule") == "-" ? "" : " by " + cell(example, "was.rule"));
    const std::string would = example.contains("undecidable")
                                  ? "undecidable, what it depends on was not recorded"
                                  : cell(example, "would.effect");
    return fmt::format("    {}  record {}  {} {} {}: {} -> {}\n", cell(example, "time"),
                       cell(example, "id"), cell(example, "name|user"), cell(example, "method"),
                       cell(example, "item"), was, would);
}

}  // namespace

void ReplayReport::Counts::add(const json::Object& from) {
    calls += number(from, "calls");
    changed += number(from, "changed");
    undecidable += number(from, "undecidable");
}

void ReplayReport::Counts::put_into(json::Object& view) const {
    view["changed"] = changed;
    view["undecidable"] = undecidable;
}

void ReplayReport::add(const json::Object& batch) {
    counts_.add(batch);
    skipped_ += number(batch, "skipped");
    for (const json::Object& line : objects(batch, "by_rule")) {
        add_line(line);
    }
}

void ReplayReport::add_parts(const json::Object& given,
                             std::string_view list,
                             std::string_view name,
                             std::map<std::string, Part>& parts) {
    for (json::Object& object : objects(given, list)) {
        const auto key = json::get_string(object, name).value_or("");
        if (!parts.contains(key) && parts.size() >= kMaxParts) {
            continue;
        }
        Part& part = parts[key];
        part.counts.add(object);
        object.erase("changed");
        object.erase("undecidable");
        part.names = std::move(object);
    }
}

void ReplayReport::add_line(const json::Object& given) {
    Line& line = lines_[{json::get_string(given, "server").value_or(""),
                         json::get_string(given, "rule").value_or("")}];
    if (const auto effect = json::get_string(given, "effect")) {
        line.effect = *effect;
    }
    line.counts.add(given);
    add_parts(given, "users", "user", line.users);
    add_parts(given, "tools", "tool", line.tools);
    for (const json::Object& change : objects(given, "changes")) {
        line.changes[{json::get_string(change, "from").value_or(""),
                      json::get_string(change, "to").value_or("")}] += number(change, "calls");
    }
    for (json::Object& example : objects(given, "examples")) {
        if (line.examples.size() < kMaxExamples) {
            line.examples.emplace_back(std::move(example));
        }
    }
}

json::Array ReplayReport::sorted(const std::map<std::string, Part>& parts) {
    std::vector<json::Object> all;
    for (const auto& [name, part] : parts) {
        json::Object view = part.names;
        part.counts.put_into(view);
        all.push_back(std::move(view));
    }
    return sorted_by_weight(std::move(all));
}

json::Object ReplayReport::view_of(const Key& key, const Line& line) {
    json::Object view{{"rule", key.second}, {"server", key.first}};
    if (!line.effect.empty()) {
        view["effect"] = line.effect;
    }
    view["calls"] = line.counts.calls;
    line.counts.put_into(view);
    json::Array changes;
    for (const auto& [effects, calls] : line.changes) {
        changes.emplace_back(
            json::Object{{"from", effects.first}, {"to", effects.second}, {"calls", calls}});
    }
    view["changes"] = std::move(changes);
    view["users"] = sorted(line.users);
    view["tools"] = sorted(line.tools);
    view["examples"] = line.examples;
    return view;
}

json::Object ReplayReport::view() const {
    json::Object view{{"calls", counts_.calls}};
    counts_.put_into(view);
    std::vector<json::Object> lines;
    for (const auto& [key, line] : lines_) {
        lines.push_back(view_of(key, line));
    }
    view["by_rule"] = sorted_by_weight(std::move(lines));
    view["skipped"] = skipped_;
    return view;
}

std::string ReplayReport::text() const {
    const json::Object whole = view();
    const auto rules = objects(whole, "by_rule");
    std::string text = fmt::format("{} calls: {} would change, {} cannot be decided\n",
                                   counts_.calls, counts_.changed, counts_.undecidable);
    if (skipped_ > 0) {
        text += fmt::format(
            "{} records are of no call that rules judge, or of a server that is "
            "gone\n",
            skipped_);
    }
    if (!rules.empty()) {
        text += "\n" + table(kRules, rules);
    }
    for (const json::Object& rule : rules) {
        const auto examples = objects(rule, "examples");
        if (examples.empty()) {
            continue;
        }
        text += fmt::format("\n{} at {}\n", cell(rule, "rule"), cell(rule, "server"));
        for (const json::Object& change : objects(rule, "changes")) {
            text += fmt::format("  {} -> {}: {}\n", cell(change, "from"), cell(change, "to"),
                                number(change, "calls"));
        }
        text += fmt::format("  people: {}\n", parts_text(rule, "users", "name|user"));
        text += fmt::format("  tools: {}\n", parts_text(rule, "tools", "tool"));
        for (const json::Object& example : examples) {
            text += example_text(example);
        }
    }
    return text;
}

}  // namespace gatehouse::cli
