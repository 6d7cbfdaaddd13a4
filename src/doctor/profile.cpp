// SPDX-License-Identifier: Apache-2.0
#include "doctor/internal/profile.h"

#include <algorithm>

namespace gatehouse::doctor {

const std::vector<Profile>& profiles() {
    static const std::vector<Profile> all{
        {.name = "claude",
         .title = "claude.ai",
         .user_agent = "Claude-User",
         .resource = ResourceRule::kExact,
         .hosted = true,
         .document = "https://claude.ai/oauth/mcp-oauth-client-metadata",
         .document_needs_none = true,
         .redirect_uris = {"https://claude.ai/api/mcp/auth_callback"}},
        {.name = "claude-code",
         .title = "Claude Code",
         .user_agent = "Bun/1.4.4",
         .knock = Knock::kMetadata,
         .document = "https://claude.ai/oauth/claude-code-client-metadata",
         .document_needs_none = true,
         .redirect_uris = {"http://localhost:54545/callback"}},
        {.name = "chatgpt",
         .title = "ChatGPT",
         .user_agent = "openai-mcp/1.0.0",
         .resource = ResourceRule::kExact,
         .hosted = true,
         .needs_iss = true,
         .document = "https://chatgpt.com/oauth/client.json",
         .redirect_uris = {"https://chatgpt.com/connector_platform_oauth_redirect"}},
        {.name = "vscode",
         .title = "Visual Studio Code",
         .user_agent = "Visual Studio Code/1.108.0",
         .resource = ResourceRule::kExact,
         .bearer_case = true,
         .document = "https://vscode.dev/oauth/client-metadata.json",
         .redirect_uris = {"http://127.0.0.1:33418/"},
         .max_tool_name = 46},
        {.name = "cursor",
         .title = "Cursor",
         .user_agent = "Cursor/2.0",
         .redirect_uris = {"cursor://anysphere.cursor-mcp/oauth/callback",
                           "https://www.cursor.com/agents/mcp/oauth/callback",
                           "http://localhost:8787/callback"},
         .max_tool_name = 46},
        {.name = "codex",
         .title = "Codex",
         .user_agent = "codex-mcp-client/0.169.0",
         .knock = Knock::kGet,
         .strict_errors = true,
         .document = "https://chatgpt.com/oauth/codex/client.json",
         .redirect_uris = {"http://127.0.0.1:54546/callback"}},
        {.name = "inspector",
         .title = "MCP Inspector",
         .user_agent = "node",
         .browser = true,
         .redirect_uris = {"http://localhost:6274/oauth/callback"}},
        {.name = "generic",
         .title = "any client",
         .user_agent = "gatehouse-doctor",
         .resource = ResourceRule::kExact,
         .redirect_uris = {"http://127.0.0.1:54547/callback"}}};
    return all;
}

const Profile* find_profile(std::string_view name) {
    const auto found = std::ranges::find(profiles(), name, &Profile::name);
    return found == profiles().end() ? nullptr : &*found;
}

}  // namespace gatehouse::doctor
