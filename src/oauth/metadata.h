// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "catalog/catalog.h"
#include "http/message.h"
#include "oauth/signing_keys.h"

namespace gatehouse::oauth {

/// The discovery documents (RFC 9728, RFC 8414) and the key set. They name only what is there, and
/// only URLs of the catalog, whatever a request's Host says. Thread-safe.
class Metadata {
  public:
    Metadata(const catalog::LiveCatalog& catalog, const SigningKeys& keys)
        : catalog_(catalog), keys_(keys) {}

    /// O/.well-known/oauth-protected-resource{mcp path}; `resource` has the spelling of the
    /// request, with or without one trailing slash. The bare URL answers for an origin with
    /// exactly one server.
    [[nodiscard]] http::Response protected_resource(const http::Request& request) const;
    /// O/.well-known/oauth-authorization-server, also with an MCP path behind it.
    [[nodiscard]] http::Response authorization_server(const http::Request& request) const;
    /// O/jwks.json
    [[nodiscard]] http::Response key_set(const http::Request& request) const;

  private:
    const catalog::LiveCatalog& catalog_;
    const SigningKeys& keys_;
};

}  // namespace gatehouse::oauth
