// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>

#include "base/strings.h"
#include "base/units.h"
#include "cli/internal/handlers.h"
#include "cli/internal/replay_report.h"
#include "cli/internal/table.h"

/// Rules before they bite: `policy test` and `policy replay`.
namespace gatehouse::cli {
namespace {

constexpr std::string_view kDefaultSince = "7d";
constexpr std::size_t kMaxBatches = 1'000'000;

int report(Environment& environment, const Error& error) {
    failed(environment, error);
    return error.code == ErrorCode::kInvalid ? kExitUsage : kExitFailed;
}

Result<json::Object> question_of(const Invocation& invocation) {
    json::Object question;
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kOptions{
        {{"server", "server"},
         {"user", "user"},
         {"client", "client"},
         {"tool", "tool"},
         {"arguments", "arguments"},
         {"source-ip", "source_ip"},
         {"time", "time"}}};
    for (const auto& [option, member] : kOptions) {
        if (invocation.has(option)) {
            question[member] = invocation.get(option);
        }
    }
    for (const char* needed : {"server", "user", "tool"}) {
        if (!question.contains(needed)) {
            return fail(ErrorCode::kInvalid, "policy test needs --" + std::string(needed));
        }
    }
    if (invocation.has("scopes")) {
        json::Array scopes;
        const std::string typed = invocation.get("scopes");
        for (const std::string_view scope : split(typed, ',')) {
            if (!trim(scope).empty()) {
                scopes.emplace_back(trim(scope));
            }
        }
        question["scopes"] = std::move(scopes);
    }
    return question;
}

std::string verdict_text(const json::Object& decision) {
    std::string text = cell(decision, "effect");
    if (const std::string rule = cell(decision, "rule"); rule != "-") {
        text += " by " + rule;
    } else {
        text += " by default_policy";
    }
    if (const std::string message = cell(decision, "message"); message != "-") {
        text += ": " + message;
    }
    if (const auto hidden = json::get_bool(decision, "hidden")) {
        text += *hidden ? "\nthe caller sees: an unknown tool" : "\nthe caller sees: a refusal";
    }
    if (const std::string missing = cell(decision, "missing_scopes"); missing != "-") {
        text += "\nthe token lacks: " + missing;
    }
    if (const std::string shadow = cell(decision, "shadow"); shadow != "-") {
        text += "\nrecorded only: " + shadow + " would deny it";
    }
    return text + "\n";
}

std::string facts_text(const json::Object& facts) {
    std::string text = "\nfacts\n";
    static constexpr std::array kFacts{Column{"user", "name"},         Column{"id", "user"},
                                       Column{"e-mail", "email"},      Column{"groups", "groups"},
                                       Column{"client", "client"},     Column{"scopes", "scopes"},
                                       Column{"address", "source_ip"}, Column{"time", "time"}};
    for (const Column& fact : kFacts) {
        text += fmt::format("  {:<8} {}\n", fact.title, cell(facts, fact.member));
    }
    const std::string from = cell(facts, "scopes_from");
    text += fmt::format("  the scopes are {}\n",
                        from == "connection" ? "those of connection " + cell(facts, "connection")
                        : from == "server"   ? "what a client of this server gets at first"
                                             : "as given");
    return text;
}

std::string_view part_text(std::string_view part) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kWords{
        {{"none", "does not match"},
         {"not_reached", "not asked any more"},
         {"shadow", "matches, records only"},
         {"asks", "matches, wants scopes"},
         {"ends", "matches, ends the search"},
         {"decides", "matches, decides"}}};
    const auto* const it =
        std::ranges::find(kWords, part, &std::pair<std::string_view, std::string_view>::first);
    return it == kWords.end() ? part : it->second;
}

std::string key_text(const json::Object& key) {
    const std::string holds = cell(key, "holds");
    return fmt::format("      {:<9} {}{}: wanted {}, found {}\n",
                       holds == "yes"  ? "holds"
                       : holds == "no" ? "fails"
                                       : holds,
                       cell(key, "key"), key.contains("hint") ? " (a hint of the runtime)" : "",
                       cell(key, "wanted"), cell(key, "found"));
}

std::string rule_text(std::size_t number, const json::Object& rule) {
    const auto part = json::get_string(rule, "part").value_or("");
    std::string text = fmt::format("  {:>3} {:<24} {:<14} {}{}\n", number, cell(rule, "rule"),
                                   cell(rule, "effect"), part_text(part),
                                   cell(rule, "matches") == "undecided" && part != "not_reached"
                                       ? " (cannot be decided, which counts against the caller)"
                                       : "");
    const json::Value* const keys = rule.if_contains("keys");
    if (part == "not_reached" || keys == nullptr || !keys->is_array()) {
        return text;
    }
    for (const json::Value& key : keys->get_array()) {
        text += key.is_object() ? key_text(key.get_object()) : "";
    }
    return text;
}

std::string way_text(const json::Object& decision) {
    std::string text = "\nrules, in the order in which they are tried\n";
    std::size_t number = 0;
    if (const json::Value* rules = decision.if_contains("rules");
        rules != nullptr && rules->is_array()) {
        for (const json::Value& rule : rules->get_array()) {
            text += rule.is_object() ? rule_text(++number, rule.get_object()) : "";
        }
    }
    return text + fmt::format("      default_policy: {}\n", cell(decision, "default_policy"));
}

/// Back to `since`, in per cent.
std::string progress_text(const json::Object& batch, Timestamp since, Timestamp now) {
    const auto until = json::get_string(batch, "until");
    const auto time = until ? parse_time(*until) : fail(ErrorCode::kInvalid, "");
    if (!time || now <= since) {
        return "";
    }
    const auto done = std::chrono::duration<double>(now - *time).count() /
                      std::chrono::duration<double>(now - since).count();
    return fmt::format(", {:.0f} %", std::clamp(done, 0.0, 1.0) * 100);
}

Result<ReplayReport> replay(const Invocation& invocation,
                            Environment& environment,
                            AdminApi& api,
                            json::Object order) {
    ReplayReport report;
    const auto since =
        parse_time(json::get_string(order, "since").value_or("")).value_or(Timestamp{});
    for (std::size_t i = 0; i < kMaxBatches; ++i) {
        const auto batch = api.change("POST", "policies/replay", order);
        if (!batch) {
            return std::unexpected(batch.error());
        }
        report.add(*batch);
        if (environment.shows_progress && !invocation.has("json")) {
            environment.err << fmt::format("\r{} calls{}   ", report.calls(),
                                           progress_text(*batch, since, environment.clock.now()));
            environment.err.flush();
        }
        const auto next = json::get_string(*batch, "next");
        if (!next) {
            if (environment.shows_progress && !invocation.has("json")) {
                environment.err << "\r\n";
            }
            return report;
        }
        order["cursor"] = *next;
    }
    return fail(ErrorCode::kPeer, "the gateway's records do not end");
}

}  // namespace

int run_policy_test(const Invocation& invocation, Environment& environment, AdminApi& api) {
    const auto question = question_of(invocation);
    if (!question) {
        return report(environment, question.error());
    }
    const auto decision = api.change("POST", "policies/test", *question);
    if (!decision) {
        return report(environment, decision.error());
    }
    if (invocation.has("json")) {
        environment.out << json::dump(*decision) << "\n";
        return kExitOk;
    }
    environment.out << verdict_text(*decision);
    if (const json::Value* facts = decision->if_contains("facts");
        facts != nullptr && facts->is_object()) {
        environment.out << facts_text(facts->get_object());
    }
    environment.out << way_text(*decision);
    return kExitOk;
}

int run_policy_replay(const Invocation& invocation, Environment& environment, AdminApi& api) {
    const std::string& file = invocation.arguments.front();
    const auto text = environment.files.read_file(file);
    if (!text) {
        return report(environment, {.code = ErrorCode::kInvalid, .message = text.error().message});
    }
    const auto since =
        since_text(invocation.has("since") ? invocation.get("since") : std::string(kDefaultSince),
                   environment.clock);
    if (!since) {
        return report(environment, since.error());
    }
    const auto found = replay(invocation, environment, api,
                              {{"policy", *text}, {"name", file}, {"since", *since}});
    if (!found) {
        return report(environment, found.error());
    }
    if (invocation.has("json")) {
        environment.out << json::dump(found->view()) << "\n";
    } else {
        environment.out << found->text();
    }
    return kExitOk;
}

}  // namespace gatehouse::cli
