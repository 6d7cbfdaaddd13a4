// SPDX-License-Identifier: Apache-2.0
// uses: oauth
#include "oauth/registration.h"

#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "oauth/redirect_uri.h"
#include "oauth/sealed_client.h"

using namespace gatehouse;

namespace {

const oauth::SealedClients& sealed_clients() {
    static const oauth::SealedClients clients(
        crypto::Sealer({Secret(std::string(32, 'k'))}, "client-id"));
    return clients;
}

}  // namespace

/// Whatever is accepted is safe to redirect to and comes back from its sealed id unchanged.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const bool loopback_or_same = oauth::redirect_uri_matches("http://127.0.0.1/cb", text);
    GATEHOUSE_ASSERT(!loopback_or_same ||
                     oauth::check_redirect_uri(text) == oauth::RedirectKind::kLoopback);
    GATEHOUSE_ASSERT(!sealed_clients().open(text, "https://o.example"));

    const auto metadata = json::parse_object(text);
    const auto registration =
        metadata ? oauth::read_registration(*metadata, {"a", "b"})
                 : oauth::OAuthResult<oauth::Registration>(oauth::refuse("invalid", ""));
    if (!registration) {
        return 0;
    }
    oauth::Client client = registration->client;
    for (const std::string& uri : client.redirect_uris) {
        GATEHOUSE_ASSERT(oauth::check_redirect_uri(uri));
        GATEHOUSE_ASSERT(oauth::is_registered_redirect_uri(client.redirect_uris, uri));
    }
    client.secret_digest = client.auth_method == "none" ? "" : "digest";
    const auto id = sealed_clients().seal(client, "https://o.example");
    if (id) {
        const auto opened = sealed_clients().open(*id, "https://o.example");
        GATEHOUSE_ASSERT(opened && opened->redirect_uris == client.redirect_uris &&
                         opened->name == client.name && opened->auth_method == client.auth_method);
    }
    return 0;
}
