// SPDX-License-Identifier: Apache-2.0
#include "oauth/pasted_key.h"

#include "support/flow_fixture.h"

namespace gatehouse::oauth {
namespace {

using test::expect_protected;
using test::FormBrowser;
using test::kOrigin;
using test::Page;

/// "vault": local people with a key of their own.
class PastedKeyFlow : public test::FlowFixture {
  protected:
    PastedKeyFlow() {
        reload([](catalog::Catalog& catalog) {
            catalog.profiles.push_back({.name = "keys"});
            catalog.profiles.back().key = {
                .wanted = true, .label = "Vault key", .help_url = "https://vault.example/keys"};
            catalog.servers[1].profile = "keys";
        });
        sign_in(browser_, "u1");
    }

    Page key_page() { return allow(browser_, authorize(browser_, parameters(app_, "vault"))); }

    Page paste(const Page& page, const std::string& key) {
        return browser_.submit("/connect/vault/key", page, {{"key", key}});
    }

    FormBrowser browser_ = new_browser();
};

TEST_F(PastedKeyFlow, AsksForTheKeyAfterConsentAndGoesOn) {
    const Page page = key_page();
    expect_protected(page);
    EXPECT_EQ(page.status, 200);
    EXPECT_TRUE(page.shows("Vault key"));
    EXPECT_TRUE(page.shows("type=\"password\""));
    EXPECT_TRUE(page.shows("https://vault.example/keys"));
    const Page done = paste(page, " the-key ");
    EXPECT_EQ(stored_code(done).user_id, "u1");
    EXPECT_EQ(connector_.keys, std::vector<std::string>{"the-key"});
    EXPECT_TRUE(connector_.grants.contains({"u1", "vault"}));
    EXPECT_EQ(paste(page, "another").status, 403) << "the transaction is over";
}

TEST_F(PastedKeyFlow, AsksAgainForWhatIsNoKeyWithoutShowingIt) {
    const Page page = paste(key_page(), "not a-secret key");
    EXPECT_EQ(page.status, 400);
    EXPECT_TRUE(page.shows("does not look like a key"));
    EXPECT_FALSE(page.shows("a-secret"));
    EXPECT_TRUE(connector_.keys.empty());
    EXPECT_EQ(paste(page, "the-key").status, 303);
}

TEST_F(PastedKeyFlow, ReplacesTheKeyFromTheConnectPage) {
    const Page page = browser_.submit("/connect/vault", browser_.get("/connect/vault"), {});
    EXPECT_TRUE(page.shows("Vault key"));
    const Page done = paste(page, "the-key");
    EXPECT_EQ(done.status, 200);
    EXPECT_TRUE(done.shows("Connected"));
    EXPECT_TRUE(connector_.grants.contains({"u1", "vault"}));
}

TEST_F(PastedKeyFlow, TakesAKeyOnlyFromThePersonAndBrowserThatWasAsked) {
    const Page page = key_page();
    FormBrowser other = new_browser();
    sign_in(other, "u1");
    EXPECT_EQ(other.submit("/connect/vault/key", page, {{"key", "evil"}}).status, 403);
    sign_in(browser_, "u2");
    EXPECT_EQ(paste(page, "evil").status, 403);
    EXPECT_EQ(browser_.post("/connect/vault/key", {{"key", "evil"}}).status, 403);
    EXPECT_TRUE(connector_.keys.empty());
}

}  // namespace
}  // namespace gatehouse::oauth
