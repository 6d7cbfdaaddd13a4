// SPDX-License-Identifier: Apache-2.0
#include "proxy/service_desk.h"

#include <utility>

#include "mcp/error_body.h"
#include "policy/facts.h"
#include "telemetry/log.h"

namespace gatehouse::proxy {
namespace {

constexpr std::size_t kMaxEntries = 8192;
constexpr std::size_t kMaxBytes = 8U << 20U;
// Longer ones are hardly ever equal.
constexpr std::size_t kMaxRemembered = 16U << 10U;

std::string list(std::span<const std::string> texts) {
    std::string json = "[";
    for (const std::string& text : texts) {
        json += (json.size() > 1 ? "," : "") + mcp::quote(text);
    }
    return json + "]";
}

std::string_view item_member(policy::ItemKind kind) {
    switch (kind) {
        case policy::ItemKind::kTool:
            return "tool";
        case policy::ItemKind::kPrompt:
            return "prompt";
        case policy::ItemKind::kResource:
            return "resource";
        default:
            return "item";
    }
}

/// What one worker does for one call.
struct Errand {
    const std::function<Result<std::string>(const ServiceRequest&)>& ask;
    ServiceCounters& counters;
    const Clock& clock;
    const catalog::PolicyService& service;

    [[nodiscard]] SharedServiceVerdict run(const std::string& input, SteadyTime deadline) const {
        const SteadyTime begin = clock.steady_now();
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - begin);
        Result<ServiceVerdict> verdict = fail(ErrorCode::kTimeout, "no time is left");
        ++counters.asked;
        if (left.count() > 0) {
            const auto body = ask({.url = service.opa, .body = input, .timeout = left});
            verdict = body ? read_service_verdict(*body) : std::unexpected(body.error());
        }
        counters.microseconds += static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(clock.steady_now() - begin)
                .count());
        if (!verdict) {
            ++counters.failed;
            telemetry::warn("proxy", "the policy service was no help: {}",
                            describe(verdict.error()));
            return nullptr;
        }
        ++(verdict->allowed ? counters.allowed : counters.denied);
        return std::make_shared<const ServiceVerdict>(*std::move(verdict));
    }
};

}  // namespace

SharedServiceVerdict ServiceDesk::recall(const std::string& input, SteadyTime now) {
    const auto known = known_.find(input);
    if (known == known_.end() || known->second.until <= now) {
        return nullptr;
    }
    ++parts_.service_counters->remembered;
    return known->second.verdict;
}

SharedServiceVerdict ServiceDesk::without_answer(const catalog::PolicyService& service) {
    return std::make_shared<const ServiceVerdict>(
        ServiceVerdict{.allowed = service.on_error == catalog::PolicyService::OnError::kAllow,
                       .message = "The policy service cannot be asked now."});
}

bool ServiceDesk::ask(const catalog::PolicyService& service,
                      std::vector<std::string> inputs,
                      Done done) {
    if (!parts_.ask_policy_service) {
        return false;
    }
    return parts_.run_on_worker([ask = parts_.ask_policy_service,
                                 counters = parts_.service_counters, &clock = parts_.clock, service,
                                 inputs = std::move(inputs), done = std::move(done)] {
        const Errand errand{.ask = ask, .counters = *counters, .clock = clock, .service = service};
        const SteadyTime deadline = clock.steady_now() + service.timeout;
        ServiceRound verdicts;
        for (const std::string& input : inputs) {
            verdicts.emplace(input, errand.run(input, deadline));
        }
        done(std::move(verdicts));
    });
}

void ServiceDesk::remember(const catalog::PolicyService& service,
                           const ServiceRound& verdicts,
                           SteadyTime now) {
    if (service.cache.count() <= 0) {
        return;
    }
    for (const auto& [input, verdict] : verdicts) {
        if (verdict == nullptr || input.size() > kMaxRemembered) {
            continue;
        }
        if (known_.size() >= kMaxEntries || bytes_ >= kMaxBytes) {
            known_.clear();
            bytes_ = 0;
        }
        const auto [entry, is_new] = known_.try_emplace(input);
        bytes_ += is_new ? input.size() : 0;
        entry->second = {.verdict = verdict, .until = now + service.cache};
    }
}

std::string service_input(const ServiceQuestion& question) {
    const CallFacts& facts = question.facts;
    const MessageFacts& message = question.message;
    const auto text = [](std::string_view name, std::string_view value) {
        return "," + mcp::quote(name) + ":" + mcp::quote(value);
    };
    // The service's URL is part of the text's context only, so servers do not share answers.
    std::string json = R"({"input":{"server":)" + mcp::quote(facts.route->server->name);
    json += text("method", message.method);
    if (message.item_kind != policy::ItemKind::kNone) {
        json += text(item_member(message.item_kind), message.item);
    }
    if (!question.arguments.empty()) {
        json += R"(,"arguments":)";
        json += question.arguments;
    }
    json += R"(,"user":{"id":)" + mcp::quote(facts.caller->subject);
    if (question.person != nullptr) {
        json += text("name", question.person->name);
        if (!question.person->email.empty()) {
            json += text("email", question.person->email);
        }
        json += R"(,"groups":)" + list(question.person->groups);
    }
    json += "}" + text("client", facts.caller->client_id);
    json += text("connection", facts.caller->connection);
    json += R"(,"scopes":)" + list(facts.caller->scopes);
    json += text("source_ip", question.source_ip);
    if (facts.revision) {
        json += text("revision", mcp::revision_name(*facts.revision));
    }
    return json + "}}";
}

bool is_for_service(const CallFacts& facts, const MessageFacts& message) {
    return facts.service != nullptr && !policy::is_open_method(message.method);
}

}  // namespace gatehouse::proxy
