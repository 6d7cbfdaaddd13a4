// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "oauth/flow_parts.h"
#include "oauth/pages.h"

/// The pages of a transaction, filled from it and from nothing else (I08).
namespace gatehouse::oauth {

inline constexpr std::string_view kServerStep = "server";
inline constexpr std::string_view kSignInStep = "sign-in";
inline constexpr std::string_view kConsentStep = "consent";
inline constexpr std::string_view kConnectStep = "connect";

[[nodiscard]] http::Response chooser_page(const catalog::Catalog& catalog,
                                          const Walk& walk,
                                          const Client& client);

/// The server's own way of signing in: a form, or the way to its provider.
[[nodiscard]] http::Response sign_in_page(const Scene& scene);

/// How an earlier attempt went, to be shown with the form.
struct SignInTrouble {
    int status = 200;
    std::string username, message;
    std::string notice;  ///< good news instead
};

/// The form for name and password, for the server that the transaction is about.
[[nodiscard]] http::Response password_page(const Walk& walk,
                                           const Scene& scene,
                                           const SignInTrouble& trouble);

/// `person` is null where the downstream sign-in is to say who it is; `problem` may be empty.
[[nodiscard]] http::Response consent_page(const Scene& scene,
                                          const Person* person,
                                          std::string_view problem);

/// Every way of signing in at this origin, for people who come for their account; also how an
/// earlier attempt went.
[[nodiscard]] http::Response ways_page(const catalog::Catalog& catalog,
                                       const Walk& walk,
                                       const SignInTrouble& trouble);

/// Where a form that a downstream leg may follow can lead.
[[nodiscard]] FormTargets downstream_targets(const catalog::Profile& profile);
/// Where a form can lead that a sign-in for this server may follow.
[[nodiscard]] FormTargets sign_in_targets(const catalog::Catalog& catalog,
                                          const catalog::Server& server);
/// The host whose account is used, for people.
[[nodiscard]] std::string downstream_host(const catalog::Profile& profile);

}  // namespace gatehouse::oauth
