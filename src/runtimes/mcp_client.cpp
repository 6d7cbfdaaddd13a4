// SPDX-License-Identifier: Apache-2.0
#include "runtimes/mcp_client.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "base/strings.h"
#include "mcp/response_id.h"
#include "mcp/revision.h"
#include "mcp/sse.h"

namespace gatehouse::runtimes {
namespace {

constexpr std::string_view kModernRevision = "2026-07-28";
constexpr std::string_view kLegacyRevision = "2025-11-25";
constexpr std::size_t kMaxAnswer = std::size_t{16} << 20U;
constexpr std::size_t kMaxShown = 200;
constexpr std::size_t kMaxRevisions = 20;
constexpr int kMethodNotFound = -32601;

json::Object client_info() {
    return {{"name", "gatehouse"}, {"version", "1"}};
}

/// A value as a header field, encoded where it does not fit into one as it is.
std::string header_value(std::string_view text) {
    const bool plain = !text.empty() && text.front() != ' ' && text.back() != ' ' &&
                       !text.starts_with("=?") &&
                       std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
    return plain ? std::string(text) : "=?base64?" + base64_encode(text) + "?=";
}

std::string item_of(std::string_view method, const json::Object& params) {
    if (method == "tools/call" || method == "prompts/get") {
        return json::get_string(params, "name").value_or("");
    }
    return method == "resources/read" ? json::get_string(params, "uri").value_or("") : "";
}

bool is_answer_to(std::string_view message, std::string_view id) {
    return mcp::response_id(message) == id;
}

/// Calls `visit` with the data of each event of a whole stream, until it says true.
template <typename Visit>
void for_each_event(std::string_view stream, Visit visit) {
    std::string data;
    bool has_data = false;
    while (!stream.empty()) {
        const auto end = stream.find_first_of("\r\n");
        const auto line = stream.substr(0, end);
        const bool pair = end != std::string_view::npos && stream[end] == '\r' &&
                          stream.substr(end + 1).starts_with('\n');
        stream.remove_prefix(end == std::string_view::npos ? stream.size() : end + (pair ? 2 : 1));
        if (line.empty()) {
            if (has_data && visit(std::string_view(data))) {
                return;
            }
            data.clear();
            has_data = false;
        } else if (line.starts_with("data:")) {
            data += has_data ? "\n" : "";
            data += line.substr(line.substr(5).starts_with(' ') ? 6 : 5);
            has_data = true;
        }
    }
}

std::unexpected<Error> refused(const http::ClientResponse& response) {
    const std::string status = "HTTP " + std::to_string(response.status);
    switch (response.status) {
        case 401:
            return fail(ErrorCode::kUnauthorized, "it wants credentials (" + status + ")");
        case 403:
            return fail(ErrorCode::kForbidden, "it refuses the request (" + status + ")");
        case 400:
        case 404:
        case 405:
        case 406:
        case 415:
            return fail(ErrorCode::kNotFound, "it answered " + status);
        default:
            return fail(response.status >= 500 ? ErrorCode::kUnavailable : ErrorCode::kPeer,
                        "it answered " + status);
    }
}

/// The response to `id` in what came.
Result<std::string> find_answer(const http::ClientResponse& response, std::string_view id) {
    const auto type = response.headers.get("Content-Type").value_or("");
    if (!to_lower(type).starts_with("text/event-stream")) {
        if (is_answer_to(response.body, id)) {
            return response.body;
        }
        return response.status == 200 ? fail(ErrorCode::kPeer, "its answer is no MCP response")
                                      : refused(response);
    }
    std::optional<std::string> found;
    for_each_event(response.body, [&](std::string_view data) {
        if (is_answer_to(data, id)) {
            found = data;
        }
        return found.has_value();
    });
    return found ? Result<std::string>(*std::move(found))
                 : fail(ErrorCode::kPeer, "its stream ended without an answer");
}

void read_server_info(const json::Object& result, Hello& hello) {
    if (const json::Value* const info = result.if_contains("serverInfo");
        info != nullptr && info->is_object()) {
        hello.name =
            sanitize_text(json::get_string(info->get_object(), "name").value_or(""), kMaxShown);
        hello.version =
            sanitize_text(json::get_string(info->get_object(), "version").value_or(""), kMaxShown);
    }
}

}  // namespace

Result<json::Object> result_of(std::string_view response) {
    auto object = json::parse_object(response);
    if (!object) {
        return fail(ErrorCode::kPeer, "the answer cannot be read", describe(object.error()));
    }
    if (json::Value* const result = object->if_contains("result");
        result != nullptr && result->is_object()) {
        return std::move(result->get_object());
    }
    const json::Value* const error = object->if_contains("error");
    if (error == nullptr || !error->is_object()) {
        return fail(ErrorCode::kPeer, "the answer has neither a result nor an error");
    }
    const auto code = json::get_int(error->get_object(), "code").value_or(0);
    const auto message = json::get_string(error->get_object(), "message").value_or("");
    return fail(code == kMethodNotFound ? ErrorCode::kNotFound : ErrorCode::kPeer,
                sanitize_text(message, kMaxShown) + " (" + std::to_string(code) + ")");
}

Result<McpClient> McpClient::connect(http::Client& client, Peer peer, Era era) {
    McpClient made(client, std::move(peer), era);
    made.hello_.revision = era == Era::kModern ? kModernRevision : kLegacyRevision;
    auto greeted = era == Era::kModern ? made.discover() : made.initialize();
    if (!greeted) {
        return std::unexpected(greeted.error());
    }
    return made;
}

http::ClientRequest McpClient::make_request(std::string_view method,
                                            const json::Object& params,
                                            std::string_view id) const {
    http::ClientRequest request{.method = "POST",
                                .url = peer_.url,
                                .headers = peer_.headers,
                                .timeout = peer_.timeout,
                                .max_body = kMaxAnswer};
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Accept", "application/json, text/event-stream");
    if (era_ == Era::kModern || method != "initialize") {
        request.headers.add("MCP-Protocol-Version", hello_.revision);
    }
    if (era_ == Era::kModern) {
        request.headers.add("Mcp-Method", std::string(method));
        if (const auto item = item_of(method, params); !item.empty()) {
            request.headers.add("Mcp-Name", header_value(item));
        }
    }
    if (!session_.empty()) {
        request.headers.add("Mcp-Session-Id", session_);
    }
    json::Object message{{"jsonrpc", "2.0"}, {"method", method}, {"params", params}};
    if (!id.empty()) {
        message["id"] = next_id_;
    }
    request.body = json::dump(message);
    return request;
}

Result<std::string> McpClient::send(std::string_view method, json::Object params) {
    if (era_ == Era::kModern) {
        json::Object& meta = params["_meta"].emplace_object();
        meta["io.modelcontextprotocol/protocolVersion"] = hello_.revision;
        meta["io.modelcontextprotocol/clientInfo"] = client_info();
        meta["io.modelcontextprotocol/clientCapabilities"] = json::Object{};
    }
    const std::string id = std::to_string(next_id_);
    auto request = make_request(method, params, id);
    ++next_id_;
    // Some runtimes leave the stream of an answer open.
    const auto scanner = std::make_shared<mcp::SseScanner>();
    request.enough = [scanner, id](std::string_view piece) {
        bool answered = false;
        scanner->feed(
            piece, [&](std::string_view data) { answered = answered || is_answer_to(data, id); });
        return answered;
    };
    auto response = client_->send(request);
    if (!response) {
        return std::unexpected(response.error());
    }
    if (response->status == 401 || response->status == 403) {
        return refused(*response);
    }
    auto answer = find_answer(*response, id);
    if (answer && method == "initialize") {
        session_ = response->headers.get("Mcp-Session-Id").value_or("");
        hello_.sessions = !session_.empty();
    }
    return answer;
}

Result<std::string> McpClient::ask(std::string_view method, json::Object params) {
    return send(method, std::move(params));
}

Result<void> McpClient::discover() {
    const auto answer = send("server/discover", {});
    if (!answer) {
        return std::unexpected(answer.error());
    }
    const auto result = result_of(*answer);
    if (!result) {
        return fail(ErrorCode::kNotFound, result.error().message);
    }
    const auto versions = json::get_strings(*result, "supportedVersions");
    if (!versions || !contains(*versions, std::string(kModernRevision))) {
        return fail(ErrorCode::kNotFound, "it does not speak " + std::string(kModernRevision));
    }
    for (const std::string& version : *versions) {
        if (hello_.revisions.size() < kMaxRevisions) {
            hello_.revisions.push_back(sanitize_text(version, 32));
        }
    }
    read_server_info(*result, hello_);
    return {};
}

Result<void> McpClient::initialize() {
    const auto answer = send("initialize", {{"protocolVersion", kLegacyRevision},
                                            {"capabilities", json::Object{}},
                                            {"clientInfo", client_info()}});
    if (!answer) {
        return std::unexpected(answer.error());
    }
    const auto result = result_of(*answer);
    if (!result) {
        return std::unexpected(result.error());
    }
    const auto revision = json::get_string(*result, "protocolVersion");
    if (!revision || !mcp::parse_revision(*revision)) {
        close();
        return fail(ErrorCode::kPeer, "it speaks an unknown revision");
    }
    hello_.revision = *revision;
    hello_.revisions = {*revision};
    read_server_info(*result, hello_);
    const auto told = client_->send(make_request("notifications/initialized", {}, {}));
    return told ? Result<void>() : std::unexpected(told.error());
}

void McpClient::close() {
    if (session_.empty()) {
        return;
    }
    http::ClientRequest request{
        .method = "DELETE",
        .url = peer_.url,
        .headers = peer_.headers,
        .timeout = std::min(peer_.timeout, std::chrono::milliseconds(2000))};
    request.headers.add("MCP-Protocol-Version", hello_.revision);
    request.headers.add("Mcp-Session-Id", std::exchange(session_, {}));
    // A runtime that keeps the session ends it by itself some day.
    (void)client_->send(request);
}

bool offers_sse_endpoint(http::Client& client, const Peer& peer) {
    http::ClientRequest request{
        .url = peer.url, .headers = peer.headers, .timeout = peer.timeout, .max_body = 64U << 10U};
    request.headers.add("Accept", "text/event-stream");
    const auto begun = std::make_shared<std::string>();
    request.enough = [begun](std::string_view piece) {
        begun->append(piece);
        return begun->contains("\n\n") || begun->contains("\r\n\r\n");
    };
    const auto response = client.send(request);
    return response && response->status == 200 &&
           to_lower(response->headers.get("Content-Type").value_or(""))
               .starts_with("text/event-stream") &&
           response->body.contains("event: endpoint");
}

}  // namespace gatehouse::runtimes
