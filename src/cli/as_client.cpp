// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <iterator>
#include <ostream>
#include <utility>

#include "base/encoding.h"
#include "base/strings.h"
#include "base/url.h"
#include "cli/internal/handlers.h"
#include "cli/internal/sign_in.h"
#include "cli/internal/table.h"
#include "mcp/tool_list.h"
#include "runtimes/facts.h"
#include "runtimes/mcp_client.h"
#include "runtimes/tool_reader.h"

/// Commands that use a server the way any MCP client does.
namespace gatehouse::cli {
namespace {

using runtimes::McpClient;

// A tool may take its time.
constexpr std::chrono::seconds kTimeout{300};
constexpr std::size_t kMaxPages = 1000;
constexpr std::array kTools{Column{"NAME", "name"}, Column{"KIND", "kind"},
                            Column{"DESCRIPTION", "description"}};

Result<std::string> url_of(const Invocation& invocation, Environment& environment) {
    const std::string& server = invocation.arguments.front();
    if (server.starts_with("http://") || server.starts_with("https://")) {
        return server;
    }
    auto api = AdminApi::connect(invocation, environment);
    if (!api) {
        return std::unexpected(api.error());
    }
    const auto found = api->get("servers/" + percent_encode(server));
    if (!found) {
        return found.error().code == ErrorCode::kNotFound
                   ? fail(ErrorCode::kNotFound, "there is no server " + sanitize_text(server, 80))
                   : std::unexpected(found.error());
    }
    return json::get_string(*found, "url").value_or("");
}

/// The token must not travel in the clear.
Result<void> check_url(const std::string& text) {
    const auto url = parse_url(text);
    if (!url || url->has_userinfo || (url->scheme != "https" && !url->is_loopback())) {
        return fail(ErrorCode::kInvalid,
                    "expected an https URL, or http on loopback: " + sanitize_text(text, 200));
    }
    return {};
}

Result<McpClient> connect(const std::string& url, const Secret& token, Environment& environment) {
    runtimes::Peer peer{.url = url, .timeout = kTimeout};
    peer.headers.add("Authorization", "Bearer " + std::string(token.reveal()));
    auto modern = McpClient::connect(environment.client, peer, McpClient::Era::kModern);
    if (modern || modern.error().code == ErrorCode::kUnauthorized) {
        return modern;
    }
    return McpClient::connect(environment.client, std::move(peer), McpClient::Era::kLegacy);
}

int list_tools(const Invocation& invocation, Environment& environment, McpClient& client) {
    std::vector<std::string> entries;
    std::string cursor;
    for (std::size_t pages = 0; pages < kMaxPages; ++pages) {
        json::Object params;
        if (!cursor.empty()) {
            params["cursor"] = cursor;
        }
        const auto answer = client.ask("tools/list", std::move(params));
        if (!answer) {
            return failed(environment, answer.error());
        }
        auto page = mcp::read_tool_page(*answer);
        if (!page) {
            const auto result = runtimes::result_of(*answer);
            return failed(environment, result ? Error{ErrorCode::kPeer, "no list of tools", ""}
                                              : result.error());
        }
        std::ranges::move(page->entries, std::back_inserter(entries));
        cursor = std::move(page->next_cursor);
        if (cursor.empty()) {
            break;
        }
    }
    if (invocation.has("json")) {
        environment.out << "[" << join(entries, ",") << "]\n";
        return kExitOk;
    }
    std::vector<json::Object> rows;
    for (const runtimes::Tool& tool : runtimes::read_tools(std::move(entries))) {
        const auto first_line = tool.description.substr(0, tool.description.find('\n'));
        rows.push_back({{"name", tool.name},
                        {"kind", runtimes::kind_name(runtimes::kind_of(tool.annotations))},
                        {"description", sanitize_text(first_line, 120)}});
    }
    environment.out << table(kTools, rows);
    return kExitOk;
}

Result<json::Object> arguments_of(const Invocation& invocation) {
    json::Object arguments;
    if (invocation.has("arguments")) {
        auto whole = json::parse_object(invocation.get("arguments"));
        if (!whole) {
            return fail(ErrorCode::kInvalid, "--arguments must be a JSON object");
        }
        arguments = *std::move(whole);
    }
    if (const auto list = invocation.lists.find("arg"); list != invocation.lists.end()) {
        for (const std::string& pair : list->second) {
            const auto equals = pair.find('=');
            if (equals == 0 || equals == std::string::npos) {
                return fail(ErrorCode::kInvalid,
                            "--arg: expected NAME=VALUE, found `" + sanitize_text(pair, 80) + "`");
            }
            const std::string text = pair.substr(equals + 1);
            auto value = json::parse(text);
            arguments[pair.substr(0, equals)] = value ? *std::move(value) : json::Value(text);
        }
    }
    return arguments;
}

void print_content(std::ostream& out, const json::Object& result) {
    const json::Value* const content = result.if_contains("content");
    if (content == nullptr || !content->is_array()) {
        out << json::dump(result) << "\n";
        return;
    }
    for (const json::Value& part : content->get_array()) {
        const auto text =
            part.is_object() ? json::get_string(part.get_object(), "text") : std::nullopt;
        out << (text ? sanitize_text(*text, text->size()) : json::dump(part)) << "\n";
    }
}

int call_tool(const Invocation& invocation, Environment& environment, McpClient& client) {
    auto arguments = arguments_of(invocation);
    if (!arguments) {
        return misused(environment, arguments.error().message);
    }
    const auto answer =
        client.ask("tools/call", {{"name", invocation.arguments[1]}, {"arguments", *arguments}});
    if (!answer) {
        return failed(environment, answer.error());
    }
    const auto result = runtimes::result_of(*answer);
    if (!result) {
        return failed(environment, result.error());
    }
    if (invocation.has("json")) {
        environment.out << json::dump(*result) << "\n";
    } else {
        print_content(environment.out, *result);
    }
    return json::get_bool(*result, "isError").value_or(false) ? kExitFailed : kExitOk;
}

}  // namespace

int run_as_client(const Invocation& invocation, Environment& environment) {
    if (invocation.command == "call") {
        if (invocation.arguments.size() != 2) {
            return misused(environment, "call needs a server and a tool");
        }
        // Before anybody signs in for nothing.
        if (const auto arguments = arguments_of(invocation); !arguments) {
            return misused(environment, arguments.error().message);
        }
    }
    const auto url = url_of(invocation, environment);
    if (!url) {
        return failed(environment, url.error());
    }
    if (const auto good = check_url(*url); !good) {
        return misused(environment, good.error().message);
    }
    const auto token = invocation.has("token") ? Result<Secret>(Secret(invocation.get("token")))
                                               : sign_in(*url, invocation, environment);
    if (!token) {
        return failed(environment, token.error());
    }
    auto client = connect(*url, *token, environment);
    if (!client) {
        return failed(environment, client.error());
    }
    const int code = invocation.command == "call" ? call_tool(invocation, environment, *client)
                                                  : list_tools(invocation, environment, *client);
    client->close();
    return code;
}

}  // namespace gatehouse::cli
