// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "doctor/internal/visit.h"

namespace gatehouse::doctor {
namespace {

std::string_view word(Outcome outcome) {
    switch (outcome) {
        case Outcome::kPass:
            return "pass";
        case Outcome::kWarn:
            return "warn";
        case Outcome::kFail:
            return "fail";
    }
    return "fail";
}

/// The steps of a client, in its order.
void walk(Visit& visit) {
    if (!check_address(visit) || !check_endpoint(visit)) {
        return;
    }
    if (visit.profile.browser) {
        check_cors(visit);
    }
    if (!visit.open && check_resource_metadata(visit) && check_server_metadata(visit) &&
        check_registration(visit)) {
        check_authorize(visit);
        check_token_endpoint(visit);
    }
    if (visit.open || !visit.question.token.empty()) {
        check_session(visit);
    }
}

}  // namespace

bool Report::has_failed() const {
    return std::ranges::any_of(checks,
                               [](const Check& check) { return check.outcome == Outcome::kFail; });
}

json::Object Report::to_json() const {
    json::Array list;
    for (const Check& check : checks) {
        json::Object shown{
            {"check", check.name}, {"result", word(check.outcome)}, {"text", check.text}};
        if (!check.remedy.empty()) {
            shown["remedy"] = check.remedy;
        }
        list.emplace_back(std::move(shown));
    }
    return {{"url", url}, {"as", as}, {"ok", !has_failed()}, {"checks", std::move(list)}};
}

void Visit::pass(std::string name, std::string text) {
    report.checks.push_back({.name = std::move(name), .text = sanitize_text(text, 500)});
}

void Visit::warn(std::string name, std::string text, std::string remedy) {
    report.checks.push_back({.name = std::move(name),
                             .outcome = Outcome::kWarn,
                             .text = sanitize_text(text, 500),
                             .remedy = std::move(remedy)});
}

void Visit::fail(std::string name, std::string text, std::string remedy) {
    report.checks.push_back({.name = std::move(name),
                             .outcome = Outcome::kFail,
                             .text = sanitize_text(text, 500),
                             .remedy = std::move(remedy)});
}

Result<http::ClientResponse> Visit::send(http::ClientRequest request) const {
    if (!request.headers.get("User-Agent")) {
        request.headers.set("User-Agent", std::string(profile.user_agent));
    }
    return tools.client.send(request);
}

Result<http::ClientResponse> Visit::get(const std::string& address) const {
    http::ClientRequest request{.url = address};
    request.headers.set("Accept", "application/json");
    request.headers.set("MCP-Protocol-Version", "2025-11-25");
    return send(std::move(request));
}

std::optional<json::Object> json_of(const http::ClientResponse& response) {
    auto object = json::parse_object(response.body);
    return object ? std::optional(std::move(*object)) : std::nullopt;
}

bool looks_like_html(const http::ClientResponse& response) {
    const auto type = response.headers.get("Content-Type").value_or("");
    return type.starts_with("text/html") || trim(response.body).starts_with('<');
}

std::string challenge_parameter(std::string_view challenge, std::string_view name) {
    for (auto at = challenge.find(name); at != std::string_view::npos;
         at = challenge.find(name, at + 1)) {
        const bool begins = at == 0 || challenge[at - 1] == ' ' || challenge[at - 1] == ',';
        auto rest = challenge.substr(at + name.size());
        if (!begins || !rest.starts_with('=')) {
            continue;
        }
        rest.remove_prefix(1);
        if (rest.starts_with('"')) {
            rest.remove_prefix(1);
            return std::string(rest.substr(0, rest.find('"')));
        }
        return std::string(rest.substr(0, rest.find_first_of(", ")));
    }
    return {};
}

std::string initialize_body() {
    return R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":)"
           R"("2025-11-25","capabilities":{},"clientInfo":{"name":"gatehouse-doctor",)"
           R"("version":"1"}}})";
}

std::vector<std::string_view> client_names() {
    std::vector<std::string_view> names;
    for (const Profile& profile : profiles()) {
        names.push_back(profile.name);
    }
    return names;
}

Result<Report> examine(const Question& question, const Tools& tools) {
    const Profile* profile = find_profile(question.as);
    if (profile == nullptr) {
        return fail(ErrorCode::kInvalid, "unknown client " + sanitize_text(question.as, 40));
    }
    auto url = parse_url(question.url);
    if (!url || (url->scheme != "http" && url->scheme != "https") || url->host.empty()) {
        return fail(ErrorCode::kInvalid,
                    "expected the MCP URL of a server, such as https://mcp.example.com/todo/mcp");
    }
    Visit visit{.question = question,
                .tools = tools,
                .profile = *profile,
                .url = *std::move(url),
                .report = {.url = question.url, .as = question.as, .checks = {}},
                .challenge = {},
                .resource = {},
                .server = {},
                .client_id = {},
                .redirect_uri = std::string(profile->redirect_uris.front())};
    walk(visit);
    return std::move(visit.report);
}

}  // namespace gatehouse::doctor
