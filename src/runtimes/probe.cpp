// SPDX-License-Identifier: Apache-2.0
#include "runtimes/probe.h"

#include <algorithm>
#include <utility>

#include "mcp/tool_list.h"
#include "runtimes/tool_reader.h"

namespace gatehouse::runtimes {
namespace {

constexpr std::size_t kMaxPages = 50;
constexpr std::size_t kMaxTools = 20'000;

void take_hello(const Hello& hello, Found& found) {
    if (found.reach != Reach::kNeedsUser) {
        found.reach = Reach::kReady;
    }
    found.sessions = found.sessions || hello.sessions;
    for (const std::string& revision : hello.revisions) {
        if (std::ranges::find(found.revisions, revision) == found.revisions.end()) {
            found.revisions.push_back(revision);
        }
    }
    std::ranges::sort(found.revisions);
    if (found.name.empty()) {
        found.name = hello.name;
        found.version = hello.version;
    }
}

Result<std::vector<std::string>> list_entries(McpClient& client) {
    std::vector<std::string> entries;
    std::string cursor;
    for (std::size_t page = 0; page < kMaxPages; ++page) {
        json::Object params;
        if (!cursor.empty()) {
            params["cursor"] = cursor;
        }
        const auto answer = client.ask("tools/list", std::move(params));
        if (!answer) {
            return std::unexpected(answer.error());
        }
        auto read = mcp::read_tool_page(*answer);
        if (!read) {
            const auto result = result_of(*answer);
            // A server without tools does not know the method.
            if (!result && result.error().code == ErrorCode::kNotFound) {
                return entries;
            }
            return fail(ErrorCode::kPeer,
                        result ? "its list of tools cannot be read" : result.error().message);
        }
        std::ranges::move(read->entries, std::back_inserter(entries));
        if (read->next_cursor.empty() || entries.size() > kMaxTools) {
            return entries;
        }
        cursor = std::move(read->next_cursor);
    }
    return entries;
}

void take_tools(McpClient& client, Found& found) {
    auto entries = list_entries(client);
    if (entries) {
        found.tools = read_tools(*std::move(entries));
        found.trouble.clear();
        return;
    }
    found.trouble = "tools/list: " + entries.error().message;
    if (entries.error().code == ErrorCode::kUnauthorized ||
        entries.error().code == ErrorCode::kForbidden) {
        found.reach = Reach::kNeedsUser;
    }
}

/// False when asking further makes no sense.
bool note_failure(const Error& error, Found& found) {
    if (found.reach == Reach::kReady) {
        return true;
    }
    found.trouble = error.message;
    const bool refused =
        error.code == ErrorCode::kUnauthorized || error.code == ErrorCode::kForbidden;
    if (refused) {
        found.reach = Reach::kNeedsUser;
    }
    return !refused && error.code != ErrorCode::kTimeout && error.code != ErrorCode::kUnavailable;
}

}  // namespace

Found probe(http::Client& client, const Peer& peer) {
    Found found;
    for (const auto era : {McpClient::Era::kModern, McpClient::Era::kLegacy}) {
        auto talk = McpClient::connect(client, peer, era);
        if (!talk) {
            if (!note_failure(talk.error(), found)) {
                return found;
            }
            continue;
        }
        take_hello(talk->hello(), found);
        if (!found.tools && found.reach != Reach::kNeedsUser) {
            take_tools(*talk, found);
        }
        talk->close();
    }
    if (found.reach == Reach::kUnreachable && offers_sse_endpoint(client, peer)) {
        found.reach = Reach::kReady;
        found.sse_only = true;
        found.sessions = true;
        found.revisions = {"2024-11-05"};
        found.trouble = "its tools are learned from what users' lists show";
    }
    return found;
}

}  // namespace gatehouse::runtimes
