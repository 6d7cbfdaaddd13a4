// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/result.h"
#include "base/secret.h"

namespace gatehouse::oauth {

/// Who the downstream account belongs to, as its own server says.
struct DownstreamIdentity {
    std::string subject, email, name;
    bool email_verified = false;
    std::vector<std::string> groups;
};

/// A connected account, for people.
struct ConnectedAccount {
    std::string name;  ///< an e-mail address or subject; empty where nobody says whose it is
    std::optional<Timestamp> ends_at;  ///< when it has to be connected again, whatever happens
};

struct LegRequest {
    std::string server;               ///< catalog name; its profile is used
    std::vector<std::string> scopes;  ///< subset of the server's
    std::string transaction_id;       ///< comes back in LegResult
    std::string login_hint;           ///< may be empty
    /// What the person's sign-in over there should be like; may be empty (D16).
    std::string prompt, acr_values, ui_locales;
    std::optional<std::chrono::seconds> max_age;
};

struct LegStart {
    std::string redirect_url;  ///< the downstream authorization endpoint, complete
    std::string
        browser_secret;       ///< to be set as this leg's cookie; the callback must bring it (G03)
    std::string cookie_name;  ///< distinct per leg, without `__Host-`
};

/// Why the downstream leg ended without a grant.
enum class LegFailure {
    kBadCallback,  ///< state unknown, replayed, expired, of another browser, or a mix-up: error
                   ///< page
    kDenied,       ///< the person or the downstream server said no: access_denied
    kUnavailable,  ///< it cannot be reached or failed for a passing reason: temporarily_unavailable
    kRejected,     ///< it answered nonsense, or identity checks failed: server_error
    kSignInOver,   ///< the person's sign-in cannot be exchanged any more, or it is refused
};

struct LegError {
    LegFailure failure = LegFailure::kBadCallback;
    std::string transaction_id;  ///< empty for kBadCallback
    std::string detail;          ///< for the log
};

struct LegResult {
    std::string transaction_id, server;
    std::optional<DownstreamIdentity> identity;
    std::string pending_grant;  ///< the tokens, already sealed in the store, not yet anybody's
};

/// The brokered side as the authorization flow needs it; implemented over `grants/` by `app/`.
/// Thread-safe; begin and complete may block on the network.
class DownstreamConnector {
  public:
    DownstreamConnector() = default;
    DownstreamConnector(const DownstreamConnector&) = delete;
    DownstreamConnector& operator=(const DownstreamConnector&) = delete;
    DownstreamConnector(DownstreamConnector&&) = delete;
    DownstreamConnector& operator=(DownstreamConnector&&) = delete;
    virtual ~DownstreamConnector() = default;

    /// True when a usable grant exists that covers `scopes`.
    [[nodiscard]] virtual Result<bool> has_grant(std::string_view user_id,
                                                 std::string_view server,
                                                 const std::vector<std::string>& scopes) = 0;
    [[nodiscard]] virtual Result<LegStart> begin(const LegRequest& request) = 0;
    /// Instead of begin and complete where the profile says `exchange`: the account that the
    /// sign-in of `user_id` stands for, as a pending grant. Blocks on the network.
    [[nodiscard]] virtual std::expected<LegResult, LegError> exchange(const LegRequest& request,
                                                                      std::string_view user_id) = 0;
    /// The cookie name under which the browser secret of this callback is found, from its `state`.
    [[nodiscard]] virtual std::string cookie_name(std::string_view state) = 0;
    /// Checks the callback (G03, G04), redeems the code, seals the tokens, reads the identity.
    [[nodiscard]] virtual std::expected<LegResult, LegError> complete(
        std::string_view profile,
        const FormFields& parameters,
        std::string_view browser_secret) = 0;
    /// Makes the pending grant the user's, replacing an earlier one; one of the same account that
    /// lives and has more scopes stays instead. kConflict when the earlier one is of another
    /// account: that one must be disconnected first (G13).
    [[nodiscard]] virtual Result<void> adopt(std::string_view pending_grant,
                                             std::string_view user_id) = 0;
    /// A key that the person pasted, as a pending grant; its id. kInvalid for what is no key.
    [[nodiscard]] virtual Result<std::string> keep_key(std::string_view server,
                                                       const Secret& key) = 0;
    /// kNotFound without a grant.
    [[nodiscard]] virtual Result<ConnectedAccount> account_of(std::string_view user_id,
                                                              std::string_view server) = 0;
    /// Forgets it and revokes its tokens downstream, best effort.
    virtual void discard(std::string_view pending_grant) = 0;
    /// Revokes downstream, best effort, and deletes the grant (G23).
    [[nodiscard]] virtual Result<void> disconnect(std::string_view user_id,
                                                  std::string_view server) = 0;
};

}  // namespace gatehouse::oauth
