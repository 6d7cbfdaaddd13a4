// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"
#include "crypto/jwt.h"
#include "doctor/internal/visit.h"

/// What comes after sign-in, and what browsers ask before.
namespace gatehouse::doctor {
namespace {

constexpr std::int64_t kShortLife = 300;

/// The last JSON-RPC message of an answer, be it JSON or events.
std::optional<json::Object> message_of(const http::ClientResponse& answer) {
    if (!answer.headers.get("Content-Type").value_or("").starts_with("text/event-stream")) {
        return json_of(answer);
    }
    std::optional<json::Object> last;
    for (const std::string_view line : split(answer.body, '\n')) {
        if (line.starts_with("data:")) {
            if (auto object = json::parse_object(trim(line.substr(5)))) {
                last = std::move(*object);
            }
        }
    }
    return last;
}

class Session {
  public:
    explicit Session(Visit& visit) : visit_(visit) {}

    [[nodiscard]] Result<http::ClientResponse> post(std::string body) const {
        http::ClientRequest request{.method = "POST", .url = visit_.question.url};
        request.headers.set("Accept", "application/json, text/event-stream");
        request.headers.set("Content-Type", "application/json");
        if (!visit_.question.token.empty()) {
            request.headers.set("Authorization",
                                "Bearer " + std::string(visit_.question.token.reveal()));
        }
        if (!id_.empty()) {
            request.headers.set("Mcp-Session-Id", id_);
        }
        if (!revision_.empty()) {
            request.headers.set("MCP-Protocol-Version", revision_);
        }
        request.body = std::move(body);
        request.max_body = std::size_t{8} << 20U;
        return visit_.send(std::move(request));
    }

    [[nodiscard]] bool begin() {
        const auto answer = post(initialize_body());
        const auto message = answer ? message_of(*answer) : std::nullopt;
        const json::Value* result = message ? message->if_contains("result") : nullptr;
        if (!answer || answer->status != 200 || result == nullptr || !result->is_object()) {
            visit_.fail("session",
                        answer ? fmt::format("`initialize` is answered with {}", answer->status)
                               : answer.error().message,
                        answer && answer->status == 401
                            ? "the token is not good for this server: its audience must be the MCP "
                              "URL, and it must not have expired"
                            : "see the server's log");
            return false;
        }
        id_ = answer->headers.get("Mcp-Session-Id").value_or("");
        revision_ = json::get_string(result->get_object(), "protocolVersion").value_or("");
        (void)post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
        visit_.pass("session", "a session begins, revision " + revision_);
        return true;
    }

    void end() const {
        if (id_.empty()) {
            return;
        }
        http::ClientRequest request{.method = "DELETE", .url = visit_.question.url};
        request.headers.set("Mcp-Session-Id", id_);
        request.headers.set("MCP-Protocol-Version", revision_);
        if (!visit_.question.token.empty()) {
            request.headers.set("Authorization",
                                "Bearer " + std::string(visit_.question.token.reveal()));
        }
        (void)visit_.send(std::move(request));
    }

  private:
    Visit& visit_;
    std::string id_, revision_;
};

void judge_tools(Visit& visit, const json::Array& tools) {
    std::string longest;
    std::size_t unannotated = 0;
    for (const json::Value& tool : tools) {
        if (!tool.is_object()) {
            continue;
        }
        const std::string name = json::get_string(tool.get_object(), "name").value_or("");
        longest = name.size() > longest.size() ? name : longest;
        unannotated += tool.get_object().contains("annotations") ? 0U : 1U;
    }
    visit.pass("tools", fmt::format("{} tools", tools.size()));
    if (tools.size() > visit.profile.max_tools) {
        visit.warn("tools.count",
                   fmt::format("{} takes {} tools, these are {}", visit.profile.title,
                               visit.profile.max_tools, tools.size()),
                   "hide some by policy, or split the server");
    }
    if (longest.size() > visit.profile.max_tool_name) {
        visit.warn("tools.names",
                   fmt::format("{} has {} characters; with the server's name in front {} may leave "
                               "it out",
                               longest, longest.size(), visit.profile.title),
                   fmt::format("keep names within {} characters", visit.profile.max_tool_name));
    }
    if (visit.profile.hosted && unannotated > 0) {
        visit.warn("tools.annotations", fmt::format("{} tools have no annotations", unannotated),
                   "say readOnlyHint or destructiveHint: hosted clients ask people more often "
                   "otherwise");
    }
}

void check_tools(Visit& visit, const Session& session) {
    const auto answer = session.post(R"({"jsonrpc":"2.0","id":2,"method":"tools/list"})");
    const auto message = answer ? message_of(*answer) : std::nullopt;
    const json::Value* result = message ? message->if_contains("result") : nullptr;
    const json::Value* tools = result != nullptr && result->is_object()
                                   ? result->get_object().if_contains("tools")
                                   : nullptr;
    if (tools == nullptr || !tools->is_array()) {
        visit.fail("tools",
                   answer ? fmt::format("`tools/list` is answered with {}", answer->status)
                          : answer.error().message,
                   "see the server's log");
        return;
    }
    judge_tools(visit, tools->get_array());
}

void check_life(Visit& visit) {
    const auto token = crypto::decode_jwt(visit.question.token.reveal());
    if (!token) {
        return;
    }
    const auto begin = json::get_int(token->claims, "iat");
    const auto end = json::get_int(token->claims, "exp");
    if (begin && end && *end - *begin <= kShortLife) {
        visit.warn("token.life", fmt::format("tokens live {} seconds", *end - *begin),
                   "let them live an hour: clients refresh before every request when less than "
                   "five minutes are left");
    }
}

/// What a page of `origin` would be told.
void check_preflight(Visit& visit, const std::string& name, const std::string& url) {
    const std::string origin = "http://localhost:6274";
    http::ClientRequest request{.method = "OPTIONS", .url = url};
    request.headers.set("Origin", origin);
    request.headers.set("Access-Control-Request-Method", "POST");
    request.headers.set("Access-Control-Request-Headers",
                        "authorization,content-type,mcp-protocol-version,mcp-session-id");
    const auto answer = visit.send(std::move(request));
    const auto allowed = answer ? answer->headers.get("Access-Control-Allow-Origin") : std::nullopt;
    if (answer && answer->status < 300 && allowed && (*allowed == "*" || *allowed == origin)) {
        visit.pass(name, "browsers may ask " + url);
        return;
    }
    visit.warn(name,
               fmt::format("a preflight for {} is answered with {}{}", url,
                           answer ? answer->status : 0, allowed ? "" : " and no CORS headers"),
               "answer OPTIONS before authentication, allow the origin and the MCP headers: pages "
               "in a browser cannot connect otherwise");
}

}  // namespace

void check_cors(Visit& visit) {
    check_preflight(visit, "cors.endpoint", visit.question.url);
    if (visit.open) {
        return;
    }
    http::ClientRequest request{.method = "POST", .url = visit.question.url};
    request.headers.set("Origin", "http://localhost:6274");
    request.headers.set("Accept", "application/json, text/event-stream");
    request.headers.set("Content-Type", "application/json");
    request.body = initialize_body();
    const auto answer = visit.send(std::move(request));
    const std::string exposed =
        to_lower(answer ? answer->headers.get("Access-Control-Expose-Headers").value_or("") : "");
    if (exposed.contains("www-authenticate") || exposed == "*") {
        visit.pass("cors.challenge", "pages may read the challenge");
    } else {
        visit.warn("cors.challenge", "pages cannot read WWW-Authenticate",
                   "add it to Access-Control-Expose-Headers");
    }
}

void check_session(Visit& visit) {
    Session session(visit);
    if (!session.begin()) {
        return;
    }
    check_tools(visit, session);
    check_life(visit);
    session.end();
}

}  // namespace gatehouse::doctor
