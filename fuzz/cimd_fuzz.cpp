// SPDX-License-Identifier: Apache-2.0
// uses: oauth
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "base/json.h"
#include "oauth/cimd_document.h"
#include "oauth/cimd_freshness.h"
#include "oauth/cimd_url.h"
#include "oauth/redirect_uri.h"

using namespace gatehouse;

/// The first line is a client id, the second a Cache-Control header, the rest its document.
/// Whatever is accepted names itself, has no shared secret and only redirect URIs that are safe.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto take_line = [&text] {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        return line;
    };
    const std::string_view id = take_line();
    const auto url = oauth::parse_metadata_url(id);
    GATEHOUSE_ASSERT(!url || (url->scheme == "https" && id.size() <= 512 && !url->has_userinfo &&
                              !url->has_fragment && url->path.starts_with('/')));

    const http::Headers headers{{"Cache-Control", std::string(take_line())}};
    const auto fresh = oauth::freshness_of(headers, from_unix_millis(1'795'521'600'000));
    GATEHOUSE_ASSERT(!fresh || (*fresh >= oauth::kMinFreshness && *fresh <= oauth::kMaxFreshness));

    const auto document = json::parse_object(text);
    if (!document) {
        return 0;
    }
    const auto client = oauth::read_client_document(*document, id);
    if (client) {
        GATEHOUSE_ASSERT(client->id == id && json::get_string(*document, "client_id") == id);
        GATEHOUSE_ASSERT(client->auth_method == "none" || client->auth_method == "private_key_jwt");
        GATEHOUSE_ASSERT(client->secret_digest.empty());
        // Who must prove itself with a key has said where its keys are.
        GATEHOUSE_ASSERT(client->auth_method == "none" || !client->jwks.empty() ||
                         !client->jwks_uri.empty());
        GATEHOUSE_ASSERT(!client->name.empty() && !client->redirect_uris.empty());
        GATEHOUSE_ASSERT(std::ranges::all_of(client->redirect_uris, [](const std::string& uri) {
            return oauth::check_redirect_uri(uri).has_value();
        }));
    }
    return 0;
}
