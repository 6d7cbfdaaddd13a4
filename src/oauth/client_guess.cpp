// SPDX-License-Identifier: Apache-2.0
#include "oauth/client_guess.h"

#include <algorithm>
#include <array>

#include "base/url.h"

namespace gatehouse::oauth {
namespace {

constexpr ClientGuess kClaudeCode{"Claude Code",
                                  "Run `claude mcp logout NAME`, or `claude mcp remove NAME` and "
                                  "`claude mcp add` again, with the "
                                  "name that the server has there."};
constexpr ClientGuess kClaude{
    "Claude", "In Claude, open Settings, Connectors, disconnect this server and connect it again."};
constexpr ClientGuess kChatGpt{
    "ChatGPT",
    "In ChatGPT, open Settings, Apps and connectors, disconnect this server and connect it again."};
constexpr ClientGuess kVsCode{"VS Code",
                              "In VS Code, run the command `Authentication: Remove Dynamic "
                              "Authentication Providers`, then start the server again."};
constexpr ClientGuess kCursor{
    "Cursor",
    "In Cursor, open Settings, Tools and MCP, log out of this server, or remove it and add it "
    "again."};
constexpr ClientGuess kCodexOrZed{
    "Codex or Zed",
    "In Codex, run `codex mcp logout NAME` and `codex mcp login NAME`. In Zed, remove the server "
    "from the settings and add it again."};
constexpr ClientGuess kOpencode{"opencode",
                                "Run `opencode mcp logout NAME` and `opencode mcp auth NAME`."};
constexpr ClientGuess kGoose{"Goose", "In Goose, remove the extension and add it again."};
constexpr ClientGuess kGeminiOrRemote{
    "mcp-remote or Gemini CLI",
    "With mcp-remote, delete the folder ~/.mcp-auth and start the app again. In Gemini CLI, run "
    "`/mcp auth NAME`."};
constexpr ClientGuess kInspector{
    "MCP Inspector", "In the Inspector, open the auth settings and clear the OAuth state."};
constexpr ClientGuess kLibreChat{
    "LibreChat", "In LibreChat, revoke the server in the MCP settings and connect it again."};

struct Trace {
    std::string_view scheme, host;  ///< empty host: any
    std::uint16_t port;             ///< 0: any
    std::string_view path_start;
    ClientGuess guess;
};

/// The first that fits; from the precise to the vague.
constexpr std::array<Trace, 17> kRedirects{
    {{"cursor", "", 0, "", kCursor},
     {"vscode", "", 0, "", kVsCode},
     {"vscode-insiders", "", 0, "", kVsCode},
     {"https", "vscode.dev", 0, "/redirect", kVsCode},
     {"https", "insiders.vscode.dev", 0, "/redirect", kVsCode},
     {"https", "www.cursor.com", 0, "/agents/mcp/", kCursor},
     {"https", "claude.ai", 0, "/api/mcp/", kClaude},
     {"https", "claude.com", 0, "/api/mcp/", kClaude},
     {"https", "chatgpt.com", 0, "/connector", kChatGpt},
     {"http", "127.0.0.1", 33418, "", kVsCode},
     {"http", "127.0.0.1", 19876, "/mcp/oauth/callback", kOpencode},
     {"http", "localhost", 8787, "/callback", kCursor},
     {"http", "localhost", 6274, "/oauth/callback", kInspector},
     {"http", "127.0.0.1", 0, "/oauth_callback", kGoose},
     {"http", "localhost", 0, "/oauth/callback", kGeminiOrRemote},
     {"http", "localhost", 0, "/callback", kClaudeCode},
     {"http", "127.0.0.1", 0, "/callback", kCodexOrZed}}};

struct Mark {
    std::string_view in_user_agent;
    ClientGuess guess;
};

constexpr std::array<Mark, 4> kOwnBrowsers{
    {{"Cursor/", kCursor}, {"Code/", kVsCode}, {"Claude/", kClaude}, {"ChatGPT/", kChatGpt}}};

}  // namespace

ClientGuess guess_client(std::string_view redirect_uri, std::string_view user_agent) {
    if (const auto url = parse_url(redirect_uri)) {
        const auto trace = std::ranges::find_if(kRedirects, [&](const Trace& known) {
            return known.scheme == url->scheme && (known.host.empty() || known.host == url->host) &&
                   (known.port == 0 || known.port == url->port) &&
                   url->path.starts_with(known.path_start);
        });
        if (trace != kRedirects.end()) {
            return trace->guess;
        }
        if (url->path.starts_with("/api/mcp/") && url->path.ends_with("/oauth/callback")) {
            return kLibreChat;
        }
    }
    const auto mark = std::ranges::find_if(
        kOwnBrowsers, [&](const Mark& own) { return user_agent.contains(own.in_user_agent); });
    return mark == kOwnBrowsers.end() ? ClientGuess{} : mark->guess;
}

}  // namespace gatehouse::oauth
