// SPDX-License-Identifier: Apache-2.0
#include "oauth/callback.h"

#include "support/flow_fixture.h"

namespace gatehouse::oauth {
namespace {

using test::expect_protected;
using test::FormBrowser;
using test::kOrigin;
using test::Page;

/// "cal": the downstream account is the person.
class DownstreamFlow : public test::FlowFixture {
  protected:
    Page consent(FormBrowser& browser, const std::string& client_id) {
        return authorize(browser, parameters(client_id, server_));
    }

    /// Up to the redirect to the downstream server.
    Page leave(FormBrowser& browser) { return allow(browser, consent(browser, app_)); }

    std::string server_ = "cal";
    FormBrowser browser_ = new_browser();
};

/// "vault": local people connect an account.
class ConnectedAccountFlow : public DownstreamFlow {
  protected:
    ConnectedAccountFlow() {
        server_ = "vault";
        sign_in(browser_, "u1");
    }
};

TEST_F(DownstreamFlow, AsksBeforeItGoesAnywhereAndNamesNobody) {  // C41, D24, I01, contract §11
    sign_in(browser_, "u1");
    const Page page = consent(browser_, app_);
    EXPECT_EQ(page.status, 200);
    EXPECT_TRUE(page.shows("decision"));
    EXPECT_FALSE(page.shows("alice"));
    EXPECT_TRUE(page.shows("auth.cal.example"));
    EXPECT_TRUE(connector_.legs.empty());
    for (const auto& [name, value] : browser_.cookies) {
        EXPECT_EQ(name.find("-leg-"), std::string::npos);
    }
}

TEST_F(DownstreamFlow, TurnsTheAccountIntoThePerson) {  // D25
    const Page away = leave(browser_);
    ASSERT_EQ(away.status, 303);
    EXPECT_TRUE(away.location().starts_with("https://auth.cal.example/authorize?"));
    EXPECT_TRUE(browser_.cookies.contains("__Host-gatehouse-leg-state1"));
    const Page done = come_back(browser_, away);
    expect_protected(done);
    ASSERT_EQ(done.status, 303) << done.body;
    EXPECT_FALSE(browser_.cookies.contains("__Host-gatehouse-leg-state1"));
    const auto code = stored_code(done);
    EXPECT_EQ(code.server, "cal");
    const auto user = users_.find(code.user_id).value();
    EXPECT_EQ(user.source, "profile:cal");
    EXPECT_EQ(user.subject, "sub-1");
    EXPECT_TRUE(connector_.grants.contains({user.id, "cal"}));
    EXPECT_TRUE(events_.has("grant.connected"));
    EXPECT_TRUE(events_.has("sign_in"));
}

TEST_F(DownstreamFlow, SkipsTheLegForAKnownPersonWithAGrant) {  // contract §11
    ASSERT_EQ(come_back(browser_, leave(browser_)).status, 303);
    const Page silent = consent(browser_, app_);
    EXPECT_EQ(silent.status, 303);
    EXPECT_NE(silent.parameter("code"), "(none)");
    EXPECT_EQ(connector_.legs.size(), 1U);
    clock_.advance(std::chrono::seconds{1});
    FormFields fields = parameters(app_, "cal");
    set(fields, "prompt", "login");
    EXPECT_TRUE(authorize(browser_, fields).shows("decision"));
    connector_.grants.clear();
    EXPECT_TRUE(consent(browser_, app_).shows("decision"));
    EXPECT_TRUE(consent(browser_, desktop_).shows("decision"));
    FormBrowser stranger = new_browser();
    EXPECT_TRUE(consent(stranger, app_).shows("decision"));
    set(fields, "prompt", "none");
    EXPECT_TRUE(authorize(stranger, fields).shows("login_required"));
}

TEST_F(DownstreamFlow, AsksForTheScopesThatWereTicked) {  // G09
    const Page page = consent(browser_, app_);
    browser_.submit("/consent", page, {{"decision", "allow"}, {"scope", "items:read"}});
    EXPECT_EQ(connector_.legs["state1"].request.scopes, std::vector<std::string>{"items:read"});
}

TEST_F(DownstreamFlow, RefusesCallbacksThatThisBrowserDidNotStart) {  // G03, I02, I03, I04
    const Page away = leave(browser_);
    FormBrowser victim = new_browser();
    EXPECT_EQ(come_back(victim, away).status, 400);
    EXPECT_EQ(connector_.completions, 0);
    victim.cookies["__Host-gatehouse-leg-state1"] = "guess";
    EXPECT_EQ(come_back(victim, away).status, 400);
    for (const std::string& query : {"", "?code=c", "?code=c&state=other", "?state=%zz"}) {
        EXPECT_EQ(browser_.get("/connect/cal/callback" + query).status, 400) << query;
    }
    EXPECT_EQ(browser_.get("/connect/other/callback?code=c&state=state1").status, 400);  // I20
}

TEST_F(DownstreamFlow, ACallbackCountsOnce) {  // I04
    const Page away = leave(browser_);
    const auto cookies = browser_.cookies;
    ASSERT_EQ(come_back(browser_, away).status, 303);
    browser_.cookies = cookies;
    EXPECT_EQ(come_back(browser_, away).status, 400);
    EXPECT_EQ(connector_.grants.size(), 1U);
}

TEST_F(DownstreamFlow, NeedsTheTransactionsCookieToo) {
    const Page away = leave(browser_);
    std::erase_if(browser_.cookies, [](const auto& cookie) {
        return cookie.first.find("-tx-") != std::string::npos;
    });
    EXPECT_EQ(come_back(browser_, away).status, 403);
    EXPECT_EQ(connector_.discarded, std::vector<std::string>{"state1"});
    EXPECT_TRUE(connector_.grants.empty());
}

TEST_F(DownstreamFlow, TellsTheClientHowTheLegFailed) {  // D25, D26
    for (const auto& [failure, error] :
         {std::pair{LegFailure::kDenied, "access_denied"},
          std::pair{LegFailure::kUnavailable, "temporarily_unavailable"},
          std::pair{LegFailure::kRejected, "server_error"}}) {
        connector_.failure = failure;
        const Page done = come_back(browser_, leave(browser_));
        EXPECT_EQ(done.status, 303);
        EXPECT_TRUE(done.location().starts_with("https://app.example/cb?"));
        EXPECT_EQ(done.parameter("error"), error);
        EXPECT_EQ(done.parameter("state"), "xyz");
        EXPECT_EQ(done.parameter("code"), "(none)");
    }
    EXPECT_TRUE(events_.has("grant.failed"));
    connector_.failure = LegFailure::kBadCallback;
    const Page page = come_back(browser_, leave(browser_));
    EXPECT_EQ(page.status, 400);
    expect_protected(page);
}

TEST_F(DownstreamFlow, TellsTheClientThatTheLegCannotStart) {  // D26
    connector_.begin_error = Error{.code = ErrorCode::kUnavailable};
    EXPECT_EQ(leave(browser_).parameter("error"), "temporarily_unavailable");
    connector_.begin_error = Error{.code = ErrorCode::kPeer};
    EXPECT_EQ(leave(browser_).parameter("error"), "server_error");
}

TEST_F(DownstreamFlow, LetsInOnlyWhoMay) {  // contract §3 access
    const auto denied = [this] {
        const Page done = come_back(browser_, leave(browser_));
        EXPECT_EQ(done.parameter("code"), "(none)");
        EXPECT_TRUE(connector_.grants.empty());
        EXPECT_FALSE(connector_.discarded.empty());
        return done.parameter("error");
    };
    reload([](auto& catalog) { catalog.servers[2].access = {.domains = {"other.example"}}; });
    EXPECT_EQ(denied(), "access_denied");
    reload([](auto& catalog) { catalog.servers[2].access = {.domains = {"example.com"}}; });
    connector_.identity->email_verified = false;
    EXPECT_EQ(denied(), "access_denied");
    reload([](auto& catalog) { catalog.servers[2].access = {}; });
    const auto user = replica_->users.find_by_subject("profile:cal", "sub-1").value();
    ASSERT_TRUE(users_.disable(user.id));
    EXPECT_EQ(denied(), "access_denied");
    connector_.identity.reset();
    EXPECT_EQ(denied(), "server_error");
}

TEST_F(DownstreamFlow, IssuesNothingWithoutAStoredGrant) {  // D25
    connector_.adopt_error = Error{.code = ErrorCode::kUnavailable};
    const Page done = come_back(browser_, leave(browser_));
    EXPECT_EQ(done.parameter("error"), "temporarily_unavailable");
    EXPECT_EQ(connector_.discarded.size(), 1U);
}

TEST_F(DownstreamFlow, StoresNothingThatCannotBeRecorded) {
    const Page away = leave(browser_);
    events_.broken = true;
    EXPECT_EQ(come_back(browser_, away).status, 503);
    EXPECT_TRUE(connector_.grants.empty());
    EXPECT_EQ(connector_.discarded.size(), 1U);
}

TEST_F(DownstreamFlow, RunsTheLegAgainOnReload) {
    const Page page = consent(browser_, app_);
    allow(browser_, page);
    const Page again = browser_.get("/authorize/" + page.hidden()[0].second);
    EXPECT_EQ(again.status, 303);
    EXPECT_NE(come_back(browser_, again).parameter("code"), "(none)");
}

TEST_F(ConnectedAccountFlow, ConnectsTheAccountAfterConsent) {  // D25
    const Page page = consent(browser_, app_);
    EXPECT_TRUE(page.shows("alice"));
    EXPECT_TRUE(connector_.legs.empty());
    const Page done = come_back(browser_, allow(browser_, page));
    EXPECT_EQ(stored_code(done).user_id, "u1");
    EXPECT_TRUE(connector_.grants.contains({"u1", "vault"}));
    const Page direct = allow(browser_, consent(browser_, desktop_));
    EXPECT_TRUE(direct.location().starts_with("http://127.0.0.1:5000/callback?code="));
}

TEST_F(ConnectedAccountFlow, LeavesForTheAccountOnlyAfterAClick) {  // D24
    ASSERT_EQ(come_back(browser_, leave(browser_)).status, 303);
    EXPECT_EQ(consent(browser_, app_).status, 303);
    connector_.grants.clear();
    EXPECT_TRUE(consent(browser_, app_).shows("decision"));
    EXPECT_EQ(connector_.legs.size(), 1U);
    FormFields fields = parameters(app_, "vault");
    set(fields, "prompt", "none");
    EXPECT_EQ(authorize(browser_, fields).parameter("error"), "interaction_required");
}

TEST_F(ConnectedAccountFlow, AsksForWhatOtherClientsMayDoToo) {  // G11
    ASSERT_TRUE(replica_->connections.insert({.id = "c1",
                                              .user_id = "u1",
                                              .client_id = desktop_,
                                              .origin = std::string(kOrigin),
                                              .server = "vault",
                                              .scopes = {"items:write", "offline_access"},
                                              .expires_at = clock_.now() + std::chrono::hours{1}},
                                             std::nullopt));
    const Page page = consent(browser_, app_);
    browser_.submit("/consent", page, {{"decision", "allow"}, {"scope", "items:read"}});
    EXPECT_EQ(connector_.legs["state1"].request.scopes,
              (std::vector<std::string>{"items:read", "items:write"}));
}

TEST_F(ConnectedAccountFlow, ChangesTheAccountOnlyWhenToldTo) {  // G13
    reload([](auto& catalog) { catalog.profiles[0].identity.same_user = catalog::SameUser::kOff; });
    const Page first = come_back(browser_, leave(browser_));
    ASSERT_NE(first.parameter("code"), "(none)");
    ASSERT_TRUE(replica_->connections.insert({.id = "c1",
                                              .user_id = "u1",
                                              .client_id = app_,
                                              .origin = std::string(kOrigin),
                                              .server = "vault",
                                              .scopes = {"items:read"},
                                              .expires_at = clock_.now() + std::chrono::hours{1}},
                                             {}));
    connector_.identity->email = "alice@private.example";
    const Page away = browser_.submit("/connect/vault", browser_.get("/connect/vault"), {});
    const Page asked = come_back(browser_, away);
    EXPECT_EQ(asked.status, 200);
    EXPECT_TRUE(asked.shows("alice@example.com"));
    EXPECT_TRUE(asked.shows("alice@private.example"));
    EXPECT_FALSE(asked.shows("is connected to"));
    EXPECT_TRUE(connector_.disconnected.empty());
    EXPECT_FALSE(replica_->connections.find("c1")->revoked_at);

    EXPECT_EQ(browser_.submit("/connect/vault/switch", asked, {{"pending", "another"}}).status,
              403);
    FormBrowser stranger = new_browser();
    sign_in(stranger, "u1");
    EXPECT_EQ(stranger.submit("/connect/vault/switch", asked, {}).status, 403);
    EXPECT_TRUE(connector_.disconnected.empty());

    const Page done = browser_.submit("/connect/vault/switch", asked, {});
    EXPECT_EQ(done.status, 200);
    EXPECT_TRUE(done.shows("Connected"));
    EXPECT_EQ(connector_.disconnected, std::vector<std::string>{"u1/vault"});
    EXPECT_TRUE(replica_->connections.find("c1")->revoked_at);
    EXPECT_EQ((connector_.accounts[{"u1", "vault"}]), "alice@private.example");
    EXPECT_EQ(browser_.submit("/connect/vault/switch", asked, {}).status, 403);
}

TEST_F(DownstreamFlow, AClientThatAsksForLessDoesNotNarrowTheGrantOfOthers) {  // G11
    const Page first = come_back(browser_, leave(browser_));
    const std::string user = stored_code(first).user_id;
    ASSERT_TRUE(
        replica_->connections.insert({.id = "c1",
                                      .user_id = user,
                                      .client_id = app_,
                                      .origin = std::string(kOrigin),
                                      .server = "cal",
                                      .scopes = {"items:read", "items:write", "offline_access"},
                                      .expires_at = clock_.now() + std::chrono::hours{1}},
                                     {}));
    FormBrowser elsewhere = new_browser();
    const Page page = consent(elsewhere, desktop_);
    const Page away =
        elsewhere.submit("/consent", page, {{"decision", "allow"}, {"scope", "items:read"}});
    EXPECT_EQ(connector_.legs["state2"].request.scopes, std::vector<std::string>{"items:read"});
    // Only now it is known who it is, and that other clients need more.
    const Page again = come_back(elsewhere, away);
    ASSERT_EQ(again.status, 303);
    EXPECT_TRUE(again.location().starts_with("https://auth.cal.example/authorize?"));
    EXPECT_EQ(connector_.legs["state3"].request.scopes,
              (std::vector<std::string>{"items:read", "items:write"}));
    const Page done = come_back(elsewhere, again);
    EXPECT_EQ(stored_code(done).scopes, std::vector<std::string>{"items:read"});
    EXPECT_EQ((connector_.grants[{user, "cal"}]),
              (std::vector<std::string>{"items:read", "items:write"}));
    EXPECT_EQ(connector_.legs.size(), 3U);
}

TEST_F(ConnectedAccountFlow, RefusesAnotherPersonsAccount) {  // G12, I26
    const auto refused = [this] {
        connector_.discarded.clear();
        const Page page = come_back(browser_, leave(browser_));
        EXPECT_EQ(connector_.discarded.size(), 1U);
        EXPECT_TRUE(connector_.grants.empty());
        return page;
    };
    connector_.identity->email = "bob@<i>example.com";
    const Page page = refused();
    EXPECT_EQ(page.status, 403);
    EXPECT_TRUE(page.shows("alice"));
    EXPECT_TRUE(page.shows("bob@&lt;i&gt;example.com"));
    EXPECT_TRUE(page.shows("href=\"/authorize/"));
    connector_.identity->email = "alice@example.com";
    connector_.identity->email_verified = false;
    EXPECT_EQ(refused().status, 403);
    reload([](auto& catalog) {
        catalog.profiles[0].identity.same_user = catalog::SameUser::kSubject;
    });
    EXPECT_EQ(refused().status, 403);
    connector_.identity->subject = "alice";
    EXPECT_NE(come_back(browser_, leave(browser_)).parameter("code"), "(none)");
}

TEST_F(ConnectedAccountFlow, FailsClosedWithoutAnIdentityToCompare) {  // G12
    connector_.identity.reset();
    EXPECT_EQ(come_back(browser_, leave(browser_)).parameter("error"), "server_error");
    reload([](auto& catalog) { catalog.profiles[0].identity.same_user = catalog::SameUser::kOff; });
    EXPECT_NE(come_back(browser_, leave(browser_)).parameter("code"), "(none)");  // G14
}

TEST_F(ConnectedAccountFlow, RefusesWhenSomebodyElseSignedInMeanwhile) {  // G03
    const Page away = leave(browser_);
    sign_in(browser_, "u2");
    EXPECT_EQ(come_back(browser_, away).status, 403);
    EXPECT_TRUE(connector_.grants.empty());
    EXPECT_EQ(connector_.discarded.size(), 1U);
}

TEST_F(ConnectedAccountFlow, ConnectPageConnectsByAClick) {  // contract §4, D19, D24
    const Page page = browser_.get("/connect/vault");
    expect_protected(page);
    EXPECT_TRUE(page.shows("alice"));
    EXPECT_TRUE(connector_.legs.empty());
    EXPECT_EQ(browser_.post("/connect/vault", {}).status, 403);
    EXPECT_EQ(browser_.submit("/connect/cal", page, {}).status, 403);
    const Page away = browser_.submit("/connect/vault", page, {});
    ASSERT_EQ(away.status, 303);
    EXPECT_EQ(browser_.submit("/connect/vault", page, {}).status, 403);
    const Page done = come_back(browser_, away);
    EXPECT_EQ(done.status, 200);
    EXPECT_TRUE(done.shows("Connected"));
    EXPECT_TRUE(connector_.grants.contains({"u1", "vault"}));
}

TEST_F(ConnectedAccountFlow, ConnectPageAsksWhoItIsFirst) {  // G36, I28
    FormBrowser anonymous = new_browser();
    EXPECT_TRUE(anonymous.get("/connect/vault").shows("name=\"password\""));
    EXPECT_EQ(anonymous.get("/connect/vault?e=unknown").status, 403);
    EXPECT_EQ(anonymous.get("/connect/todo").status, 404);
    EXPECT_EQ(anonymous.get("/connect/nope").status, 404);
    reload([](auto& catalog) { catalog.servers[1].access = {.groups = {"staff"}}; });
    EXPECT_EQ(browser_.get("/connect/vault").status, 403);
}

TEST_F(ConnectedAccountFlow, ConnectFailuresEndOnAPage) {
    connector_.failure = LegFailure::kDenied;
    const Page away = browser_.submit("/connect/vault", browser_.get("/connect/vault"), {});
    const Page done = come_back(browser_, away);
    EXPECT_EQ(done.status, 400);
    EXPECT_TRUE(done.shows("not connected"));
    EXPECT_EQ(done.location(), "");
}

TEST_F(DownstreamFlow, ConnectPageSignsInThroughTheAccount) {
    const Page page = browser_.get("/connect/cal");
    const Page done = come_back(browser_, browser_.submit("/connect/cal", page, {}));
    EXPECT_TRUE(done.shows("Connected"));
    EXPECT_TRUE(browser_.get("/account").shows("Alice"));
    const Page again = browser_.get("/connect/cal");
    connector_.identity->subject = "sub-2";  // I27
    EXPECT_EQ(come_back(browser_, browser_.submit("/connect/cal", again, {})).status, 403);
    EXPECT_EQ(connector_.grants.size(), 1U);
}

}  // namespace
}  // namespace gatehouse::oauth
