// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "catalog/catalog.h"
#include "crypto/sealer.h"
#include "http/client.h"
#include "identity/provider_tokens.h"
#include "identity/sign_in_token_store.h"
#include "oidc/provider_directory.h"
#include "oidc/token_endpoint.h"

namespace gatehouse::identity {

/// Keeps what providers issued to people, sealed, for those servers whose accounts are obtained in
/// exchange for it (RFC 8693), and renews it at the provider where there is a refresh token.
///
/// One renewal at a time for each person and provider, over threads and replicas; what it brings
/// is stored before it is used. Thread-safe; blocks on the network: slow workers only. What it is
/// given must outlive it.
class SignInTokens {
  public:
    struct Needs {
        const catalog::LiveCatalog& catalog;
        SignInTokenStore& store;
        http::Client& http;
        const Clock& clock;
    };

    enum class Trouble {
        kSignInAgain,  ///< none is kept, or it is over and cannot be renewed
        kTransient,    ///< the provider or the store fails for a passing reason
        kOperator,     ///< the provider refuses the gateway's own client
    };

    SignInTokens(const Needs& needs, crypto::Sealer sealer);

    /// Keeps them where some server of the configuration exchanges sign-ins of this provider;
    /// nothing to do elsewhere.
    [[nodiscard]] Result<void> keep(std::string_view user_id,
                                    std::string_view provider,
                                    const ProviderTokens& tokens);
    /// The person's token of this kind, good for a while yet.
    [[nodiscard]] std::expected<Secret, Trouble> find(std::string_view user_id,
                                                      std::string_view provider,
                                                      catalog::ExchangeSubject kind);
    [[nodiscard]] Result<void> forget(std::string_view user_id);
    /// Forgets those that serve no grant.
    [[nodiscard]] Result<void> tidy();
    /// Ends a rotation of the master key: how many were sealed anew.
    [[nodiscard]] Result<std::size_t> reseal();

  private:
    struct Held;
    using Step = std::expected<void, Trouble>;

    [[nodiscard]] std::expected<Held, Trouble> load(std::string_view user_id,
                                                    std::string_view provider);
    [[nodiscard]] bool is_good(const Held& held, catalog::ExchangeSubject kind) const;
    [[nodiscard]] std::expected<bool, Trouble> take_turn(const SignInLease& lease);
    [[nodiscard]] Step renew(const Held& held);
    [[nodiscard]] Step ask(const Held& held);
    [[nodiscard]] Step store(const Held& held, const ProviderTokens& tokens);
    [[nodiscard]] Result<Timestamp> check(const oidc::Party& party,
                                          const Secret& id_token,
                                          const std::string& subject);
    [[nodiscard]] StoredSignIn sealed(std::string_view user_id,
                                      std::string_view provider,
                                      const ProviderTokens& tokens) const;

    Needs needs_;
    crypto::Sealer sealer_;
    oidc::ProviderDirectory providers_;
    oidc::TokenEndpoint tokens_;
};

}  // namespace gatehouse::identity
