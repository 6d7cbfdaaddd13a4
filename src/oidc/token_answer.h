// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "catalog/catalog.h"
#include "http/client.h"

namespace gatehouse::oidc {

/// A pair of tokens; `refresh` may be empty.
struct Tokens {
    Secret access, refresh;
};

/// A token response, read defensively (G08).
struct TokenAnswer {
    Secret access, refresh, id_token;                ///< the last two may be empty
    std::optional<std::vector<std::string>> scopes;  ///< nothing: as requested
    std::optional<std::chrono::seconds> expires_in;  ///< nothing: not said
    std::string issued_token_type;                   ///< of exchanges; empty: not said
};

enum class TokenRefusal {
    kTransient,  ///< network, 5xx, 429, temporarily_unavailable: ask again later (G19)
    kGrantGone,  ///< invalid_grant and its kin: only the person can help (G20)
    kOperator,   ///< the gateway's own client or configuration is refused
    kNonsense,   ///< an answer that cannot be read or used
};

struct TokenFailure {
    TokenRefusal refusal = TokenRefusal::kTransient;
    std::string code;  ///< the OAuth error code or our word for what happened; safe to log
    std::chrono::seconds retry_after{0};
};

/// Reads JSON, and form-encoded answers where the server says so or sends nothing else. A body
/// with `error` is a failure whatever its status.
[[nodiscard]] std::expected<TokenAnswer, TokenFailure> read_token_answer(
    const http::ClientResponse& response, const catalog::Quirks& quirks = {});

/// When the access token ends; Timestamp::max() when nobody knows.
[[nodiscard]] Timestamp token_end(const TokenAnswer& answer,
                                  Timestamp obtained_at,
                                  std::chrono::seconds default_ttl);

}  // namespace gatehouse::oidc
