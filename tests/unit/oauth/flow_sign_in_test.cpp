// SPDX-License-Identifier: Apache-2.0
#include "oauth/flow_sign_in.h"

#include "support/flow_fixture.h"

namespace gatehouse::oauth {
namespace {

using test::expect_protected;
using test::FormBrowser;
using test::kPassword;
using test::Page;

constexpr const char* kSession = "__Host-gatehouse";

class SignInPages : public test::FlowFixture {
  protected:
    Page submit(const Page& page, const std::string& name, const std::string& password) {
        return browser_.submit("/sign-in", page, {{"username", name}, {"password", password}});
    }

    FormBrowser browser_ = new_browser();
};

TEST_F(SignInPages, LeadsBackToTheAuthorization) {
    const Page page = authorize(browser_, parameters("portal"));
    const Page done = submit(page, "Alice@example.com", std::string(kPassword));
    ASSERT_EQ(done.status, 303);
    EXPECT_EQ(done.location(), "/authorize/" + page.hidden()[0].second);
    expect_protected(done);
    EXPECT_TRUE(browser_.get(done.location()).shows("decision"));
    EXPECT_TRUE(events_.has("sign_in"));
}

TEST_F(SignInPages, SaysThatItWasWrongAndKeepsTheName) {
    const Page page = authorize(browser_, parameters("portal"));
    for (const auto& [name, password] :
         {std::pair{"alice", "wrong"}, std::pair{"nobody", "correct horse"}, std::pair{"", ""}}) {
        const Page again = submit(page, name, password);
        EXPECT_EQ(again.status, 401);
        EXPECT_TRUE(again.shows("is not right"));
        expect_protected(again);
    }
    EXPECT_TRUE(submit(page, "\"><script>", "x").shows("&lt;script&gt;"));
    EXPECT_FALSE(browser_.cookies.contains(kSession));
    EXPECT_TRUE(events_.has("sign_in.failed"));
    EXPECT_EQ(submit(page, "alice", std::string(kPassword)).status, 303);
}

TEST_F(SignInPages, MakesGuessersWait) {  // I61
    const Page page = browser_.get("/sign-in");
    Page last;
    for (int i = 0; i < 7; ++i) {
        last = submit(page, "alice", "wrong");
    }
    EXPECT_EQ(last.status, 429);
    EXPECT_TRUE(last.headers.get("Retry-After"));
    browser_.client_ip = "198.51.100.9";
    EXPECT_EQ(submit(page, "alice", std::string(kPassword)).status, 303);
}

TEST_F(SignInPages, RefusesDisabledPeople) {
    ASSERT_TRUE(users_.disable("u1"));
    EXPECT_EQ(submit(browser_.get("/sign-in"), "alice", std::string(kPassword)).status, 403);
}

TEST_F(SignInPages, RotatesTheSessionAtEverySignIn) {  // I25
    browser_.cookies[kSession] = "planted-by-somebody";
    submit(browser_.get("/sign-in"), "alice", std::string(kPassword));
    const std::string first = browser_.cookies[kSession];
    EXPECT_EQ(first.size(), 43U);
    submit(browser_.get("/sign-in"), "alice", std::string(kPassword));
    EXPECT_NE(browser_.cookies[kSession], first);
    browser_.cookies[kSession] = first;
    EXPECT_EQ(browser_.get("/account").location(), "/sign-in");
}

TEST_F(SignInPages, RefusesForeignForms) {  // login CSRF
    const Page page = browser_.get("/sign-in");
    FormBrowser other = new_browser();
    const Page refused = other.submit(
        "/sign-in", page, {{"username", "alice"}, {"password", std::string(kPassword)}});
    EXPECT_EQ(refused.status, 403);
    EXPECT_FALSE(other.cookies.contains(kSession));
    FormFields fields = page.hidden();
    set(fields, fields[1].first, "wrong");
    fields.emplace_back("username", "alice");
    EXPECT_EQ(browser_.post("/sign-in", fields).status, 403);
    const Page consent_form = [&] {
        FormBrowser alice = new_browser();
        sign_in(alice, "u1");
        browser_.cookies = alice.cookies;
        return authorize(browser_, parameters("portal"));
    }();
    EXPECT_EQ(submit(consent_form, "alice", std::string(kPassword)).status, 403);
}

TEST_F(SignInPages, SignsNobodyInUnrecorded) {
    const Page page = browser_.get("/sign-in");
    events_.broken = true;
    EXPECT_EQ(submit(page, "alice", std::string(kPassword)).status, 503);
    EXPECT_FALSE(browser_.cookies.contains(kSession));
}

TEST_F(SignInPages, SignsOutByAPostOnly) {
    sign_in(browser_, "u1");
    const Page page = browser_.get("/sign-out");
    expect_protected(page);
    EXPECT_EQ(browser_.post("/sign-out", {}).status, 403);
    EXPECT_EQ(browser_.get("/account").status, 200);
    EXPECT_EQ(browser_.submit("/sign-out", page, {}).status, 303);
    EXPECT_FALSE(browser_.cookies.contains(kSession));
    EXPECT_TRUE(browser_.get("/sign-out").shows("Nobody is signed in"));
    EXPECT_TRUE(events_.has("sign_out"));
}

TEST_F(SignInPages, OffersAccountsWhereThereAreNoPasswords) {
    reload([](auto& catalog) { catalog.local_sign_in = false; });
    const Page page = browser_.get("/sign-in");
    EXPECT_TRUE(page.shows("href=\"/connect/cal\""));
    EXPECT_FALSE(page.shows("password"));
}

TEST_F(SignInPages, OnlyTheServersOwnSourceCounts) {  // contract §11
    sign_in(browser_, "u1");
    const auto cal = users_.upsert_external({.source = "profile:cal", .subject = "x"}).value();
    FormBrowser other = new_browser();
    sign_in(other, cal.id, "profile:cal");
    EXPECT_TRUE(authorize(other, parameters("portal")).shows("name=\"password\""));
    sign_in(other, "u1");
    EXPECT_TRUE(authorize(other, parameters("portal")).shows("decision"));
    EXPECT_TRUE(other.get("/account").shows("alice"));
}

}  // namespace
}  // namespace gatehouse::oauth
