// SPDX-License-Identifier: Apache-2.0
#include "oauth/client_guess.h"

#include <gtest/gtest.h>

namespace gatehouse::oauth {
namespace {

TEST(ClientGuess, KnowsProgramsByWhereTheyListen) {
    const std::pair<const char*, const char*> known[] = {
        {"http://localhost:53121/callback", "Claude Code"},
        {"https://claude.ai/api/mcp/auth_callback", "Claude"},
        {"https://chatgpt.com/connector_platform_oauth_redirect", "ChatGPT"},
        {"https://chatgpt.com/connector/oauth/abc", "ChatGPT"},
        {"http://127.0.0.1:33418/", "VS Code"},
        {"https://vscode.dev/redirect", "VS Code"},
        {"cursor://anysphere.cursor-mcp/oauth/callback", "Cursor"},
        {"http://localhost:8787/callback", "Cursor"},
        {"http://127.0.0.1:41000/callback", "Codex or Zed"},
        {"http://127.0.0.1:19876/mcp/oauth/callback", "opencode"},
        {"http://127.0.0.1:41000/oauth_callback", "Goose"},
        {"http://localhost:6274/oauth/callback", "MCP Inspector"},
        {"http://localhost:3334/oauth/callback", "mcp-remote or Gemini CLI"},
        {"https://chat.example.com/api/mcp/todo/oauth/callback", "LibreChat"}};
    for (const auto& [redirect_uri, program] : known) {
        EXPECT_EQ(guess_client(redirect_uri, "").program, program) << redirect_uri;
        EXPECT_FALSE(guess_client(redirect_uri, "").remedy.empty());
    }
}

TEST(ClientGuess, KnowsProgramsThatBringTheirOwnBrowser) {
    EXPECT_EQ(guess_client("https://app.example/cb", "Mozilla/5.0 Cursor/2.1 Chrome/140").program,
              "Cursor");
}

TEST(ClientGuess, HasNoIdeaRatherThanAWrongOne) {
    for (const char* redirect_uri :
         {"", "not a url", "https://claude.ai.evil.example/api/mcp/auth_callback",
          "https://evil.example/callback", "javascript:alert(1)"}) {
        EXPECT_EQ(guess_client(redirect_uri, "Mozilla/5.0 Firefox/140").program, "")
            << redirect_uri;
    }
}

}  // namespace
}  // namespace gatehouse::oauth
