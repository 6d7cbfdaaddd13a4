// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "audit/event_log.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "catalog/catalog.h"
#include "identity/user_store.h"
#include "oauth/personal_token_store.h"
#include "oauth/trust_publisher.h"

namespace gatehouse::oauth {

struct NewPersonalToken {
    std::string user_id, server;
    std::string name;                        ///< may be empty
    std::vector<std::string> tools, scopes;  ///< empty: all that the server has
    std::chrono::seconds lifetime{0};
    std::string_view made_by;  ///< "user" or "operator"
    std::string client_ip, request_id;
};

struct MadePersonalToken {
    Secret token;  ///< nobody can be shown it again
    PersonalToken kept;
};

/// Makes personal access tokens (contract.md section 11). Thread-safe; blocks on the store.
class PersonalTokenMaker {
  public:
    struct Needs {
        const catalog::LiveCatalog& catalog;
        PersonalTokenStore& store;
        identity::UserStore& users;
        TrustPublisher& trust;
        audit::EventLog& events;
        const Clock& clock;
    };

    explicit PersonalTokenMaker(const Needs& needs) : needs_(needs) {}

    /// Recorded, durable, and good for the next request here. kNotFound for an unknown user or
    /// server, kForbidden when this user may not have one there, kInvalid for what cannot be asked
    /// for; the messages are for people.
    [[nodiscard]] Result<MadePersonalToken> make(const NewPersonalToken& wanted);

  private:
    [[nodiscard]] Result<PersonalToken> prepare(const NewPersonalToken& wanted,
                                                const catalog::Server& server);

    Needs needs_;
};

/// The servers where this user may have personal access tokens.
[[nodiscard]] std::vector<const catalog::Server*> personal_token_servers(
    const catalog::Catalog& catalog, const identity::User& user);

}  // namespace gatehouse::oauth
