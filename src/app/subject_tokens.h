// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "grants/subject_tokens.h"
#include "identity/sign_in_tokens.h"

namespace gatehouse::app {

/// Sign-ins as the vault needs them. What it refers to must outlive it.
class SubjectTokensAdapter final : public grants::SubjectTokens {
  public:
    explicit SubjectTokensAdapter(identity::SignInTokens& sign_ins) : sign_ins_(sign_ins) {}

    [[nodiscard]] std::expected<Secret, grants::SubjectTrouble> find(
        std::string_view user_id,
        std::string_view provider,
        catalog::ExchangeSubject kind) override {
        using From = identity::SignInTokens::Trouble;
        auto token = sign_ins_.find(user_id, provider, kind);
        if (token) {
            return *std::move(token);
        }
        switch (token.error()) {
            case From::kSignInAgain:
                return std::unexpected(grants::SubjectTrouble::kSignInAgain);
            case From::kOperator:
                return std::unexpected(grants::SubjectTrouble::kOperator);
            case From::kTransient:
                break;
        }
        return std::unexpected(grants::SubjectTrouble::kTransient);
    }

  private:
    identity::SignInTokens& sign_ins_;
};

}  // namespace gatehouse::app
