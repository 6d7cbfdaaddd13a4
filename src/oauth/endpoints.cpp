// SPDX-License-Identifier: Apache-2.0
#include "oauth/endpoints.h"

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "oauth/client_authentication.h"
#include "oauth/cors.h"
#include "oauth/introspection_endpoint.h"
#include "oauth/metadata.h"
#include "oauth/pushed_request_endpoint.h"
#include "oauth/registration.h"
#include "oauth/revocation_endpoint.h"
#include "oauth/token_endpoint.h"

namespace gatehouse::oauth {
namespace {

using http::WorkClass;

/// What the handlers share; it lives as long as the last of them.
struct Endpoints {
    explicit Endpoints(const OAuthServices& services)
        : authenticator({.clients = services.clients,
                         .keys = services.client_keys,
                         .used_assertions = services.used_assertions,
                         .clock = services.clock}),
          metadata(services.catalog, services.keys),
          registration(services),
          token(services, authenticator),
          revocation(services, authenticator),
          introspection(services, authenticator),
          pushed(services, authenticator) {}

    ClientAuthenticator authenticator;
    Metadata metadata;
    RegistrationEndpoint registration;
    TokenEndpoint token;
    RevocationEndpoint revocation;
    IntrospectionEndpoint introspection;
    PushedRequestEndpoint pushed;
};

void add_with_preflight(http::Router& router,
                        const std::string& method,
                        const std::string& pattern,
                        http::Handler handler,
                        WorkClass work = WorkClass::kQuick) {
    router.add(method, pattern, work, std::move(handler));
    router.add("OPTIONS", pattern, WorkClass::kQuick,
               [methods = method == "GET" ? "GET, HEAD, OPTIONS" : "POST, OPTIONS"](
                   const http::Request& request) { return preflight_response(request, methods); });
}

}  // namespace

void add_oauth_routes(http::Router& router, const OAuthServices& services) {
    const auto endpoints = std::make_shared<Endpoints>(services);
    constexpr std::array<std::string_view, 3> kSpellings{"", "/", "/*"};
    for (const std::string_view spelling : kSpellings) {
        add_with_preflight(router, "GET",
                           "/.well-known/oauth-protected-resource" + std::string(spelling),
                           [endpoints](const http::Request& request) {
                               return endpoints->metadata.protected_resource(request);
                           });
        add_with_preflight(router, "GET",
                           "/.well-known/oauth-authorization-server" + std::string(spelling),
                           [endpoints](const http::Request& request) {
                               return endpoints->metadata.authorization_server(request);
                           });
    }
    add_with_preflight(router, "GET", "/jwks.json", [endpoints](const http::Request& request) {
        return endpoints->metadata.key_set(request);
    });
    add_with_preflight(router, "POST", "/register", [endpoints](const http::Request& request) {
        return endpoints->registration.handle(request);
    });
    // Finding out who the client is may mean a fetch.
    add_with_preflight(
        router, "POST", "/token",
        [endpoints](const http::Request& request) { return endpoints->token.handle(request); },
        WorkClass::kSlow);
    add_with_preflight(
        router, "POST", "/par",
        [endpoints](const http::Request& request) { return endpoints->pushed.handle(request); },
        WorkClass::kSlow);
    add_with_preflight(
        router, "POST", "/revoke",
        [endpoints](const http::Request& request) { return endpoints->revocation.handle(request); },
        WorkClass::kSlow);
    add_with_preflight(
        router, "POST", "/introspect",
        [endpoints](const http::Request& request) {
            return endpoints->introspection.handle(request);
        },
        WorkClass::kSlow);
}

}  // namespace gatehouse::oauth
