// SPDX-License-Identifier: Apache-2.0
#include "oauth/consent.h"

#include "oauth/consent_words.h"
#include "support/flow_fixture.h"

namespace gatehouse::oauth {
namespace {

using test::expect_protected;
using test::FormBrowser;
using test::kOrigin;
using test::Page;

class ConsentFlow : public test::FlowFixture {
  protected:
    ConsentFlow() { sign_in(alice_, "u1"); }

    Page consent(const std::string& client_id) { return authorize(alice_, parameters(client_id)); }

    FormBrowser alice_ = new_browser();
};

TEST_F(ConsentFlow, EndsInACodeThatTheTokenEndpointTakes) {  // D15, D22, D23, I23
    const Page page = consent(desktop_);
    expect_protected(page);
    const Page done = allow(alice_, page);
    expect_protected(done);
    ASSERT_EQ(done.status, 303);
    EXPECT_TRUE(done.location().starts_with("http://127.0.0.1:5000/callback?code="));
    EXPECT_EQ(done.parameter("state"), "xyz");
    EXPECT_EQ(done.parameter("iss"), kOrigin);
    EXPECT_EQ(done.parameter("code").size(), 43U);
    EXPECT_EQ(stored_code(done).expires_at, clock_.now() + std::chrono::seconds{60});
    const auto reply = post("/token", {{"grant_type", "authorization_code"},
                                       {"code", done.parameter("code")},
                                       {"code_verifier", std::string(test::kVerifier)},
                                       {"redirect_uri", "http://127.0.0.1:5000/callback"},
                                       {"client_id", desktop_}});
    EXPECT_EQ(reply.status, 200) << json::dump(reply.body);
    EXPECT_EQ(reply.text("scope"), "items:read items:write");
    EXPECT_TRUE(events_.has("consent.allowed"));
    EXPECT_TRUE(replica_->client_store.find(kOrigin, desktop_));
}

TEST_F(ConsentFlow, ShowsEverythingThatIsBeingAgreedTo) {  // C43
    const Page page = consent(app_);
    for (const std::string_view text :
         {"Notes App", "unverified", "app.example", "Todo", "alice", "Read items", "items:write",
          "name=\"scope\" value=\"items:read\" checked", "name=\"decision\" value=\"allow\"",
          "name=\"decision\" value=\"deny\""}) {
        EXPECT_TRUE(page.shows(text)) << text;
    }
    const Page known = consent("portal");
    EXPECT_FALSE(known.shows("unverified"));
    EXPECT_TRUE(consent(desktop_).shows("127.0.0.1:5000"));
}

TEST_F(ConsentFlow, LetsFormsEndAtTheRedirectTargetOnly) {  // D19
    const auto policy = [](const Page& page) {
        return std::string(page.headers.get("Content-Security-Policy").value_or(""));
    };
    EXPECT_TRUE(policy(consent(app_)).ends_with("form-action 'self' https://app.example"));
    EXPECT_TRUE(policy(consent(desktop_)).ends_with("form-action 'self' http://127.0.0.1:5000"));
    const std::string cursor = register_client("Cursor", "cursor://anysphere.mcp/callback");
    FormFields fields = parameters(cursor);
    set(fields, "redirect_uri", "cursor://anysphere.mcp/callback");
    EXPECT_TRUE(policy(authorize(alice_, fields)).ends_with("form-action 'self' cursor:"));
}

TEST_F(ConsentFlow, EscapesWhatOthersWrote) {  // I13
    const std::string evil =
        register_client("<script>alert(1)</script>\"'&", "https://app.example/cb");
    reload([](auto& catalog) { catalog.servers[0].title = "<b>Todo</b>"; });
    FormFields fields = parameters(evil);
    set(fields, "state", "<script>");
    set(fields, "login_hint", "\"><script>x</script>");
    FormBrowser anonymous = new_browser();
    for (Page page : {authorize(alice_, fields), authorize(anonymous, fields)}) {
        EXPECT_EQ(page.status, 200);
        EXPECT_FALSE(page.shows("<script"));
        EXPECT_FALSE(page.shows("<b>Todo"));
        EXPECT_TRUE(page.shows("&lt;b&gt;Todo"));
    }
    set(fields, "scope", "<script>");
    set(fields, "response_type", "<script>");
    EXPECT_FALSE(authorize(alice_, fields).shows("<script"));
}

TEST_F(ConsentFlow, DenyGoesBackAtOnce) {  // D04 and D26 as overridden
    const Page page = consent(app_);
    const Page done = alice_.submit("/consent", page, {{"decision", "deny"}});
    EXPECT_EQ(done.status, 303);
    EXPECT_EQ(done.parameter("error"), "access_denied");
    EXPECT_EQ(done.parameter("state"), "xyz");
    EXPECT_TRUE(events_.has("consent.denied"));
    EXPECT_EQ(allow(alice_, page).status, 403);
    EXPECT_FALSE(replica_->client_store.find(kOrigin, app_));
}

TEST_F(ConsentFlow, RefusesFormsThatAreNotItsOwn) {  // D18, I06, I07
    const Page page = consent(app_);
    const FormFields good = page.hidden();
    ASSERT_EQ(good.size(), 2U);
    const FormFields allow_fields{{"decision", "allow"}, {"scope", "items:read"}};
    for (const auto& [name, value] : good) {
        for (const std::string& other : {std::string(), std::string("wrong")}) {
            FormFields fields = good;
            set(fields, name, other);
            fields.insert(fields.end(), allow_fields.begin(), allow_fields.end());
            EXPECT_EQ(alice_.post("/consent", fields).status, 403) << name << '=' << other;
        }
    }
    const Page other_tab = consent(desktop_);
    FormFields swapped = good;
    set(swapped, other_tab.hidden()[0].first, other_tab.hidden()[0].second);
    swapped.insert(swapped.end(), allow_fields.begin(), allow_fields.end());
    EXPECT_EQ(alice_.post("/consent", swapped).status, 403);

    FormBrowser mallory = new_browser();
    sign_in(mallory, "u2");
    EXPECT_EQ(allow(mallory, page).status, 403);
    EXPECT_FALSE(events_.has("consent.allowed"));
    EXPECT_EQ(allow(alice_, page).status, 303);
}

TEST_F(ConsentFlow, IsOverAfterOneUseAndAfterTenMinutes) {  // D18, I07
    const Page page = consent(app_);
    ASSERT_EQ(allow(alice_, page).status, 303);
    const Page again = allow(alice_, page);
    EXPECT_EQ(again.status, 403);
    expect_protected(again);
    EXPECT_EQ(alice_.get("/authorize/" + page.hidden()[0].second).status, 403);
    const Page late = consent(desktop_);
    clock_.advance(std::chrono::minutes{10});
    EXPECT_EQ(allow(alice_, late).status, 403);
}

TEST_F(ConsentFlow, AFormOfOnePersonIsNotAnothers) {  // D18
    const Page page = consent(app_);
    sign_in(alice_, "u2");
    EXPECT_EQ(allow(alice_, page).status, 403);
}

TEST_F(ConsentFlow, TakesNothingButTheDecisionFromTheForm) {  // I08
    FormFields fields = parameters(app_);
    set(fields, "scope", "items:read");
    const Page page = authorize(alice_, fields);
    const Page done = alice_.submit("/consent", page,
                                    {{"decision", "allow"},
                                     {"scope", "items:read"},
                                     {"scope", "items:write"},
                                     {"redirect_uri", "https://evil.example/"},
                                     {"client_id", "portal"},
                                     {"state", "other"}});
    EXPECT_TRUE(done.location().starts_with("https://app.example/cb?"));
    EXPECT_EQ(done.parameter("state"), "xyz");
    EXPECT_EQ(stored_code(done).scopes, std::vector<std::string>{"items:read"});
    EXPECT_EQ(stored_code(done).client_id, app_);
}

TEST_F(ConsentFlow, GrantsOnlyWhatStaysTicked) {  // C43
    const Page page = consent(app_);
    const Page none = alice_.submit("/consent", page, {{"decision", "allow"}});
    EXPECT_EQ(none.status, 400);
    EXPECT_TRUE(none.shows("at least one"));
    const Page done =
        alice_.submit("/consent", none, {{"decision", "allow"}, {"scope", "items:write"}});
    EXPECT_EQ(stored_code(done).scopes, std::vector<std::string>{"items:write"});
}

TEST_F(ConsentFlow, TwoTabsDoNotDisturbEachOther) {  // D20
    const Page first = consent(app_);
    const Page second = consent(desktop_);
    EXPECT_TRUE(allow(alice_, first).location().starts_with("https://app.example/cb?code="));
    EXPECT_TRUE(allow(alice_, second).location().starts_with("http://127.0.0.1:5000/"));
}

TEST_F(ConsentFlow, RemembersWhatWasAllowed) {  // C41
    ASSERT_EQ(allow(alice_, consent(app_)).status, 303);
    const Page silent = consent(app_);
    EXPECT_EQ(silent.status, 303);
    EXPECT_NE(silent.parameter("code"), "(none)");
    FormFields fields = parameters(app_);
    set(fields, "prompt", "none");
    EXPECT_NE(authorize(alice_, fields).parameter("code"), "(none)");
    set(fields, "prompt", "consent");
    EXPECT_TRUE(authorize(alice_, fields).shows("decision"));
    FormBrowser bob = new_browser();
    sign_in(bob, "u2");
    EXPECT_TRUE(authorize(bob, parameters(app_)).shows("decision"));
}

TEST_F(ConsentFlow, AsksAgainForAnythingNew) {  // C42
    FormFields narrow = parameters(app_);
    set(narrow, "scope", "items:read");
    const Page first = authorize(alice_, narrow);
    ASSERT_EQ(
        alice_.submit("/consent", first, {{"decision", "allow"}, {"scope", "items:read"}}).status,
        303);
    EXPECT_EQ(authorize(alice_, narrow).status, 303);
    EXPECT_TRUE(consent(app_).shows("decision")) << "wider scopes";
    EXPECT_TRUE(consent(register_client("Notes App", "https://app.example/cb")).shows("decision"))
        << "another client";
    set(narrow, "prompt", "none");
    set(narrow, "scope", "items:write");
    EXPECT_EQ(authorize(alice_, narrow).parameter("error"), "consent_required");
}

TEST_F(ConsentFlow, AsksLoopbackAndPrivateSchemeClientsEveryTime) {  // C42
    ASSERT_EQ(allow(alice_, consent(desktop_)).status, 303);
    EXPECT_TRUE(consent(desktop_).shows("decision"));
}

TEST_F(ConsentFlow, LetsNobodyInWhoIsNotOnTheLists) {  // contract §3 access, §11
    const auto only = [this](const catalog::Access& access) {
        reload([&](auto& catalog) { catalog.servers[0].access = access; });
        return consent("portal");
    };
    EXPECT_EQ(only({.emails = {"bob@example.com"}}).parameter("error"), "access_denied");
    EXPECT_EQ(only({.domains = {"other.example"}}).parameter("error"), "access_denied");
    EXPECT_EQ(only({.groups = {"staff"}}).parameter("error"), "access_denied");
    EXPECT_TRUE(only({.emails = {"ALICE@example.com"}}).shows("decision"));
    EXPECT_TRUE(only({.domains = {"example.com"}}).shows("decision"));
    auto user = replica_->users.find("u1").value();
    user.email_verified = false;
    user.groups = {"staff"};
    ASSERT_TRUE(replica_->users.update(user));
    EXPECT_EQ(only({.emails = {"alice@example.com"}}).parameter("error"), "access_denied");
    EXPECT_TRUE(only({.groups = {"staff"}}).shows("decision"));
    reload([](auto& catalog) { catalog.servers[0].access = {.groups = {"others"}}; });
    EXPECT_TRUE(consent(app_).shows("rel=\"continue\""));
}

TEST_F(ConsentFlow, DisabledPeopleAreNotSignedIn) {
    ASSERT_TRUE(users_.disable("u1"));
    EXPECT_TRUE(consent(app_).shows("name=\"password\""));
}

TEST_F(ConsentFlow, StopsWhenTheClientIsBlockedMeanwhile) {
    const Page page = consent(app_);
    ASSERT_TRUE(replica_->client_store.remember(
        {.id = app_, .redirect_uris = {"https://app.example/cb"}}, kOrigin, clock_.now()));
    ASSERT_TRUE(replica_->client_store.set_state(kOrigin, app_, ClientState::kDisabled));
    const Page done = allow(alice_, page);
    EXPECT_EQ(done.status, 400);
    EXPECT_EQ(done.location(), "");
}

TEST_F(ConsentFlow, GrantsNothingThatCannotBeRecorded) {
    const Page page = consent(app_);
    events_.broken = true;
    EXPECT_EQ(allow(alice_, page).status, 503);
    events_.broken = false;
    EXPECT_EQ(allow(alice_, page).status, 303);
}

TEST_F(ConsentFlow, CookiesAreBoundToThisHost) {  // D20
    const Page page = consent(app_);
    const auto cookies = page.headers.get_all("Set-Cookie");
    ASSERT_EQ(cookies.size(), 1U);
    EXPECT_TRUE(cookies[0].starts_with("__Host-gatehouse-tx-"));
    for (const std::string_view part : {"; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"}) {
        EXPECT_NE(cookies[0].find(part), std::string_view::npos) << part;
    }
    EXPECT_EQ(cookies[0].find("Domain"), std::string_view::npos);
}

TEST(DescribeScope, SaysItInWords) {
    EXPECT_EQ(describe_scope("todos.read"), "Read todos");
    EXPECT_EQ(describe_scope("items:write"), "Change items");
    EXPECT_EQ(describe_scope("read_calendar"), "Read calendar");
    EXPECT_EQ(describe_scope("https://api.example/auth/mail.readonly"), "Read mail");
    EXPECT_EQ(describe_scope("email"), "See your e-mail address");
    EXPECT_EQ(describe_scope("admin"), "Administer your data");
    EXPECT_EQ(describe_scope("zebra"), "zebra");
    EXPECT_EQ(describe_scope(":"), ":");
}

}  // namespace
}  // namespace gatehouse::oauth
