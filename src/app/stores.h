// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/database.h"
#include "storage/sql_api_key_store.h"
#include "storage/sql_approval_store.h"
#include "storage/sql_attempt_store.h"
#include "storage/sql_budget_store.h"
#include "storage/sql_chain_store.h"
#include "storage/sql_client_block_store.h"
#include "storage/sql_client_store.h"
#include "storage/sql_code_store.h"
#include "storage/sql_connect_link_store.h"
#include "storage/sql_connection_store.h"
#include "storage/sql_consent_store.h"
#include "storage/sql_definition_store.h"
#include "storage/sql_downstream_client_store.h"
#include "storage/sql_export_store.h"
#include "storage/sql_grant_store.h"
#include "storage/sql_key_store.h"
#include "storage/sql_leg_store.h"
#include "storage/sql_password_reset_store.h"
#include "storage/sql_pause_store.h"
#include "storage/sql_personal_token_store.h"
#include "storage/sql_record_store.h"
#include "storage/sql_revocation_store.h"
#include "storage/sql_session_store.h"
#include "storage/sql_sign_in_leg_store.h"
#include "storage/sql_sign_in_token_store.h"
#include "storage/sql_traffic_store.h"
#include "storage/sql_transaction_store.h"
#include "storage/sql_used_assertion_store.h"
#include "storage/sql_user_store.h"

namespace gatehouse::app {

/// Every port over one database.
struct Stores {
    explicit Stores(storage::Database& database)
        : users(database),
          sessions(database),
          sign_in_legs(database),
          sign_in_tokens(database),
          password_resets(database),
          clients(database),
          codes(database),
          connections(database),
          consents(database),
          transactions(database),
          keys(database),
          legs(database),
          grants(database),
          downstream_clients(database),
          records(database),
          chains(database),
          exports(database),
          attempts(database),
          budgets(database),
          pauses(database),
          used_assertions(database),
          api_keys(database),
          definitions(database),
          traffic(database),
          approvals(database),
          personal_tokens(database),
          client_blocks(database),
          connect_links(database),
          revocations(database) {}

    storage::SqlUserStore users;
    storage::SqlSessionStore sessions;
    storage::SqlSignInLegStore sign_in_legs;
    storage::SqlSignInTokenStore sign_in_tokens;
    storage::SqlPasswordResetStore password_resets;
    storage::SqlClientStore clients;
    storage::SqlCodeStore codes;
    storage::SqlConnectionStore connections;
    storage::SqlConsentStore consents;
    storage::SqlTransactionStore transactions;
    storage::SqlKeyStore keys;
    storage::SqlLegStore legs;
    storage::SqlGrantStore grants;
    storage::SqlDownstreamClientStore downstream_clients;
    storage::SqlRecordStore records;
    storage::SqlChainStore chains;
    storage::SqlExportStore exports;
    storage::SqlAttemptStore attempts;
    storage::SqlBudgetStore budgets;
    storage::SqlPauseStore pauses;
    storage::SqlUsedAssertionStore used_assertions;
    storage::SqlApiKeyStore api_keys;
    storage::SqlDefinitionStore definitions;
    storage::SqlTrafficStore traffic;
    storage::SqlApprovalStore approvals;
    storage::SqlPersonalTokenStore personal_tokens;
    storage::SqlClientBlockStore client_blocks;
    storage::SqlConnectLinkStore connect_links;
    storage::SqlRevocationStore revocations;
};

}  // namespace gatehouse::app
