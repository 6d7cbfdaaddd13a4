// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "crypto/password.h"
#include "identity/sessions.h"
#include "identity/users.h"
#include "oauth/connect_link.h"
#include "oauth/flow.h"
#include "storage/sql_connect_link_store.h"
#include "storage/sql_consent_store.h"
#include "storage/sql_password_reset_store.h"
#include "storage/sql_session_store.h"
#include "storage/sql_sign_in_leg_store.h"
#include "storage/sql_sign_in_token_store.h"
#include "storage/sql_transaction_store.h"
#include "support/fake_connector.h"
#include "support/form_browser.h"
#include "support/oauth_fixture.h"

namespace gatehouse::test {

inline constexpr std::string_view kRedirect = "https://app.example/cb";
inline constexpr std::string_view kPassword = "correct horse";

/// The pages over a real store, with three servers: "todo" (local people, no downstream account),
/// "vault" (local people who connect an account at profile "cal") and "cal" (the account is the
/// person). Local users: alice (u1) and bob.
class FlowFixture : public OAuthFixture {
  protected:
    FlowFixture()
        : consents_(*database_),
          transactions_(*database_),
          session_store_(*database_),
          sign_in_legs_(*database_),
          sessions_(session_store_, clock_),
          providers_(
              {.catalog = catalog_, .legs = sign_in_legs_, .http = replica_->http, .clock = clock_},
              crypto::Sealer(master_keys_, "sign-in-leg")),
          sign_in_tokens_({.catalog = catalog_,
                           .store = sign_in_token_store_,
                           .http = replica_->http,
                           .clock = clock_},
                          crypto::Sealer(master_keys_, "sign-in-token")),
          users_(replica_->users, clock_, [](const std::string&) {}),
          token_maker_({.catalog = catalog_,
                        .store = replica_->personal_tokens,
                        .users = replica_->users,
                        .trust = replica_->trust,
                        .events = events_,
                        .clock = clock_}) {
        reload([](catalog::Catalog& catalog) {
            catalog.local_sign_in = true;
            catalog.servers[0].title = "Todo";
            catalog.servers[0].clients.push_back(
                {.id = "portal", .name = "Portal", .redirect_uris = {std::string(kRedirect)}});
            catalog.profiles.push_back({.name = "cal",
                                        .issuer = "https://auth.cal.example",
                                        .scopes = {"items:read", "items:write", "offline_access"},
                                        .identity = {.from = catalog::IdentitySource::kIdToken,
                                                     .same_user = catalog::SameUser::kEmail}});
            catalog.servers.push_back(make_server("vault", std::string(kOrigin)));
            catalog.servers.back().profile = "cal";
            catalog.servers.push_back(make_server("cal", std::string(kOrigin)));
            catalog.servers.back().profile = "cal";
            catalog.servers.back().sign_in = "downstream";
        });
        static const std::string hash = crypto::hash_password(Secret(std::string(kPassword)));
        EXPECT_TRUE(replica_->users.remove("u1"));
        for (const auto& [id, name] : {std::pair{"u1", "alice"}, std::pair{"u2", "bob"}}) {
            EXPECT_TRUE(replica_->users.insert({.id = id,
                                                .source = "local",
                                                .subject = name,
                                                .name = name,
                                                .email = std::string(name) + "@example.com",
                                                .email_verified = true,
                                                .password_hash = hash,
                                                .created_at = clock_.now()}));
        }
        oauth::add_flow_routes(replica_->router, dependencies());
        app_ = register_client("Notes App", std::string(kRedirect));
        desktop_ = register_client("Desk App", "http://127.0.0.1/callback");
    }

    [[nodiscard]] oauth::FlowDependencies dependencies() {
        return {.catalog = catalog_,
                .clients = *replica_->clients,
                .known_clients = replica_->client_store,
                .codes = replica_->codes,
                .connections = replica_->connections,
                .personal_tokens = replica_->personal_tokens,
                .token_maker = token_maker_,
                .consents = consents_,
                .transactions = transactions_,
                .users = users_,
                .sessions = sessions_,
                .providers = providers_,
                .sign_in_tokens = sign_in_tokens_,
                .resets = resets_,
                .registration = registration_,
                .connector = connector_,
                .pushed_requests = replica_->pushed_requests,
                .links = links_,
                .events = events_,
                .clock = clock_,
                .revoke_connection = [this](std::string_view id) {
                    return replica_->trust.revoke_connection(id);
                }};
    }

    /// A client that registered itself; its id.
    [[nodiscard]] std::string register_client(const std::string& name,
                                              const std::string& redirect_uri) const {
        return replica_->sealed->seal({.name = name, .redirect_uris = {redirect_uri}}, kOrigin)
            .value();
    }

    [[nodiscard]] FormBrowser new_browser() const {
        return FormBrowser([this](const http::Request& request) { return replica_->send(request); },
                           std::string(kOrigin));
    }

    /// As signing in through the form, without the work of hashing.
    void sign_in(FormBrowser& browser,
                 const std::string& user_id,
                 const std::string& source = "local") {
        const auto cookie = sessions_.sign_in(browser.make("GET", "/"), source, user_id);
        ASSERT_TRUE(cookie);
        browser.take_cookie(*cookie);
    }

    [[nodiscard]] FormFields parameters(const std::string& client_id,
                                        const std::string& server = "todo") const {
        return {{"response_type", "code"},
                {"client_id", client_id},
                {"redirect_uri",
                 client_id == desktop_ ? "http://127.0.0.1:5000/callback" : std::string(kRedirect)},
                {"state", "xyz"},
                {"code_challenge", crypto::pkce_challenge(kVerifier)},
                {"code_challenge_method", "S256"},
                {"resource", std::string(kOrigin) + "/" + server + "/mcp"}};
    }

    static void set(FormFields& fields, const std::string& name, const std::string& value) {
        std::erase_if(fields, [&](const auto& field) { return field.first == name; });
        if (!value.empty()) {
            fields.emplace_back(name, value);
        }
    }

    Page authorize(FormBrowser& browser, const FormFields& fields) {
        return browser.get("/authorize?" + encode_form(fields));
    }

    Page allow(FormBrowser& browser, const Page& consent) {
        return browser.submit(
            "/consent", consent,
            {{"scope", "items:read"}, {"scope", "items:write"}, {"decision", "allow"}});
    }

    /// Comes back from the downstream server with the state of the redirect.
    Page come_back(FormBrowser& browser, const Page& redirect) {
        return browser.get("/connect/cal/callback?code=c&state=" + redirect.parameter("state"));
    }

    [[nodiscard]] oauth::AuthorizationCode stored_code(const Page& redirect) {
        return replica_->codes.find(crypto::token_digest(redirect.parameter("code"))).value().code;
    }

    storage::SqlConsentStore consents_;
    storage::SqlTransactionStore transactions_;
    storage::SqlSessionStore session_store_;
    storage::SqlSignInLegStore sign_in_legs_;
    identity::Sessions sessions_;
    storage::SqlSignInTokenStore sign_in_token_store_{*database_};
    identity::ProviderSignIn providers_;
    identity::SignInTokens sign_in_tokens_;
    identity::Users users_;
    oauth::PersonalTokenMaker token_maker_;
    storage::SqlPasswordResetStore reset_store_{*database_};
    identity::PasswordResets resets_{reset_store_, clock_};
    identity::SelfRegistration registration_{users_, clock_};
    storage::SqlConnectLinkStore link_store_{*database_};
    oauth::ConnectLinks links_{crypto::Sealer({Secret(std::string(32, 'k'))}, "connect-link"),
                               link_store_, clock_};
    FakeConnector connector_;
    std::string app_, desktop_;
};

}  // namespace gatehouse::test
