// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/api_keys.h"
#include "admin/console_sessions.h"
#include "admin/definitions.h"
#include "admin/guard.h"
#include "admin/traffic_store.h"
#include "attempts/recorder.h"
#include "audit/event_log.h"
#include "audit/record_store.h"
#include "base/clock.h"
#include "base/json.h"
#include "budget/ledger.h"
#include "budget/pauses.h"
#include "catalog/catalog.h"
#include "http/client.h"
#include "http/router.h"
#include "identity/password_resets.h"
#include "identity/users.h"
#include "oauth/client_blocks.h"
#include "oauth/client_control.h"
#include "oauth/connection_store.h"
#include "oauth/personal_tokens.h"
#include "oauth/signing_keys.h"
#include "policy/policy_set.h"
#include "runtimes/keeper.h"

namespace gatehouse::admin {

/// What the API works on; everything must outlive the router. Functions are thread-safe.
struct Dependencies {
    const Guard& guard;
    const catalog::LiveCatalog& catalog;
    identity::Users& users;
    identity::PasswordResets& resets;
    oauth::ConnectionStore& connections;
    oauth::PersonalTokenStore& personal_tokens;
    oauth::PersonalTokenMaker& token_maker;
    oauth::ClientControl& client_control;
    oauth::ClientBlocks& client_blocks;
    audit::RecordStore& records;
    audit::EventLog& events;
    attempts::Recorder& attempts;
    budget::Ledger& budgets;
    budget::Pauses& pauses;
    policy::RuleLibrary& rules;
    const Clock& clock;

    /// Brings the journal into the store, so that `logs` shows what just happened.
    std::function<Result<void>()> catch_up;
    /// Walks the chain of records and says what is not as it was recorded. Takes its time.
    std::function<Result<json::Object>()> verify_records;
    /// Revokes and publishes; false when it was revoked already.
    std::function<Result<bool>(std::string_view id)> revoke_connection;
    std::function<Result<std::vector<json::Object>>()> clients, grants, keys;
    /// Ends and forgets the person and everything that is theirs; waits for downstream servers.
    std::function<Result<void>(const identity::User& user)> erase_user;
    /// What is kept of the person, secrets aside.
    std::function<Result<json::Object>(const identity::User& user)> export_user;
    /// False when there is none of that id.
    std::function<Result<bool>(std::string_view id)> remove_grant;
    std::function<Result<json::Object>(oauth::SigningKeys::Rotation when)> rotate_key;
    /// kNotFound for an unknown one.
    std::function<Result<void>(std::string_view id)> remove_key;
    std::function<json::Object()> status;

    /// Null: there are none of these, and no routes for them.
    ApiKeys* api_keys = nullptr;
    Definitions* definitions = nullptr;
    TrafficStore* traffic = nullptr;
    ConsoleSessions* console_sessions = nullptr;
    runtimes::Keeper* runtimes = nullptr;  ///< with `client`, for probes of what is not attached
    http::Client* client = nullptr;
    /// Makes another admin token, keeps it, and gives it once.
    std::function<Result<Secret>()> rotate_admin_token = nullptr;
};

/// The routes of `/api/v1` (contract.md §9, §11).
void add_api_routes(http::Router& router, const Dependencies& dependencies);

}  // namespace gatehouse::admin
