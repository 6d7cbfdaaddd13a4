// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/api.h"
#include "admin/views.h"
#include "audit/ingester.h"
#include "audit/journal.h"
#include "budget/purse.h"
#include "crypto/random.h"
#include "policy/policy_set.h"
#include "storage/sql_api_key_store.h"
#include "storage/sql_attempt_store.h"
#include "storage/sql_budget_store.h"
#include "storage/sql_chain_store.h"
#include "storage/sql_client_block_store.h"
#include "storage/sql_client_store.h"
#include "storage/sql_connection_store.h"
#include "storage/sql_definition_store.h"
#include "storage/sql_key_store.h"
#include "storage/sql_password_reset_store.h"
#include "storage/sql_pause_store.h"
#include "storage/sql_personal_token_store.h"
#include "storage/sql_record_store.h"
#include "storage/sql_traffic_store.h"
#include "storage/sql_user_store.h"
#include "support/config_environment.h"
#include "support/fake_clock.h"
#include "support/open_store.h"
#include "support/temp_dir.h"

namespace gatehouse::test {

[[nodiscard]] inline std::shared_ptr<const catalog::Catalog> catalog_with_secret() {
    auto catalog = std::make_shared<catalog::Catalog>();
    catalog::Server server;
    server.name = "todo";
    server.mcp_url = "http://127.0.0.1:8080/todo/mcp";
    server.worker.secrets = {Secret("very-secret-worker-secret")};
    server.worker.static_headers = {{"X-Api-Key", Secret("very-secret-api-key")}};
    server.origin = "http://127.0.0.1:8080";
    server.sign_in = "local";
    server.scopes = {"todos.read"};
    server.personal_tokens = true;
    server.clients = {{.id = "desktop", .name = "Desktop", .secret = Secret("very-secret-client")}};
    catalog->servers.push_back(server);
    catalog::Profile profile;
    profile.name = "todo";
    profile.client_secret = Secret("very-secret-client-secret");
    catalog->profiles.push_back(profile);
    return catalog;
}

/// The admin API over a database of its own. `send` comes with the admin token.
class AdminFixture : public testing::Test {
  protected:
    void SetUp() override {
        auto opened = open_store(dir_ / "test.db");
        ASSERT_TRUE(opened) << describe(opened.error());
        database_ = std::move(*opened);
        ASSERT_TRUE(audit::prepare_journal(journal_));
        users_store_ = std::make_unique<storage::SqlUserStore>(*database_);
        users_ = std::make_unique<identity::Users>(*users_store_, clock_, nullptr);
        reset_store_ = std::make_unique<storage::SqlPasswordResetStore>(*database_);
        resets_ = std::make_unique<identity::PasswordResets>(*reset_store_, clock_);
        connections_ = std::make_unique<storage::SqlConnectionStore>(*database_);
        token_store_ = std::make_unique<storage::SqlPersonalTokenStore>(*database_);
        key_store_ = std::make_unique<storage::SqlKeyStore>(*database_);
        keys_of_tokens_ = std::make_unique<oauth::SigningKeys>(
            *key_store_, crypto::Sealer({Secret(std::string(32, 'k'))}, "signing-key"), clock_);
        trust_ = std::make_unique<oauth::TrustPublisher>(*keys_of_tokens_, *connections_,
                                                         *token_store_, clock_);
        client_store_ = std::make_unique<storage::SqlClientStore>(*database_);
        client_control_ = std::make_unique<oauth::ClientControl>(
            oauth::ClientControl::Needs{.catalog = catalog_,
                                        .sealed_clients = sealed_clients_,
                                        .store = *client_store_,
                                        .trust = *trust_,
                                        .clock = clock_});
        block_store_ = std::make_unique<storage::SqlClientBlockStore>(*database_);
        client_blocks_ = std::make_unique<oauth::ClientBlocks>(
            oauth::ClientBlocks::Needs{.store = *block_store_,
                                       .connections = *connections_,
                                       .trust = *trust_,
                                       .clock = clock_});
        records_ = std::make_unique<storage::SqlRecordStore>(*database_);
        events_ = std::make_unique<audit::JournalEventLog>(journal_, clock_);
        attempt_store_ = std::make_unique<storage::SqlAttemptStore>(*database_);
        attempts_ = std::make_unique<attempts::Recorder>(
            *attempt_store_, clock_, [](std::string_view) { return std::string("todo"); });
        chains_ = std::make_unique<storage::SqlChainStore>(*database_);
        ingester_ = std::make_unique<audit::Ingester>(
            audit::Ingester::Parts{.directory = journal_.directory,
                                   .replica = "r1",
                                   .records = *records_,
                                   .chains = *chains_,
                                   .seal = seal_,
                                   .on_stored = nullptr});
        token_maker_ = std::make_unique<oauth::PersonalTokenMaker>(
            oauth::PersonalTokenMaker::Needs{.catalog = catalog_,
                                             .store = *token_store_,
                                             .users = *users_store_,
                                             .trust = *trust_,
                                             .events = *events_,
                                             .clock = clock_});
        budget_store_ = std::make_unique<storage::SqlBudgetStore>(*database_);
        ledger_ = std::make_unique<budget::Ledger>(budget::Ledger::Needs{
            .store = *budget_store_, .file = nullptr, .clock = clock_, .warn = nullptr});
        pause_store_ = std::make_unique<storage::SqlPauseStore>(*database_);
        pauses_ = std::make_unique<budget::Pauses>(*pause_store_, clock_);
        traffic_ = std::make_unique<storage::SqlTrafficStore>(*database_);
        api_key_store_ = std::make_unique<storage::SqlApiKeyStore>(*database_);
        api_keys_ = std::make_unique<admin::ApiKeys>(*api_key_store_, clock_);
        guard_ = std::make_unique<admin::Guard>(Secret("the-admin-token"),
                                                std::vector<std::string>{"127.0.0.1:9901"},
                                                api_keys_.get(), &sessions_);
        attributed_ = std::make_unique<admin::AttributedEvents>(*events_);
        dependencies_.reset(new admin::Dependencies{
            .guard = *guard_,
            .catalog = catalog_,
            .users = *users_,
            .resets = *resets_,
            .connections = *connections_,
            .personal_tokens = *token_store_,
            .token_maker = *token_maker_,
            .client_control = *client_control_,
            .client_blocks = *client_blocks_,
            .records = *records_,
            .events = *attributed_,
            .attempts = *attempts_,
            .budgets = *ledger_,
            .pauses = *pauses_,
            .rules = rules_,
            .clock = clock_,
            .catch_up = [this] { return ingester_->run(); },
            .verify_records = [] { return Result<json::Object>(json::Object{{"ok", true}}); },
            .revoke_connection =
                [this](std::string_view id) { return trust_->revoke_connection(id); },
            .clients = []() -> Result<std::vector<json::Object>> {
                return std::vector<json::Object>{{{"id", "gone"}, {"origin", "api"}}};
            },
            .grants = [] { return Result<std::vector<json::Object>>(); },
            .keys = [] { return Result<std::vector<json::Object>>(); },
            .erase_user = [this](const identity::User& user) { return users_->remove(user.id); },
            .export_user =
                [](const identity::User& user) {
                    return Result<json::Object>({{"user", admin::view(user)}});
                },
            .remove_grant = [](std::string_view) { return Result<bool>(false); },
            .rotate_key =
                [this](oauth::SigningKeys::Rotation when) {
                    rotation_ = when;
                    return Result<json::Object>(json::Object{{"id", "k1"}});
                },
            .remove_key = [](std::string_view id) -> Result<void> {
                return id == "k1" ? Result<void>() : fail(ErrorCode::kNotFound, "no such key");
            },
            .status = [] { return json::Object{{"config", json::Object{{"generation", 1}}}}; },
            .api_keys = api_keys_.get(),
            .traffic = traffic_.get(),
            .console_sessions = &sessions_,
            .rotate_admin_token = [this]() -> Result<Secret> {
                guard_->set_admin_token(Secret("rotated-admin-token"));
                return Secret("rotated-admin-token");
            }});
        admin::add_api_routes(router_, *dependencies_);
    }

    http::Response send(std::string method,
                        std::string path,
                        std::string body = {},
                        std::string query = {},
                        std::string if_match = {}) {
        http::Request request =
            request_for("the-admin-token", std::move(method), std::move(path), std::move(body));
        request.query = std::move(query);
        if (!if_match.empty()) {
            request.headers.set("If-Match", if_match);
        }
        return handle(request);
    }

    http::Response send_as(const std::string& credential,
                           std::string method,
                           std::string path,
                           std::string body = {}) {
        return handle(request_for(credential, std::move(method), std::move(path), std::move(body)));
    }

    static http::Request request_for(const std::string& credential,
                                     std::string method,
                                     std::string path,
                                     std::string body = {}) {
        http::Request request{.method = std::move(method),
                              .path = std::move(path),
                              .query = {},
                              .headers = {{"Host", "127.0.0.1:9901"}},
                              .body = std::move(body)};
        if (!credential.empty()) {
            request.headers.set("Authorization", "Bearer " + credential);
        }
        return request;
    }

    http::Response handle(const http::Request& request) {
        const auto match = router_.match(request.method, request.path);
        if (match.handler == nullptr) {
            return {.status = match.allowed_methods.empty() ? 404 : 405, .headers = {}, .body = {}};
        }
        return (*match.handler)(request);
    }

    http::Response add_alice() {
        return send("POST", "/api/v1/users",
                    R"({"name":"alice","email":"alice@example.com","password":"correct horse",)"
                    R"("groups":["staff"]})");
    }

    test::TempDir dir_;
    test::FakeClock clock_;
    audit::JournalOptions journal_{.directory = dir_.path() / "journal"};
    admin::ConsoleSessions sessions_{clock_};
    catalog::LiveCatalog catalog_{catalog_with_secret()};
    std::unique_ptr<storage::Database> database_;
    std::unique_ptr<storage::SqlUserStore> users_store_;
    std::unique_ptr<identity::Users> users_;
    std::unique_ptr<storage::SqlPasswordResetStore> reset_store_;
    std::unique_ptr<identity::PasswordResets> resets_;
    std::unique_ptr<storage::SqlConnectionStore> connections_;
    std::unique_ptr<storage::SqlChainStore> chains_;
    audit::ChainSeal seal_{Secret("a key that only gateways hold")};
    std::unique_ptr<storage::SqlAttemptStore> attempt_store_;
    std::unique_ptr<attempts::Recorder> attempts_;
    std::unique_ptr<storage::SqlPersonalTokenStore> token_store_;
    std::unique_ptr<storage::SqlKeyStore> key_store_;
    std::unique_ptr<oauth::SigningKeys> keys_of_tokens_;
    std::unique_ptr<oauth::TrustPublisher> trust_;
    std::unique_ptr<oauth::PersonalTokenMaker> token_maker_;
    oauth::SealedClients sealed_clients_{
        crypto::Sealer({Secret(std::string(32, 'c'))}, "client-id")};
    std::unique_ptr<storage::SqlClientStore> client_store_;
    std::unique_ptr<oauth::ClientControl> client_control_;
    std::unique_ptr<storage::SqlClientBlockStore> block_store_;
    std::unique_ptr<oauth::ClientBlocks> client_blocks_;
    std::optional<oauth::SigningKeys::Rotation> rotation_;
    std::unique_ptr<storage::SqlRecordStore> records_;
    std::unique_ptr<audit::JournalEventLog> events_;
    std::unique_ptr<audit::Ingester> ingester_;
    std::unique_ptr<storage::SqlBudgetStore> budget_store_;
    std::unique_ptr<budget::Ledger> ledger_;
    std::unique_ptr<storage::SqlPauseStore> pause_store_;
    std::unique_ptr<budget::Pauses> pauses_;
    policy::RuleLibrary rules_;
    std::unique_ptr<storage::SqlApiKeyStore> api_key_store_;
    std::unique_ptr<storage::SqlTrafficStore> traffic_;
    std::unique_ptr<admin::ApiKeys> api_keys_;
    std::unique_ptr<admin::AttributedEvents> attributed_;
    std::unique_ptr<admin::Guard> guard_;
    std::unique_ptr<admin::Dependencies> dependencies_;
    http::Router router_;
};

inline constexpr std::string_view kConfigurationFile = R"(version: 1
public_url: https://mcp.example.com
sign_in: {local: {enabled: true}}
policies:
  - {name: base, effect: deny, when: {tools: [x]}}
servers:
  todo: {runtime: "http://127.0.0.1:9000/mcp"}
)";

/// The same with a configuration file, and with what the API makes.
class DefinitionsFixture : public AdminFixture {
  protected:
    void SetUp() override {
        AdminFixture::SetUp();
        store_ = std::make_unique<storage::SqlDefinitionStore>(*database_);
        start();
    }

    /// As a gateway that starts over the same database.
    void start(std::string_view file = kConfigurationFile) {
        definitions_ = std::make_unique<admin::Definitions>(environment_, clock_);
        ASSERT_TRUE(definitions_->open(*store_, crypto::Sealer(keys_, "definitions"), "g.yaml",
                                       std::string(file)));
        const auto loaded = definitions_->check(std::string(file));
        ASSERT_TRUE(loaded) << describe(loaded.error().front());
        definitions_->note(*loaded);
        catalog_.set(loaded->catalog);
        definitions_->publish_to([this](std::shared_ptr<const catalog::Catalog> next) {
            catalog_.set(std::move(next));
        });
        dependencies_->definitions = definitions_.get();
        router_ = http::Router();
        admin::add_api_routes(router_, *dependencies_);
    }

    test::ConfigEnvironment files_;
    config::Environment environment_ = files_.get();
    std::vector<Secret> keys_{Secret(crypto::random_bytes(32))};
    std::unique_ptr<storage::SqlDefinitionStore> store_;
    std::unique_ptr<admin::Definitions> definitions_;
};

}  // namespace gatehouse::test
