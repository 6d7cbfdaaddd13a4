// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string_view>

#include "base/secret.h"
#include "catalog/catalog.h"

namespace gatehouse::grants {

enum class SubjectTrouble {
    kSignInAgain,  ///< none, or over for good: only a new sign-in of the person brings another
    kTransient,    ///< passing trouble at the sign-in provider or in the store
    kOperator,     ///< the sign-in provider refuses the gateway's own client
};

/// What people's sign-in providers said of them, to be exchanged for grants (RFC 8693); implemented
/// over `identity/` by `app/`. Thread-safe; blocks on the network: workers only.
class SubjectTokens {
  public:
    SubjectTokens() = default;
    SubjectTokens(const SubjectTokens&) = delete;
    SubjectTokens& operator=(const SubjectTokens&) = delete;
    SubjectTokens(SubjectTokens&&) = delete;
    SubjectTokens& operator=(SubjectTokens&&) = delete;
    virtual ~SubjectTokens() = default;

    /// The person's token of this kind from the provider of that name, renewed if need be.
    [[nodiscard]] virtual std::expected<Secret, SubjectTrouble> find(
        std::string_view user_id, std::string_view provider, catalog::ExchangeSubject kind) = 0;
};

}  // namespace gatehouse::grants
