// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/clock.h"
#include "base/secret.h"

namespace gatehouse::identity {

/// What a provider issued with a sign-in; each token may be empty.
struct ProviderTokens {
    std::string subject;  ///< whose they are, as the provider says
    Secret access, refresh, id_token;
    Timestamp access_ends, id_token_ends;  ///< Timestamp::max(): no known end
};

}  // namespace gatehouse::identity
