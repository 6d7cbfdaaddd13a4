// SPDX-License-Identifier: Apache-2.0
#include "grants/exchange.h"

namespace gatehouse::grants {
namespace {

oidc::TokenFailure failure_of(SubjectTrouble trouble) {
    switch (trouble) {
        case SubjectTrouble::kSignInAgain:
            return {.refusal = oidc::TokenRefusal::kGrantGone, .code = std::string(kSignInOver)};
        case SubjectTrouble::kOperator:
            return {.refusal = oidc::TokenRefusal::kOperator,
                    .code = "the sign-in provider refuses us"};
        case SubjectTrouble::kTransient:
            break;
    }
    return {.refusal = oidc::TokenRefusal::kTransient,
            .code = "the sign-in provider is in trouble"};
}

}  // namespace

std::expected<oidc::TokenAnswer, oidc::TokenFailure> exchange(const ExchangeParts& parts,
                                                              const oidc::Party& party,
                                                              const catalog::Server& server,
                                                              std::string_view user_id,
                                                              const std::string& scope) {
    const auto subject = parts.subjects.find(user_id, server.sign_in, party.profile.exchange);
    if (!subject) {
        return std::unexpected(failure_of(subject.error()));
    }
    return parts.tokens.exchange(party, *subject, scope);
}

}  // namespace gatehouse::grants
