// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oauth/flow_parts.h"

/// The steps of an authorization, in their order: server, person, consent, downstream account,
/// code (ARCHITECTURE.md, "The life of an authorization").
namespace gatehouse::oauth {

/// What comes next for this transaction. A reload finds the same step again.
[[nodiscard]] http::Response next_step(const FlowParts& parts,
                                       const http::Request& request,
                                       const Walk& walk);
/// The same for an authorization whose server is known.
[[nodiscard]] http::Response next_step(const FlowParts& parts, const Scene& scene);

/// Goes on once the person, who is known, has agreed: downstream account if one is missing, code.
[[nodiscard]] http::Response after_approval(const FlowParts& parts,
                                            const Scene& scene,
                                            const Person& person);

enum class Freshness {
    kFresh,
    kTooOld  ///< prompt=login or max_age asks for a new sign-in (D16)
};

[[nodiscard]] Freshness judge(const Transaction& transaction, const Person& person, Timestamp now);

/// An error before consent: a redirect for clients that are pre-registered or that this person
/// allowed before, a page with a link for all others (D04).
[[nodiscard]] http::Response refuse_authorization(const FlowParts& parts,
                                                  const http::Request& request,
                                                  const Client& client,
                                                  const ClientReturn& to,
                                                  const AuthorizeError& error);

/// What a person who may not use the server is told (contract.md §3, `access`).
[[nodiscard]] ErrorWords access_denied_words(const catalog::Server& server,
                                             const identity::User& user);
[[nodiscard]] AuthorizeError access_denied(const Scene& scene, const identity::User& user);

}  // namespace gatehouse::oauth
