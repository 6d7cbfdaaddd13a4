// SPDX-License-Identifier: Apache-2.0
#include "oauth/cimd_known.h"

#include <algorithm>
#include <array>
#include <string>

namespace gatehouse::oauth {
namespace {

struct KnownDocument {
    std::string_view id, name, uri;
    std::array<std::string_view, 2> redirect_uris;  ///< an empty one is none
    std::string_view application_type;
    std::string_view jwks_uri = {};  ///< it may prove itself with a key, or come without
};

constexpr std::array<KnownDocument, 7> kDocuments{{
    {.id = "https://claude.ai/oauth/mcp-oauth-client-metadata",
     .name = "Claude",
     .uri = "https://claude.ai",
     .redirect_uris = {"https://claude.ai/api/mcp/auth_callback"},
     .application_type = "web"},
    {.id = "https://claude.ai/oauth/claude-code-client-metadata",
     .name = "Claude Code",
     .uri = "https://claude.ai",
     .redirect_uris = {"http://localhost/callback", "http://127.0.0.1/callback"},
     .application_type = "native"},
    {.id = "https://chatgpt.com/oauth/client.json",
     .name = "ChatGPT",
     .uri = "https://chatgpt.com",
     .redirect_uris = {"https://chatgpt.com/connector_platform_oauth_redirect"},
     .application_type = "web",
     .jwks_uri = "https://chatgpt.com/oauth/jwks.json"},
    {.id = "https://chatgpt.com/oauth/codex/client.json",
     .name = "Codex",
     .uri = "https://chatgpt.com",
     .redirect_uris = {"http://127.0.0.1/callback", "http://localhost/callback"},
     .application_type = "native"},
    {.id = "https://vscode.dev/oauth/client-metadata.json",
     .name = "Visual Studio Code",
     .uri = "https://code.visualstudio.com",
     .redirect_uris = {"http://127.0.0.1:33418/", "https://vscode.dev/redirect"},
     .application_type = "native"},
    {.id = "https://zed.dev/oauth/client-metadata.json",
     .name = "Zed",
     .uri = "https://zed.dev",
     .redirect_uris = {"http://127.0.0.1/callback"},
     .application_type = "native"},
    {.id = "https://goose-docs.ai/oauth/client-metadata.json",
     .name = "Goose",
     .uri = "https://goose-docs.ai",
     .redirect_uris = {"http://127.0.0.1/oauth_callback"},
     .application_type = "native"},
}};

}  // namespace

std::optional<Client> find_known_client(std::string_view client_id) {
    const auto* const document = std::ranges::find(kDocuments, client_id, &KnownDocument::id);
    if (document == kDocuments.end()) {
        return std::nullopt;
    }
    Client client{.id = std::string(document->id),
                  .kind = ClientKind::kMetadataDocument,
                  .name = std::string(document->name),
                  .client_uri = std::string(document->uri),
                  .jwks_uri = std::string(document->jwks_uri),
                  .application_type = std::string(document->application_type)};
    for (const std::string_view uri : document->redirect_uris) {
        if (!uri.empty()) {
            client.redirect_uris.emplace_back(uri);
        }
    }
    return client;
}

std::vector<std::string_view> known_client_ids() {
    std::vector<std::string_view> ids;
    std::ranges::transform(kDocuments, std::back_inserter(ids), &KnownDocument::id);
    return ids;
}

}  // namespace gatehouse::oauth
