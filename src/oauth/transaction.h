// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace gatehouse::oauth {

/// What a person is on the way to.
enum class Purpose {
    kAuthorize,  ///< a code for a client
    kSignIn,     ///< the account pages
    kConnect     ///< a downstream account for one server
};

enum class Stage {
    kOpen,      ///< server, person or consent are missing
    kApproved,  ///< the person agreed; a downstream grant may be missing
    kFinished   ///< redirected, denied or connected: nothing more comes of it
};

/// Bits of Transaction::prompts.
enum class Prompt { kNone = 1, kLogin = 2, kConsent = 4, kSelectAccount = 8 };

/// Everything that one person's walk through the pages needs between the steps, in one row. What
/// the client asked for never changes; no step takes any of it from a form (I08).
struct Transaction {
    std::string id;
    Purpose purpose = Purpose::kAuthorize;
    Stage stage = Stage::kOpen;
    std::string browser_digest;  ///< of this transaction's cookie
    std::string source;          ///< the address it came from, to bound how many one may open
    std::string origin;          ///< issuer

    std::string client_id, redirect_uri, code_challenge, login_hint;
    std::optional<std::string> state;       ///< of a link to /connect (kConnect): its id
    std::vector<std::string> asked_scopes;  ///< empty: none that is known
    unsigned prompts = 0;                   ///< Prompt values, or-ed
    std::optional<std::chrono::seconds> max_age;
    std::string acr_values, ui_locales;  ///< for whoever signs the person in; may be empty

    std::string server;               ///< empty until it is chosen
    std::vector<std::string> scopes;  ///< what consent shows; once approved, what was granted
    std::string user_id;              ///< who agreed; empty where the downstream leg is to say
    Timestamp created_at, expires_at;

    [[nodiscard]] bool asks(Prompt prompt) const {
        return (prompts & static_cast<unsigned>(prompt)) != 0;
    }

    /// A session from before does not do (D16).
    [[nodiscard]] bool asks_for_sign_in() const {
        return asks(Prompt::kLogin) || asks(Prompt::kSelectAccount);
    }
};

}  // namespace gatehouse::oauth
