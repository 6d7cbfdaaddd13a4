// SPDX-License-Identifier: Apache-2.0
#include "oauth/connect_link.h"

#include "support/flow_fixture.h"

namespace gatehouse::oauth {
namespace {

using test::FormBrowser;
using test::kOrigin;
using test::Page;

/// "vault": local people connect an account. "cal": the account is the person.
class ConnectLinkFlow : public test::FlowFixture {
  protected:
    /// Path and query of a link.
    std::string link(const std::string& user_id, const std::string& server = "vault") {
        const std::string url = links_.make(user_id, *catalog_.get()->find_server(server));
        EXPECT_TRUE(url.starts_with(std::string(kOrigin) + "/connect/" + server + "?e="));
        return url.substr(kOrigin.size());
    }

    Page press(FormBrowser& browser, const Page& page, const std::string& server = "vault") {
        return browser.submit("/connect/" + server, page, {});
    }

    FormBrowser browser_ = new_browser();
};

TEST_F(ConnectLinkFlow, NamesNobodyAndIsSealed) {  // G36
    const std::string one = link("u1");
    EXPECT_FALSE(one.contains("u1"));
    EXPECT_NE(one, link("u1"));
    const std::string id = one.substr(one.find('=') + 1);
    ASSERT_TRUE(links_.open(id, "vault"));
    EXPECT_EQ(links_.open(id, "vault")->user_id, "u1");
    EXPECT_FALSE(links_.open(id, "cal"));
    EXPECT_FALSE(links_.open("", "vault"));
    auto altered = id;
    altered[30] = altered[30] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(links_.open(altered, "vault"));
    clock_.advance(ConnectLinks::kLife);
    EXPECT_FALSE(links_.open(id, "vault"));
}

TEST_F(ConnectLinkFlow, LeadsItsPersonToTheAccountOnce) {  // G36
    sign_in(browser_, "u1");
    const std::string path = link("u1");
    const Page page = browser_.get(path);
    ASSERT_EQ(page.status, 200) << page.body;
    // Looking at it does not use it up: programs look at links, too.
    ASSERT_EQ(browser_.get(path).status, 200);
    const Page away = press(browser_, page);
    ASSERT_EQ(away.status, 303) << away.body;
    EXPECT_EQ(come_back(browser_, away).status, 200);
    EXPECT_TRUE(connector_.grants.contains({"u1", "vault"}));
    EXPECT_EQ(browser_.get(path).status, 403);
}

TEST_F(ConnectLinkFlow, ASecondPageOfTheSameLinkLeadsNowhere) {  // G36
    sign_in(browser_, "u1");
    const std::string path = link("u1");
    const Page one = browser_.get(path);
    const Page two = browser_.get(path);
    ASSERT_EQ(press(browser_, one).status, 303);
    EXPECT_EQ(press(browser_, two).status, 403);
    EXPECT_EQ(connector_.legs.size(), 1U);
}

TEST_F(ConnectLinkFlow, RefusesAnotherPersonBeforeAnyRedirect) {  // G36
    const std::string path = link("u1");
    sign_in(browser_, "u2");
    const Page page = browser_.get(path);
    EXPECT_EQ(page.status, 403);
    EXPECT_FALSE(page.shows("alice"));
    EXPECT_TRUE(connector_.legs.empty());
    FormBrowser alice = new_browser();
    sign_in(alice, "u1");
    EXPECT_EQ(press(alice, alice.get(path)).status, 303) << "alice's link still works";
}

TEST_F(ConnectLinkFlow, RefusesAnotherPersonWhoSignsInForIt) {  // G36
    const std::string path = link("u1");
    const Page form = browser_.get(path);
    ASSERT_TRUE(form.shows("password"));
    const Page signed_in = browser_.submit(
        "/sign-in", form, {{"username", "bob"}, {"password", std::string(test::kPassword)}});
    ASSERT_EQ(signed_in.status, 303) << signed_in.body;
    EXPECT_EQ(browser_.get(signed_in.location()).status, 403);
    EXPECT_TRUE(connector_.legs.empty());
}

TEST_F(ConnectLinkFlow, GoesOnAfterItsPersonSignedIn) {  // G36
    const Page form = browser_.get(link("u1"));
    const Page signed_in = browser_.submit(
        "/sign-in", form, {{"username", "alice"}, {"password", std::string(test::kPassword)}});
    const Page page = browser_.get(signed_in.location());
    ASSERT_EQ(page.status, 200);
    EXPECT_EQ(come_back(browser_, press(browser_, page)).status, 200);
    EXPECT_TRUE(connector_.grants.contains({"u1", "vault"}));
}

TEST_F(ConnectLinkFlow, WhereTheAccountIsTheSignInItMustBeTheSameAccount) {  // G36
    const auto alice = users_.upsert_external(
        {.source = "profile:cal", .subject = "sub-1", .email = "alice@example.com"});
    ASSERT_TRUE(alice);
    const std::string path = link(alice->id, "cal");
    connector_.identity->subject = "sub-of-bob";
    const Page away = press(browser_, browser_.get(path), "cal");
    ASSERT_EQ(away.status, 303) << away.body;
    const Page refused = come_back(browser_, away);
    EXPECT_EQ(refused.status, 403);
    EXPECT_FALSE(refused.shows("alice"));
    EXPECT_TRUE(connector_.grants.empty());
    EXPECT_EQ(connector_.discarded.size(), 1U);

    connector_.identity->subject = "sub-1";
    FormBrowser own = new_browser();
    const Page again = press(own, own.get(link(alice->id, "cal")), "cal");
    EXPECT_EQ(come_back(own, again).status, 200);
    EXPECT_TRUE(connector_.grants.contains({alice->id, "cal"}));
}

TEST_F(ConnectLinkFlow, ALinkOfAnotherServerOrMadeUpIsOver) {  // G36
    sign_in(browser_, "u1");
    const std::string other = link("u1", "cal");
    EXPECT_EQ(browser_.get("/connect/vault" + other.substr(other.find('?'))).status, 403);
    EXPECT_EQ(browser_.get("/connect/vault?e=made-up").status, 403);
    EXPECT_TRUE(connector_.legs.empty());
}

}  // namespace
}  // namespace gatehouse::oauth
