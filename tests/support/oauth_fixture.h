// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "http/router.h"
#include "identity/user_store.h"
#include "oauth/client_directory.h"
#include "oauth/endpoints.h"
#include "oauth/sealed_client.h"
#include "oauth/signing_keys.h"
#include "oauth/trust_publisher.h"
#include "storage/database.h"
#include "storage/sql_client_block_store.h"
#include "storage/sql_client_store.h"
#include "storage/sql_code_store.h"
#include "storage/sql_connection_store.h"
#include "storage/sql_key_store.h"
#include "storage/sql_personal_token_store.h"
#include "storage/sql_used_assertion_store.h"
#include "storage/sql_user_store.h"
#include "support/fake_clock.h"
#include "support/fake_http_client.h"
#include "support/open_store.h"
#include "support/recording_event_log.h"
#include "support/temp_dir.h"

namespace gatehouse::test {

inline constexpr std::string_view kOrigin = "https://mcp.example.com";
inline constexpr std::string_view kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

inline catalog::Server make_server(const std::string& name, const std::string& origin) {
    catalog::Server server{.name = name,
                           .title = name,
                           .path = "/" + name,
                           .origin = origin,
                           .mcp_path = "/" + name + "/mcp",
                           .mcp_url = origin + "/" + name + "/mcp",
                           .sign_in = "local",
                           .scopes = {"items:read", "items:write"},
                           .initial_scopes = {"items:read"}};
    return server;
}

/// One replica of the authorization server: its own memory over a store that others may share.
struct Replica {
    Replica(storage::Database& database,
            const catalog::LiveCatalog& catalog,
            const Clock& clock,
            audit::EventLog& events,
            const std::vector<Secret>& master_keys)
        : documents(http, nullptr, clock),
          client_keys(http, nullptr, clock),
          used_assertions(database),
          users(database),
          codes(database),
          connections(database),
          personal_tokens(database),
          key_store(database),
          client_store(database),
          block_store(database),
          keys(key_store, crypto::Sealer(master_keys, "signing-key"), clock),
          pushed_requests(crypto::Sealer(master_keys, "pushed-request")),
          trust(keys, connections, personal_tokens, clock),
          blocks(
              {.store = block_store, .connections = connections, .trust = trust, .clock = clock}) {
        EXPECT_TRUE(keys.load());
        EXPECT_TRUE(trust.refresh());
        const auto secret = oauth::load_stored_secret(
            key_store, crypto::Sealer(master_keys, "client-id"), "client-id", clock.now());
        EXPECT_TRUE(secret);
        sealed = std::make_unique<oauth::SealedClients>(crypto::Sealer({*secret}, "client-id"));
        clients =
            std::make_unique<oauth::Clients>(catalog, *sealed, documents, client_store, blocks);
        services = std::make_unique<oauth::OAuthServices>(oauth::OAuthServices{
            .catalog = catalog,
            .clients = *clients,
            .blocks = blocks,
            .sealed_clients = *sealed,
            .codes = codes,
            .connections = connections,
            .users = users,
            .keys = keys,
            .trust = trust,
            .events = events,
            .client_keys = client_keys,
            .used_assertions = used_assertions,
            .pushed_requests = pushed_requests,
            .clock = clock,
            .grant_usable = [this](std::string_view, std::string_view) { return grant_usable; }});
        oauth::add_oauth_routes(router, *services);
    }

    [[nodiscard]] http::Response send(const http::Request& request) const {
        const auto match = router.match(request.method, request.path);
        return match.handler == nullptr ? http::text_response(404, "no route")
                                        : (*match.handler)(request);
    }

    FakeHttpClient http;
    oauth::CimdClients documents;
    oauth::ClientKeys client_keys;
    storage::SqlUsedAssertionStore used_assertions;
    storage::SqlUserStore users;
    storage::SqlCodeStore codes;
    storage::SqlConnectionStore connections;
    storage::SqlPersonalTokenStore personal_tokens;
    storage::SqlKeyStore key_store;
    storage::SqlClientStore client_store;
    storage::SqlClientBlockStore block_store;
    oauth::SigningKeys keys;
    oauth::PushedRequests pushed_requests;
    oauth::TrustPublisher trust;
    oauth::ClientBlocks blocks;
    std::unique_ptr<oauth::SealedClients> sealed;
    std::unique_ptr<oauth::Clients> clients;
    std::unique_ptr<oauth::OAuthServices> services;
    http::Router router;
    bool grant_usable = true;
};

struct Reply {
    int status = 0;
    http::Headers headers;
    json::Object body;

    [[nodiscard]] std::string text(std::string_view name) const {
        return json::get_string(body, name).value_or("");
    }

    [[nodiscard]] std::string error() const { return text("error"); }
};

/// An authorization server over a real store in a directory of its own, with one server "todo", a
/// public client "desktop", a confidential client "backend" and the user "u1".
class OAuthFixture : public ::testing::Test {
  protected:
    OAuthFixture()
        : master_keys_{Secret(std::string(32, 'k'))},
          catalog_(make_catalog()),
          database_(open()),
          replica_(std::make_unique<Replica>(*database_, catalog_, clock_, events_, master_keys_)) {
        EXPECT_TRUE(replica_->users.insert(
            {.id = "u1", .source = "local", .subject = "alice", .created_at = clock_.now()}));
    }

    static std::shared_ptr<catalog::Catalog> make_catalog() {
        auto catalog = std::make_shared<catalog::Catalog>();
        catalog->public_origin = kOrigin;
        catalog->secure = true;
        catalog->servers.push_back(make_server("todo", std::string(kOrigin)));
        catalog->servers[0].clients = {
            {.id = "desktop", .name = "Desktop", .redirect_uris = {"http://127.0.0.1/callback"}},
            {.id = "backend",
             .secret = Secret("s3cret:%+/ä"),
             .redirect_uris = {"https://backend.example/callback"}}};
        return catalog;
    }

    /// Changes the catalog as a reload would.
    template <typename Change>
    void reload(Change change) {
        auto next = std::make_shared<catalog::Catalog>(*catalog_.get());
        change(*next);
        catalog_.set(std::move(next));
    }

    std::unique_ptr<storage::Database> open() {
        auto database = open_store(dir_ / "gatehouse.db");
        EXPECT_TRUE(database) << (database ? "" : describe(database.error()));
        return *std::move(database);
    }

    /// A process that starts anew on the same store.
    void restart() {
        replica_.reset();
        database_.reset();
        database_ = open();
        replica_ = std::make_unique<Replica>(*database_, catalog_, clock_, events_, master_keys_);
    }

    [[nodiscard]] oauth::AuthorizationCode make_code() const {
        return {.client_id = "desktop",
                .redirect_uri = "http://127.0.0.1:5000/callback",
                .code_challenge = crypto::pkce_challenge(kVerifier),
                .origin = std::string(kOrigin),
                .server = "todo",
                .user_id = "u1",
                .scopes = {"items:read"},
                .connection_id = crypto::random_token(16),
                .auth_time = clock_.now(),
                .expires_at = clock_.now() + std::chrono::seconds{60}};
    }

    /// Stores it; returns the code itself.
    std::string issue(const oauth::AuthorizationCode& code) {
        const std::string text = crypto::random_token();
        EXPECT_TRUE(replica_->codes.insert(crypto::token_digest(text), code));
        return text;
    }

    [[nodiscard]] http::Request form_request(const std::string& path,
                                             const FormFields& fields) const {
        http::Request request{.method = "POST",
                              .path = path,
                              .body = encode_form(fields),
                              .client_ip = "192.0.2.1",
                              .origin = std::string(kOrigin),
                              .request_id = "r1"};
        request.headers.set("Content-Type", "application/x-www-form-urlencoded");
        return request;
    }

    [[nodiscard]] static Reply read(const http::Response& response) {
        Reply reply{.status = response.status, .headers = response.headers};
        if (auto body = json::parse_object(response.body)) {
            reply.body = *std::move(body);
        }
        return reply;
    }

    [[nodiscard]] Reply post(const std::string& path, const FormFields& fields) const {
        return read(replica_->send(form_request(path, fields)));
    }

    [[nodiscard]] static FormFields code_fields(const std::string& code) {
        return {{"grant_type", "authorization_code"},
                {"code", code},
                {"code_verifier", std::string(kVerifier)},
                {"redirect_uri", "http://127.0.0.1:5000/callback"},
                {"client_id", "desktop"},
                {"resource", std::string(kOrigin) + "/todo/mcp"}};
    }

    [[nodiscard]] Reply redeem(const oauth::AuthorizationCode& code) {
        return post("/token", code_fields(issue(code)));
    }

    [[nodiscard]] static FormFields refresh_fields(const std::string& token) {
        return {
            {"grant_type", "refresh_token"}, {"refresh_token", token}, {"client_id", "desktop"}};
    }

    [[nodiscard]] Reply refresh(const std::string& token) const {
        return post("/token", refresh_fields(token));
    }

    /// What the data plane would say of an access token.
    [[nodiscard]] bool is_alive(const std::string& access_token) const {
        const auto trust = replica_->trust.live().get();
        const auto token = oauth::verify_access_token(
            access_token, kOrigin, std::string(kOrigin) + "/todo/mcp", trust->keys, clock_.now());
        return token && !oauth::is_revoked(*token, *trust);
    }

    std::vector<Secret> master_keys_;
    TempDir dir_;
    FakeClock clock_;
    RecordingEventLog events_;
    catalog::LiveCatalog catalog_;
    std::unique_ptr<storage::Database> database_;
    std::unique_ptr<Replica> replica_;
};

}  // namespace gatehouse::test
