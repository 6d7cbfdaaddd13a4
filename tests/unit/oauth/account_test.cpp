// SPDX-License-Identifier: Apache-2.0
#include "oauth/account.h"

#include "support/flow_fixture.h"

namespace gatehouse::oauth {
namespace {

using test::expect_protected;
using test::FormBrowser;
using test::kOrigin;
using test::Page;

class AccountPages : public test::FlowFixture {
  protected:
    AccountPages() {
        add("a1", "u1", "todo", "Notes <App>");
        add("a2", "u1", "vault", "Desk App");
        add("b1", "u2", "todo", "Bob's App");
        connector_.grants[{"u1", "vault"}] = {"items:read"};
        sign_in(alice_, "u1");
    }

    void add(const std::string& id,
             const std::string& user,
             const std::string& server,
             const std::string& name) {
        EXPECT_TRUE(
            replica_->connections.insert({.id = id,
                                          .user_id = user,
                                          .client_id = app_,
                                          .client_name = name,
                                          .origin = std::string(kOrigin),
                                          .server = server,
                                          .scopes = {"items:read"},
                                          .created_at = clock_.now(),
                                          .last_used_at = clock_.now(),
                                          .expires_at = clock_.now() + std::chrono::hours{1}},
                                         std::nullopt));
    }

    Page act(const std::string& action, const std::string& connection) {
        return alice_.submit("/account", alice_.get("/account"),
                             {{"action", action}, {"connection", connection}});
    }

    bool is_revoked(const std::string& id) {
        return replica_->connections.find(id).value().revoked_at.has_value();
    }

    FormBrowser alice_ = new_browser();
};

TEST_F(AccountPages, AreForSignedInPeople) {
    FormBrowser anonymous = new_browser();
    EXPECT_EQ(anonymous.get("/account").location(), "/sign-in");
    EXPECT_EQ(anonymous.post("/account", {{"action", "disconnect_all"}}).location(), "/sign-in");
}

TEST_F(AccountPages, ShowOwnConnectionsOnly) {
    const Page page = alice_.get("/account");
    expect_protected(page);
    EXPECT_TRUE(page.shows("Notes &lt;App&gt;"));
    EXPECT_TRUE(page.shows("Desk App"));
    EXPECT_TRUE(page.shows("auth.cal.example is connected."));
    EXPECT_TRUE(page.shows("auth.cal.example is connected to vault."));
    EXPECT_TRUE(page.shows("value=\"disconnect_all\""));
    EXPECT_FALSE(page.shows("Bob"));
}

TEST_F(AccountPages, EndOneConnection) {
    ASSERT_TRUE(consents_.remember({.user_id = "u1", .client_id = app_, .server = "todo"}));
    EXPECT_EQ(act("disconnect", "a1").location(), "/account?done=disconnect");
    EXPECT_TRUE(is_revoked("a1"));
    EXPECT_FALSE(is_revoked("a2"));
    EXPECT_TRUE(consents_.list("u1", app_).value().empty());
    EXPECT_TRUE(replica_->trust.live().get()->revoked_connections.contains("a1"));
    EXPECT_TRUE(events_.has("connection.revoked"));
    EXPECT_EQ(act("disconnect", "a1").status, 404);
}

TEST_F(AccountPages, CannotTouchOtherPeoplesConnections) {
    EXPECT_EQ(act("disconnect", "b1").status, 404);
    EXPECT_EQ(act("reconnect", "b1").status, 404);
    EXPECT_FALSE(is_revoked("b1"));
    EXPECT_EQ(act("frobnicate", "a1").status, 400);
}

TEST_F(AccountPages, EndEverything) {  // G23
    EXPECT_EQ(act("disconnect_all", "").status, 303);
    EXPECT_TRUE(is_revoked("a1"));
    EXPECT_TRUE(is_revoked("a2"));
    EXPECT_FALSE(is_revoked("b1"));
    EXPECT_EQ(connector_.disconnected, std::vector<std::string>{"u1/vault"});
    EXPECT_TRUE(alice_.get("/account?done=disconnect_all").shows("No app is connected"));
}

TEST_F(AccountPages, EndAnAccountAndWhatUsedIt) {  // G23
    const Page page = alice_.get("/account");
    EXPECT_TRUE(page.shows("name=\"account\" value=\"vault\""));
    const auto end = [&](const std::string& server) {
        return alice_.submit("/account", alice_.get("/account"),
                             {{"action", "disconnect"}, {"account", server}, {"connection", ""}});
    };
    EXPECT_EQ(end("todo").status, 404);
    EXPECT_EQ(end("nowhere").status, 404);
    EXPECT_EQ(end("vault").location(), "/account?done=account");
    EXPECT_TRUE(is_revoked("a2"));
    EXPECT_FALSE(is_revoked("a1"));
    EXPECT_EQ(connector_.disconnected, std::vector<std::string>{"u1/vault"});
}

TEST_F(AccountPages, EndTheAccountWithItsLastApp) {  // G23
    add("a3", "u1", "vault", "Other App");
    EXPECT_EQ(act("disconnect", "a2").status, 303);
    EXPECT_TRUE(connector_.disconnected.empty()) << "another app still uses it";
    EXPECT_EQ(act("disconnect", "a3").status, 303);
    EXPECT_EQ(connector_.disconnected, std::vector<std::string>{"u1/vault"});
}

TEST_F(AccountPages, SayWhoseAccountItIsAndWhenItEnds) {  // G38
    connector_.accounts[{"u1", "vault"}] = "alice@cal.example";
    connector_.ends_at = clock_.now() + std::chrono::hours{24};
    const Page page = alice_.get("/account");
    EXPECT_TRUE(page.shows("Your account alice@cal.example at auth.cal.example is connected"));
    EXPECT_TRUE(page.shows("has to be connected again then"));
}

TEST_F(AccountPages, ReconnectTheAccountBehindAServer) {
    connector_.grants.clear();
    EXPECT_TRUE(alice_.get("/account").shows("has to be connected again"));
    const Page away = act("reconnect", "a2");
    EXPECT_TRUE(away.location().starts_with("https://auth.cal.example/"));
    EXPECT_TRUE(come_back(alice_, away).shows("Connected"));
    EXPECT_TRUE(connector_.grants.contains({"u1", "vault"}));
    EXPECT_EQ(act("reconnect", "a1").status, 404);
}

TEST_F(AccountPages, RefuseForeignForms) {
    FormBrowser bob = new_browser();
    sign_in(bob, "u2");
    const Page page = bob.get("/account");
    EXPECT_EQ(alice_.submit("/account", page, {{"action", "disconnect_all"}}).status, 403);
    EXPECT_EQ(alice_.post("/account", {{"action", "disconnect_all"}}).status, 403);
    const Page sign_out = alice_.get("/sign-out");
    EXPECT_EQ(alice_.submit("/account", sign_out, {{"action", "disconnect_all"}}).status, 403);
    EXPECT_FALSE(is_revoked("a1"));
}

}  // namespace
}  // namespace gatehouse::oauth
