// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "catalog/catalog.h"
#include "grants/subject_tokens.h"
#include "oidc/token_endpoint.h"

namespace gatehouse::grants {

/// Of TokenFailure: the person's sign-in is over, so that only a new one helps.
inline constexpr std::string_view kSignInOver = "the sign-in is over";

struct ExchangeParts {
    SubjectTokens& subjects;
    oidc::TokenEndpoint& tokens;
};

/// A grant for the person's sign-in (RFC 8693), at the server that `party` names. kGrantGone when
/// there is no sign-in token any more or the server will not have it.
[[nodiscard]] std::expected<oidc::TokenAnswer, oidc::TokenFailure> exchange(
    const ExchangeParts& parts,
    const oidc::Party& party,
    const catalog::Server& server,
    std::string_view user_id,
    const std::string& scope);

}  // namespace gatehouse::grants
