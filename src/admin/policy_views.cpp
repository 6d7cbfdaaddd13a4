// SPDX-License-Identifier: Apache-2.0
#include "admin/policy_views.h"

#include <array>
#include <utility>

#include "policy/explain.h"

namespace gatehouse::admin {
namespace {

using catalog::ArgumentValue;
using catalog::PolicyMatch;
using catalog::PolicyRule;

json::Value value_view(const ArgumentValue& value) {
    switch (value.kind) {
        case ArgumentValue::Kind::kNull:
            return nullptr;
        case ArgumentValue::Kind::kBool:
            return value.text == "true";
        case ArgumentValue::Kind::kNumber: {
            const auto number = json::parse(value.text);
            return number ? *number : json::Value(value.text);
        }
        case ArgumentValue::Kind::kString:
            return json::Value(value.text);
    }
    return nullptr;
}

json::Object arguments_view(const PolicyMatch& when) {
    static constexpr std::array<std::string_view, 9> kOps{"eq", "ne", "in",      "gt",    "ge",
                                                          "lt", "le", "matches", "exists"};
    json::Object view;
    for (const catalog::ArgumentCondition& condition : when.arguments) {
        json::Object tests;
        for (const catalog::ArgumentTest& test : condition.tests) {
            json::Value& shown = tests[kOps.at(static_cast<std::size_t>(test.op))];
            if (test.op == catalog::ArgumentTest::Op::kIn) {
                json::Array values;
                for (const ArgumentValue& value : test.values) {
                    values.push_back(value_view(value));
                }
                shown = std::move(values);
            } else if (!test.values.empty()) {
                shown = value_view(test.values.front());
            }
        }
        view[condition.pointer] = std::move(tests);
    }
    return view;
}

json::Object match_view(const PolicyMatch& when) {
    json::Object view;
    const std::pair<std::string_view, const std::vector<std::string>&> lists[] = {
        {"users", when.users},         {"emails", when.emails},         {"groups", when.groups},
        {"clients", when.clients},     {"scopes", when.scopes},         {"tools", when.tools},
        {"not_tools", when.not_tools}, {"resources", when.resources},   {"prompts", when.prompts},
        {"methods", when.methods},     {"source_ips", when.source_ips}, {"hours", when.hours}};
    for (const auto& [name, list] : lists) {
        if (!list.empty()) {
            view[name] = json::to_array(list);
        }
    }
    if (!when.annotations.empty()) {
        json::Object hints;
        for (const auto& [name, wanted] : when.annotations) {
            hints[name] = wanted;
        }
        view["annotations"] = std::move(hints);
    }
    if (auto arguments = arguments_view(when); !arguments.empty()) {
        view["arguments"] = std::move(arguments);
    }
    return view;
}

json::Object rule_view(const PolicyRule& rule, const std::string& server) {
    json::Object view{{"id", server.empty() ? rule.name : server + ":" + rule.name},
                      {"origin", "file"},
                      {"name", rule.name},
                      {"effect", policy::word(rule.effect)}};
    if (!server.empty()) {
        view["server"] = server;
    }
    if (!rule.scopes.empty()) {
        view["scope"] = json::to_array(rule.scopes);
    }
    if (!rule.message.empty()) {
        view["message"] = rule.message;
    }
    if (auto when = match_view(rule.when); !when.empty()) {
        view["when"] = std::move(when);
    }
    return view;
}

}  // namespace

std::vector<json::Object> policy_views(const catalog::Catalog& catalog) {
    std::vector<json::Object> views;
    for (const PolicyRule& rule : catalog.policies) {
        views.push_back(rule_view(rule, {}));
    }
    for (const catalog::Server& server : catalog.servers) {
        for (const PolicyRule& rule : server.policies) {
            views.push_back(rule_view(rule, server.name));
        }
    }
    for (std::size_t i = 0; i < views.size(); ++i) {
        views[i]["position"] = i + 1;
    }
    return views;
}

}  // namespace gatehouse::admin
