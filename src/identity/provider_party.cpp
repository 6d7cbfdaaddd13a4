// SPDX-License-Identifier: Apache-2.0
#include "identity/internal/provider_party.h"

#include "base/strings.h"

namespace gatehouse::identity::internal {

using catalog::ClientAuthMethod;

catalog::Profile to_profile(const catalog::OidcProvider& entry) {
    catalog::Profile profile{.name = "sign_in.oidc." + entry.name,
                             .issuer = entry.issuer,
                             .scopes = entry.scopes,
                             .identity = {.from = catalog::IdentitySource::kIdToken}};
    if (!entry.groups_claim.empty()) {
        profile.identity.groups = entry.groups_claim;
    }
    if (!contains(profile.scopes, "openid")) {
        profile.scopes.insert(profile.scopes.begin(), "openid");
    }
    return profile;
}

oidc::ClientCredentials to_client(const catalog::OidcProvider& entry,
                                  const oidc::Provider& provider) {
    const auto& methods = provider.auth_methods;
    const bool basic = methods.empty() || contains(methods, "client_secret_basic") ||
                       !contains(methods, "client_secret_post");
    return {.client_id = entry.client_id,
            .method = entry.client_secret.empty() ? ClientAuthMethod::kNone
                      : basic                     ? ClientAuthMethod::kClientSecretBasic
                                                  : ClientAuthMethod::kClientSecretPost,
            .secret = entry.client_secret};
}

}  // namespace gatehouse::identity::internal
