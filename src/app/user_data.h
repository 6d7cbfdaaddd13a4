// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audit/record_store.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "grants/connector.h"
#include "identity/password_resets.h"
#include "identity/sessions.h"
#include "identity/sign_in_tokens.h"
#include "identity/users.h"
#include "oauth/connection_store.h"
#include "oauth/consent_store.h"
#include "oauth/trust_publisher.h"

namespace gatehouse::app {

/// Everything that is kept of one person, wherever it is kept. Thread-safe; blocks, also on
/// downstream servers: slow workers only. What it refers to must outlive it.
class UserData {
  public:
    struct Needs {
        identity::Users& users;
        identity::Sessions& sessions;
        identity::SignInTokens& sign_in_tokens;
        identity::PasswordResets& resets;
        oauth::ConnectionStore& connections;
        oauth::ConsentStore& consents;
        oauth::TrustPublisher& trust;
        grants::Connector& grants;
        audit::RecordStore& records;
        const Clock& clock;
    };

    explicit UserData(const Needs& needs) : needs_(needs) {}

    /// Ends everything and then forgets the person: connections are revoked, grants are removed and
    /// revoked downstream as far as the server there lets us, consents, sessions and links are
    /// gone. Records stay, as the chain of them is evidence; they hold the opaque id. When a step
    /// fails the person is disabled and may be erased again.
    [[nodiscard]] Result<void> erase(const identity::User& user);

    /// What a person may ask to see (an object for `users export`): never a secret, a token or a
    /// hash. Of the records the newest thousand; `records_complete` says whether that is all.
    [[nodiscard]] Result<json::Object> collect(const identity::User& user);

  private:
    [[nodiscard]] Result<void> end_grants(const std::string& user_id);

    Needs needs_;
};

}  // namespace gatehouse::app
