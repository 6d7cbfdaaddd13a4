// SPDX-License-Identifier: Apache-2.0
#include "admin/policies_api.h"

#include <algorithm>
#include <array>
#include <utility>

#include "admin/answers.h"
#include "admin/policy_facts.h"
#include "admin/problem.h"
#include "base/strings.h"
#include "base/units.h"
#include "mcp/message.h"
#include "policy/explain.h"
#include "policy/recorded.h"

namespace gatehouse::admin {
namespace {

constexpr std::array<std::string_view, 8> kQuestionMembers{
    "server", "user", "client", "tool", "arguments", "scopes", "source_ip", "time"};

/// What is asked, with everything it is answered from.
struct Question {
    std::shared_ptr<const catalog::Catalog> catalog;
    const catalog::Server* server = nullptr;
    PersonFacts person;
    std::string client, tool, source_ip;
    std::string connection, scopes_from;
    std::vector<std::string> scopes;
    std::string arguments;  ///< JSON text, padded
    std::size_t arguments_size = 0;
    bool odd_arguments = false;
    Timestamp time;
};

Result<std::string> text_of(const json::Object& object, std::string_view name) {
    if (!object.contains(name)) {
        return std::string();
    }
    auto text = json::get_string(object, name);
    return text ? Result<std::string>(*std::move(text))
                : fail(ErrorCode::kInvalid, std::string(name) + " must be a text");
}

/// A text is JSON as a client would send it, so that numbers keep their digits.
Result<void> read_arguments(const json::Object& object, Question& question) {
    const json::Value* const given = object.if_contains("arguments");
    if (given == nullptr) {
        return {};
    }
    question.arguments = given->is_string() ? std::string(std::string_view(given->get_string()))
                                            : json::dump(*given);
    const auto read = json::parse(question.arguments);
    if (!read) {
        return fail(ErrorCode::kInvalid, "arguments cannot be read: " + read.error().message);
    }
    question.odd_arguments = !read->is_object();
    question.arguments_size = question.arguments.size();
    question.arguments.append(mcp::kPadding, '\0');
    return {};
}

/// Those that were asked about, else those of the person's newest connection, else those that a
/// client gets at first.
Result<void> find_scopes(const Dependencies& dependencies,
                         const json::Object& object,
                         Question& question) {
    if (object.contains("scopes")) {
        auto given = json::get_strings(object, "scopes");
        if (!given) {
            return fail(ErrorCode::kInvalid, "scopes must be a list of texts");
        }
        question.scopes = *std::move(given);
        question.scopes_from = "given";
        return {};
    }
    const auto connections = dependencies.connections.list({.user_id = question.person.id,
                                                            .server = question.server->name,
                                                            .client_id = question.client});
    if (!connections) {
        return std::unexpected(connections.error());
    }
    const auto newest = std::ranges::max_element(*connections, {}, &oauth::Connection::created_at);
    if (newest == connections->end()) {
        question.scopes = visible_scopes(question.server->initial_scopes);
        question.scopes_from = "server";
        return {};
    }
    question.scopes = visible_scopes(newest->scopes);
    question.scopes_from = "connection";
    question.connection = newest->id;
    question.client = question.client.empty() ? newest->client_id : question.client;
    return {};
}

Result<Question> read_question(const Dependencies& dependencies, const json::Object& object) {
    for (const auto& member : object) {
        const std::string_view name = member.key();
        if (std::ranges::find(kQuestionMembers, name) == kQuestionMembers.end()) {
            return fail(ErrorCode::kInvalid, "unknown member: " + to_safe_ascii(name, 40));
        }
    }
    Question question{.catalog = dependencies.catalog.get(), .time = dependencies.clock.now()};
    std::string server;
    std::string user;
    std::string time;
    const std::pair<std::string_view, std::string&> texts[] = {
        {"server", server},      {"user", user}, {"client", question.client},
        {"tool", question.tool}, {"time", time}, {"source_ip", question.source_ip}};
    for (const auto& [name, target] : texts) {
        auto text = text_of(object, name);
        if (!text) {
            return std::unexpected(text.error());
        }
        target = *std::move(text);
    }
    if (server.empty() || user.empty() || question.tool.empty()) {
        return fail(ErrorCode::kInvalid, "server, user and tool are needed");
    }
    question.server = question.catalog->find_server(server);
    if (question.server == nullptr) {
        return fail(ErrorCode::kInvalid, "there is no server " + to_safe_ascii(server, 80));
    }
    const auto found = dependencies.users.find_by_id_or_login(user);
    if (!found) {
        return found.error().code == ErrorCode::kNotFound
                   ? fail(ErrorCode::kInvalid, "there is no user " + to_safe_ascii(user, 80))
                   : std::unexpected(found.error());
    }
    question.person = facts_of(*found);
    if (!time.empty()) {
        const auto at = parse_time(time);
        if (!at) {
            return std::unexpected(at.error());
        }
        question.time = *at;
    }
    if (auto read = read_arguments(object, question); !read) {
        return std::unexpected(read.error());
    }
    if (auto scopes = find_scopes(dependencies, object, question); !scopes) {
        return std::unexpected(scopes.error());
    }
    return question;
}

json::Object facts_view(const Question& question) {
    json::Object view{
        {"server", question.server->name},     {"user", question.person.id},
        {"name", question.person.name},        {"groups", json::to_array(question.person.groups)},
        {"client", question.client},           {"scopes", json::to_array(question.scopes)},
        {"scopes_from", question.scopes_from}, {"tool", question.tool},
        {"time", format_time(question.time)}};
    const std::pair<std::string_view, const std::string&> maybe[] = {
        {"email", question.person.email},
        {"connection", question.connection},
        {"source_ip", question.source_ip}};
    for (const auto& [name, value] : maybe) {
        if (!value.empty()) {
            view[name] = value;
        }
    }
    return view;
}

json::Object finding_view(const policy::RuleFinding& rule) {
    json::Array keys;
    for (const policy::KeyFinding& key : rule.keys) {
        json::Object shown{{"key", key.key},
                           {"holds", policy::word(key.truth)},
                           {"wanted", json::to_array(key.wanted)},
                           {"found", json::to_array(key.found)}};
        if (key.is_hint) {
            shown["hint"] = true;
        }
        keys.emplace_back(std::move(shown));
    }
    return {{"rule", rule.name},
            {"effect", policy::word(rule.effect)},
            {"everywhere", rule.is_for_all},
            {"matches", policy::word(rule.truth)},
            {"part", policy::word(rule.part)},
            {"keys", std::move(keys)}};
}

/// The decision of a record first, then what a record has no room for.
json::Object decision_view(const policy::Decision& decision) {
    const auto words = policy::recorded(decision);
    json::Object view{{"effect", words.effect}};
    if (!words.rule.empty()) {
        view["rule"] = words.rule;
    }
    if (!words.reason.empty()) {
        view["reason"] = words.reason;
    }
    if (!decision.message.empty()) {
        view["message"] = decision.message;
    }
    if (decision.effect == policy::Effect::kDeny) {
        view["hidden"] = decision.face != policy::Face::kVisible;
    }
    if (!decision.missing_scopes.empty()) {
        view["missing_scopes"] =
            json::to_array({decision.missing_scopes.begin(), decision.missing_scopes.end()});
    }
    if (!decision.shadow.empty()) {
        view["shadow"] = decision.shadow;
    }
    if (decision.retry_after.count() > 0) {
        view["retry_after_s"] = decision.retry_after.count();
    }
    return view;
}

json::Object answer(const Dependencies& dependencies, const Question& question) {
    const auto& server = *question.server;
    const policy::KnownHints hints(dependencies.rules.hints.of(
        server.name, server.runtimes.empty() ? "" : server.runtimes.front()));
    const policy::Caller who = caller_of(question.person, question.client, question.scopes);
    const policy::Request request{
        .method = "tools/call",
        .kind = policy::ItemKind::kTool,
        .item = question.tool,
        .arguments = std::string_view(question.arguments).substr(0, question.arguments_size),
        .odd_arguments = question.odd_arguments};
    const policy::Situation situation{
        .source_ip = question.source_ip, .now = question.time, .hints = &hints};
    const policy::Policy policy(*question.catalog, server);
    const auto explained =
        policy::explain(*question.catalog, server, policy,
                        {.who = who, .request = request, .situation = situation});
    json::Object view = decision_view(explained.decision);
    view["facts"] = facts_view(question);
    json::Array rules;
    for (const policy::RuleFinding& rule : explained.rules) {
        rules.emplace_back(finding_view(rule));
    }
    view["rules"] = std::move(rules);
    view["default_policy"] =
        server.default_policy == catalog::DefaultPolicy::kDeny ? "deny" : "allow";
    return view;
}

http::Response test_policy(const Dependencies& dependencies, const http::Request& request) {
    const auto object = json::parse_object(request.body);
    if (!object) {
        return problem(object.error());
    }
    const auto question = read_question(dependencies, *object);
    return question ? object_response(200, answer(dependencies, *question))
                    : problem(question.error());
}

}  // namespace

void add_policies_routes(http::Router& router, const Dependencies& dependencies) {
    router.add("POST", "/api/v1/policies/test", http::WorkClass::kQuick,
               dependencies.guard.protect([&dependencies](const http::Request& request) {
                   return test_policy(dependencies, request);
               }));
}

}  // namespace gatehouse::admin
