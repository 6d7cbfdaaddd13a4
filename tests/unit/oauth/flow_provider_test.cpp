// SPDX-License-Identifier: Apache-2.0
#include "support/fake_downstream.h"
#include "support/flow_fixture.h"

namespace gatehouse::oauth {
namespace {

using test::expect_protected;
using test::FormBrowser;
using test::kOrigin;
using test::Page;

constexpr const char* kSession = "__Host-gatehouse";

/// The server "todo" lets people of the provider "corp" in.
class ProviderFlow : public test::FlowFixture {
  protected:
    ProviderFlow() {
        reload([](catalog::Catalog& catalog) {
            catalog.oidc.push_back({.name = "corp",
                                    .issuer = "https://corp.example",
                                    .client_id = "gatehouse",
                                    .client_secret = Secret("s3cret"),
                                    .scopes = {"openid", "email"},
                                    .groups_claim = "groups"});
            catalog.servers[0].sign_in = "corp";
        });
    }

    void configure(const std::function<void(catalog::OidcProvider&)>& change) {
        reload([&](catalog::Catalog& catalog) { change(catalog.oidc[0]); });
    }

    /// Follows our own redirects; the last page or the redirect that leaves.
    Page follow(FormBrowser& browser, Page page) {
        while (page.status == 303 && page.location().starts_with('/')) {
            page = browser.get(page.location());
        }
        return page;
    }

    /// From a client's request to the door of the provider.
    Page leave(FormBrowser& browser, const FormFields& fields) {
        const Page page = follow(browser, authorize(browser, fields));
        EXPECT_TRUE(page.location().starts_with("https://corp.example/authorize?"))
            << page.status << page.body;
        return page;
    }

    Page leave(FormBrowser& browser) { return leave(browser, parameters("portal")); }

    static std::string callback(const FormFields& answer) {
        return "/sign-in/corp/callback?" + encode_form(answer);
    }

    /// The person signs in over there and comes back.
    Page come_back_from(FormBrowser& browser, const Page& left) {
        return browser.get(callback(corp_.approve(left.location())));
    }

    identity::User user() { return replica_->users.find_by_subject("corp", "alice").value(); }

    test::FakeDownstream corp_{replica_->http, clock_, "https://corp.example"};
    FormBrowser browser_ = new_browser();
};

TEST_F(ProviderFlow, LeadsFromTheClientToTheProviderToConsentToACode) {
    const Page left = leave(browser_);
    expect_protected(left);
    const Page back = come_back_from(browser_, left);
    EXPECT_EQ(back.status, 303);
    expect_protected(back);
    const Page consent = follow(browser_, back);
    EXPECT_TRUE(consent.shows("Alice (alice@example.com)"));
    const Page done = allow(browser_, consent);
    EXPECT_EQ(stored_code(done).user_id, user().id);
    EXPECT_EQ(user().groups, std::vector<std::string>{"staff"});
    EXPECT_TRUE(user().email_verified);
    EXPECT_TRUE(events_.has("sign_in"));
}

TEST_F(ProviderFlow, KeepsOnePersonPerSourceAndSubject) {
    follow(browser_, come_back_from(browser_, leave(browser_)));
    const std::string id = user().id;
    corp_.account["email"] = "alice.adler@example.com";
    FormBrowser other = new_browser();
    follow(other, come_back_from(other, leave(other)));
    EXPECT_EQ(user().id, id);
    EXPECT_EQ(user().email, "alice.adler@example.com");
}

TEST_F(ProviderFlow, GoesNowhereWhenThePersonIsSignedIn) {
    follow(browser_, come_back_from(browser_, leave(browser_)));
    EXPECT_TRUE(authorize(browser_, parameters("portal")).shows("name=\"decision\""));
}

TEST_F(ProviderFlow, RotatesTheSessionAtSignIn) {  // I25
    browser_.cookies[kSession] = "planted-by-somebody";
    come_back_from(browser_, leave(browser_));
    EXPECT_EQ(browser_.cookies[kSession].size(), 43U);
}

TEST_F(ProviderFlow, RefusesAnswersThatThisBrowserDidNotStart) {  // I02, I03
    const FormFields answer = corp_.approve(leave(browser_).location());
    FormBrowser victim = new_browser();
    const Page refused = victim.get(callback(answer));
    EXPECT_EQ(refused.status, 403);
    expect_protected(refused);
    EXPECT_FALSE(victim.cookies.contains(kSession));
    // Neither with a transaction of its own.
    leave(victim);
    EXPECT_EQ(victim.get(callback(answer)).status, 403);
    EXPECT_FALSE(victim.cookies.contains(kSession));
    EXPECT_EQ(browser_.get(callback(answer)).status, 303);
}

TEST_F(ProviderFlow, AnAnswerCountsOnce) {  // I04
    const FormFields answer = corp_.approve(leave(browser_).location());
    EXPECT_EQ(browser_.get(callback(answer)).status, 303);
    EXPECT_EQ(browser_.get(callback(answer)).status, 400);
}

TEST_F(ProviderFlow, RefusesWhatIsNoAnswer) {
    leave(browser_);
    for (const char* target :
         {"/sign-in/corp/callback", "/sign-in/corp/callback?state=unknown&code=c",
          "/sign-in/nobody/callback?state=x&code=c"}) {
        const Page page = browser_.get(target);
        EXPECT_EQ(page.status, 400) << target;
        expect_protected(page);
    }
    EXPECT_FALSE(browser_.cookies.contains(kSession));
}

TEST_F(ProviderFlow, SaysPolitelyThatTheProviderIsAway) {
    replica_->http.fail_with("https://corp.example/.well-known/oauth-authorization-server",
                             ErrorCode::kTimeout);
    const Page page = follow(browser_, authorize(browser_, parameters(app_)));
    EXPECT_EQ(page.status, 503);
    EXPECT_TRUE(page.headers.get("Retry-After"));
    EXPECT_TRUE(page.shows("corp.example"));
    EXPECT_TRUE(page.shows("Try again"));
    EXPECT_TRUE(page.shows("rel=\"continue\""));
    expect_protected(page);
    // A client of the operator hears of it at once (D03).
    FormBrowser other = new_browser();
    const Page told = follow(other, authorize(other, parameters("portal")));
    EXPECT_EQ(told.parameter("error"), "temporarily_unavailable");
    EXPECT_EQ(told.parameter("iss"), kOrigin);
}

TEST_F(ProviderFlow, ExplainsEveryRefusal) {
    configure([](auto& entry) { entry.allowed_domains = {"example.com"}; });
    const auto refused = [&](const json::Object& claims) {
        FormBrowser browser = new_browser();
        const Page left = leave(browser, parameters(app_));
        corp_.claims_extra = claims;
        const Page page = come_back_from(browser, left);
        expect_protected(page);
        EXPECT_FALSE(browser.cookies.contains(kSession));
        EXPECT_TRUE(page.shows("rel=\"continue\""));
        return page;
    };
    const Page domain = refused({{"email", "eve@evil.example"}});
    EXPECT_EQ(domain.status, 403);
    EXPECT_TRUE(domain.shows("an e-mail address at example.com"));
    EXPECT_TRUE(domain.shows("Use another account"));
    EXPECT_TRUE(refused({{"email_verified", false}}).shows("not verified"));
    const Page broken = refused({{"nonce", "another"}});
    EXPECT_EQ(broken.status, 502);
    EXPECT_TRUE(broken.shows("request r1"));
    EXPECT_TRUE(events_.has("sign_in.failed"));
    EXPECT_FALSE(replica_->users.find_by_subject("corp", "alice"));
}

TEST_F(ProviderFlow, TellsTheClientThatThePersonSaidNo) {
    const Page left = leave(browser_);
    const Page told = browser_.get(
        "/sign-in/corp/callback?error=access_denied&error_description="
        "%3Cscript%3E&iss=https%3A%2F%2Fcorp.example&state=" +
        left.parameter("state"));
    EXPECT_EQ(told.parameter("error"), "access_denied");
    EXPECT_EQ(told.parameter("state"), "xyz");
    EXPECT_EQ(told.parameter("error_description"), "the person did not sign in");
}

TEST_F(ProviderFlow, RefusesDisabledPeople) {
    follow(browser_, come_back_from(browser_, leave(browser_)));
    ASSERT_TRUE(users_.disable(user().id));
    FormBrowser other = new_browser();
    const Page page = come_back_from(other, leave(other, parameters(app_)));
    EXPECT_EQ(page.status, 403);
    EXPECT_TRUE(page.shows("disabled"));
    EXPECT_FALSE(other.cookies.contains(kSession));
    // A session from before does not count either.
    leave(browser_);
}

TEST_F(ProviderFlow, ADomainThatIsTakenOffTheListEndsItsSessions) {
    follow(browser_, come_back_from(browser_, leave(browser_)));
    configure([](auto& entry) { entry.allowed_domains = {"other.example"}; });
    leave(browser_);
}

TEST_F(ProviderFlow, SignsInAgainWhenTheClientWantsIt) {  // D16
    follow(browser_, come_back_from(browser_, leave(browser_)));
    clock_.advance(std::chrono::seconds{100});
    FormFields fields = parameters("portal");
    set(fields, "max_age", "60");
    set(fields, "acr_values", "phr");
    const Page left = leave(browser_, fields);
    EXPECT_EQ(left.parameter("max_age"), "60");
    EXPECT_EQ(left.parameter("acr_values"), "phr");
    clock_.advance(std::chrono::seconds{1});
    corp_.claims_extra = {{"auth_time", to_unix_seconds(clock_.now())}};
    EXPECT_TRUE(follow(browser_, come_back_from(browser_, left)).shows("name=\"decision\""));
    set(fields, "max_age", "");
    set(fields, "prompt", "login");
    clock_.advance(std::chrono::seconds{1});
    const Page again = leave(browser_, fields);
    EXPECT_EQ(again.parameter("prompt"), "login");
    clock_.advance(std::chrono::seconds{1});
    EXPECT_TRUE(follow(browser_, come_back_from(browser_, again)).shows("name=\"decision\""));
}

TEST_F(ProviderFlow, RefusesAnOldSignInWhereANewOneWasAsked) {  // D16
    for (const auto& [name, value] : {std::pair{"prompt", "login"}, std::pair{"max_age", "60"}}) {
        FormFields fields = parameters("portal");
        set(fields, name, value);
        FormBrowser browser = new_browser();
        const Page left = leave(browser, fields);
        clock_.advance(std::chrono::seconds{1});
        corp_.claims_extra = {{"auth_time", to_unix_seconds(clock_.now()) - 3600}};
        EXPECT_EQ(come_back_from(browser, left).parameter("error"), "login_required") << name;
        EXPECT_FALSE(browser.cookies.contains(kSession));
    }
    FormFields fields = parameters("portal");
    set(fields, "max_age", "60");
    corp_.claims_extra = {};
    const Page left = leave(browser_, fields);
    EXPECT_EQ(come_back_from(browser_, left).parameter("error"), "login_required");
}

TEST_F(ProviderFlow, AnOldProviderSessionIsGoodForAWeek) {
    corp_.claims_extra = {{"auth_time", to_unix_seconds(clock_.now()) - 90 * 86400}};
    EXPECT_TRUE(follow(browser_, come_back_from(browser_, leave(browser_))).shows("decision"));
    EXPECT_TRUE(authorize(browser_, parameters("portal")).shows("decision"));
}

TEST_F(ProviderFlow, NeverLeavesSilently) {  // D16: prompt=none
    FormFields fields = parameters("portal");
    set(fields, "prompt", "none");
    EXPECT_EQ(authorize(browser_, fields).parameter("error"), "login_required");
}

TEST_F(ProviderFlow, OffersEveryWayToThoseWhoComeForTheirAccount) {
    const Page page = browser_.get("/sign-in");
    EXPECT_TRUE(page.shows("name=\"password\""));
    EXPECT_TRUE(page.shows("name=\"method\" value=\"corp\""));
    EXPECT_TRUE(page.shows("href=\"/connect/cal\""));
    const std::string policy(page.headers.get("Content-Security-Policy").value_or(""));
    EXPECT_NE(policy.find("https://corp.example"), std::string::npos);
    const Page left = follow(browser_, browser_.submit("/sign-in", page, {{"method", "corp"}}));
    EXPECT_TRUE(left.location().starts_with("https://corp.example/authorize?"));
    const Page back = come_back_from(browser_, left);
    EXPECT_EQ(back.location(), "/account");
    EXPECT_TRUE(browser_.get("/account").shows("Alice"));
    EXPECT_TRUE(browser_.submit("/sign-in", browser_.get("/sign-in"), {{"method", "local"}})
                    .shows("name=\"password\""));
}

TEST_F(ProviderFlow, OnlyTheServersOwnProviderLetsIn) {
    reload([](catalog::Catalog& catalog) {
        catalog.oidc.push_back(
            {.name = "partner", .issuer = "https://partner.example", .client_id = "g"});
    });
    const Page left = leave(browser_);
    const auto url = test::field(
        test::query_of("https://x" + authorize(browser_, parameters("portal")).location()),
        "transaction");
    EXPECT_EQ(browser_.get("/sign-in/partner?transaction=" + url).status, 403);
    EXPECT_EQ(browser_.get("/sign-in/nobody?transaction=" + url).status, 404);
    EXPECT_EQ(browser_.get("/sign-in/corp?transaction=unknown").status, 403);
    EXPECT_EQ(new_browser().get("/sign-in/corp?transaction=" + url).status, 403);
    EXPECT_EQ(left.status, 303);
}

TEST_F(ProviderFlow, UsesAnotherAccountOnRequest) {
    const auto id = test::field(
        test::query_of("https://x" + authorize(browser_, parameters("portal")).location()),
        "transaction");
    EXPECT_EQ(
        browser_.get("/sign-in/corp?transaction=" + id + "&account=other").parameter("prompt"),
        "login");
}

TEST_F(ProviderFlow, SignsNobodyInUnrecorded) {
    const Page left = leave(browser_);
    events_.broken = true;
    EXPECT_EQ(come_back_from(browser_, left).status, 503);
    EXPECT_FALSE(browser_.cookies.contains(kSession));
}

TEST_F(ProviderFlow, FormsMayEndAtTheProvider) {  // D19
    const auto policy_of = [](const Page& page) {
        return std::string(page.headers.get("Content-Security-Policy").value_or(""));
    };
    const Page consent = follow(browser_, come_back_from(browser_, leave(browser_)));
    EXPECT_NE(policy_of(consent).find("https://corp.example"), std::string::npos);
    FormFields fields = parameters(app_);
    set(fields, "resource", "");
    const Page chooser = authorize(browser_, fields);
    EXPECT_TRUE(chooser.shows("name=\"server\""));
    EXPECT_NE(policy_of(chooser).find("https://corp.example"), std::string::npos);
}

TEST_F(ProviderFlow, ConnectPageSignsInThroughTheProviderFirst) {
    reload([](catalog::Catalog& catalog) { catalog.servers[1].sign_in = "corp"; });
    const Page left = follow(browser_, browser_.get("/connect/vault"));
    const Page back = come_back_from(browser_, left);
    EXPECT_EQ(back.location(), "/connect/vault");
    EXPECT_TRUE(browser_.get("/connect/vault").shows("You are signed in as Alice"));
}

TEST_F(ProviderFlow, SaysWhomToAskForAccess) {
    reload([](catalog::Catalog& catalog) { catalog.servers[0].access = {.groups = {"admins"}}; });
    const Page page = follow(browser_, come_back_from(browser_, leave(browser_, parameters(app_))));
    EXPECT_EQ(page.status, 403);
    EXPECT_TRUE(page.shows("You may not use Todo"));
    EXPECT_TRUE(page.shows("Alice (alice@example.com)"));
    EXPECT_TRUE(page.shows("Ask whoever runs this gateway for access"));
    EXPECT_TRUE(page.shows("error=access_denied"));
    EXPECT_TRUE(page.shows("rel=\"continue\""));
    expect_protected(page);
}

}  // namespace
}  // namespace gatehouse::oauth
