// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/result.h"
#include "base/secret.h"
#include "catalog/catalog.h"
#include "crypto/sealer.h"
#include "http/client.h"
#include "identity/provider_tokens.h"
#include "identity/sign_in_leg_store.h"
#include "identity/users.h"
#include "oidc/identity_reader.h"
#include "oidc/provider_directory.h"
#include "oidc/token_endpoint.h"

namespace gatehouse::identity {

/// What is asked of a provider besides who it is; empty members are not sent.
struct ProviderWishes {
    std::string prompt, login_hint, acr_values, ui_locales;
    std::optional<std::chrono::seconds> max_age;
};

struct ProviderRequest {
    std::string provider;             ///< the name of an entry of `sign_in.oidc`
    std::string redirect_uri;         ///< ours, as registered there
    std::string transaction_id;       ///< what the person signs in for
    std::string_view browser_secret;  ///< of the transaction's cookie; the answer must bring it
    ProviderWishes wishes;
};

/// Somebody whom a provider vouches for.
struct ProviderAnswer {
    ExternalUser person;
    std::optional<Timestamp> auth_time;  ///< when the provider saw the person's credentials
    ProviderTokens tokens;
};

struct ProviderFailure {
    enum class Why {
        kBadCallback,  ///< state unknown, replayed, expired, of another browser, or a mix-up
        kDenied,       ///< the person or the provider said no
        kUnavailable,  ///< the provider cannot be reached or failed for a passing reason
        kRejected,     ///< it answered nonsense, or a check of the identity failed
        kWrongDomain,  ///< the verified address is in none of `allowed_domains`
        kNotVerified,  ///< `allowed_domains` is set and no verified address is known
    };

    Why why = Why::kBadCallback;
    std::string detail;  ///< for the log; holds codes, never bodies
};

/// Signing in at OpenID providers: code with PKCE, nonce, and a state bound to the browser.
///
/// Thread-safe; begin and complete block on the network: slow workers only. What it is given must
/// outlive it.
class ProviderSignIn {
  public:
    struct Needs {
        const catalog::LiveCatalog& catalog;
        SignInLegStore& legs;
        http::Client& http;
        const Clock& clock;
    };

    /// `sealer` keeps the secrets of redirects under way.
    ProviderSignIn(const Needs& needs, crypto::Sealer sealer);

    /// The provider's authorization endpoint, complete. kUnavailable when it cannot be reached,
    /// kPeer for unusable metadata, kNotFound for an unknown entry.
    [[nodiscard]] Result<std::string> begin(const ProviderRequest& request);
    /// What an answer is about, before it is judged: whose cookie it needs. kNotFound for an
    /// unknown state.
    [[nodiscard]] Result<std::string> find_transaction(const FormFields& parameters);
    /// Judges the answer at the redirect URI of `provider` and redeems its code. Counts once.
    [[nodiscard]] std::expected<ProviderAnswer, ProviderFailure> complete(
        std::string_view provider, const FormFields& parameters, std::string_view browser_secret);
    /// Removes redirects that ran out.
    [[nodiscard]] Result<void> tidy();

  private:
    [[nodiscard]] std::expected<SignInLeg, ProviderFailure> admit(std::string_view provider,
                                                                  const FormFields& parameters,
                                                                  std::string_view browser_secret);
    [[nodiscard]] std::expected<ProviderAnswer, ProviderFailure> redeem(const SignInLeg& leg,
                                                                        std::string_view code);

    Needs needs_;
    crypto::Sealer sealer_;
    oidc::ProviderDirectory providers_;
    oidc::TokenEndpoint tokens_;
    oidc::IdentityReader identities_;
};

/// Whether an entry lets this person in: with `allowed_domains`, only a verified address counts.
[[nodiscard]] bool is_allowed(const catalog::OidcProvider& entry,
                              std::string_view email,
                              bool email_verified);

}  // namespace gatehouse::identity
