// SPDX-License-Identifier: Apache-2.0
#include "oauth/account_sessions.h"
#include "support/flow_fixture.h"

namespace gatehouse::oauth {
namespace {

using test::expect_protected;
using test::FormBrowser;
using test::kPassword;
using test::Page;

constexpr const char* kSession = "__Host-gatehouse";
constexpr const char* kNew = "a new pass phrase";

/// What people do about their own sign-in: sessions, passwords, accounts of their own making.
class AccountPeople : public test::FlowFixture {
  protected:
    AccountPeople() { sign_in(browser_, "u1"); }

    Page act(FormBrowser& browser, const FormFields& fields) {
        return browser.submit("/account", browser.get("/account"), fields);
    }

    Page change(const FormFields& fields) {
        return browser_.submit("/account/password", browser_.get("/account/password"), fields);
    }

    bool is_signed_in(FormBrowser& browser) { return browser.get("/account").status == 200; }

    bool signs_in_with(std::string_view password) {
        FormBrowser browser = new_browser();
        return browser
                   .submit("/sign-in", browser.get("/sign-in"),
                           {{"username", "alice"}, {"password", std::string(password)}})
                   .status == 303;
    }

    std::string reset_link(const std::string& user_id = "u1") {
        return "/sign-in/reset?token=" + std::string(resets_.make(user_id).value().token.reveal());
    }

    FormBrowser browser_ = new_browser();
};

/// The id of the only session on the page that has a button of its own.
std::string other_session(const Page& page) {
    const std::string before = "name=\"session\" value=\"";
    const auto at = page.body.find(before);
    return at == std::string::npos ? "" : page.body.substr(at + before.size(), 16);
}

TEST_F(AccountPeople, ListsTheBrowsersOfAPersonAndEndsOne) {
    FormBrowser phone = new_browser();
    sign_in(phone, "u1");
    FormBrowser bobs = new_browser();
    sign_in(bobs, "u2");
    const Page page = browser_.get("/account");
    EXPECT_TRUE(page.shows("this browser"));
    const std::string id = other_session(page);
    ASSERT_EQ(id.size(), 16U);
    expect_protected(page);
    const Page done =
        browser_.submit("/account", page, {{"session", id}, {"action", "end_session"}});
    EXPECT_EQ(done.location(), "/account?done=end_session");
    EXPECT_FALSE(is_signed_in(phone));
    EXPECT_TRUE(is_signed_in(browser_));
    EXPECT_TRUE(is_signed_in(bobs));
    EXPECT_TRUE(events_.has("session.ended"));
    EXPECT_EQ(act(browser_, {{"session", id}, {"action", "end_session"}}).status, 404);
}

TEST_F(AccountPeople, EndsNoSessionOfSomebodyElse) {
    FormBrowser bobs = new_browser();
    sign_in(bobs, "u2");
    const auto id = sessions_.list("u2").value().front().id;
    EXPECT_EQ(act(browser_, {{"session", id}, {"action", "end_session"}}).status, 404);
    EXPECT_TRUE(is_signed_in(bobs));
}

TEST_F(AccountPeople, EndsAllOtherBrowsersOrEveryOne) {
    FormBrowser one = new_browser(), two = new_browser();
    sign_in(one, "u1");
    sign_in(two, "u1");
    EXPECT_EQ(act(browser_, {{"action", "end_other_sessions"}}).status, 303);
    EXPECT_FALSE(is_signed_in(one));
    EXPECT_FALSE(is_signed_in(two));
    EXPECT_TRUE(is_signed_in(browser_));
    sign_in(one, "u1");
    const Page done = act(browser_, {{"action", "end_all_sessions"}});
    EXPECT_EQ(done.location(), "/sign-out");
    EXPECT_FALSE(browser_.cookies.contains(kSession));
    EXPECT_FALSE(is_signed_in(one));
}

TEST_F(AccountPeople, LeavesOtherPeopleOfASharedBrowserSignedIn) {
    const auto cal = users_.upsert_external({.source = "profile:cal", .subject = "x"}).value();
    FormBrowser shared = new_browser();
    sign_in(shared, cal.id, "profile:cal");
    sign_in(shared, "u1");
    const auto id = other_session(browser_.get("/account"));
    EXPECT_EQ(act(browser_, {{"session", id}, {"action", "end_session"}}).status, 303);
    const auto visitor = sessions_.find(shared.make("GET", "/")).value();
    ASSERT_TRUE(visitor);
    EXPECT_EQ(visitor->find("local"), nullptr);
    EXPECT_NE(visitor->find("profile:cal"), nullptr);
}

TEST_F(AccountPeople, TellsBrowsersApart) {
    EXPECT_EQ(describe_browser("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 "
                               "Firefox/140.0"),
              "Firefox on Linux");
    EXPECT_EQ(describe_browser("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) "
                               "AppleWebKit/605 Version/19.0 Mobile/15E Safari/604.1"),
              "Safari on iPhone");
    EXPECT_EQ(describe_browser("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
                               "Chrome/140.0 Safari/537.36 Edg/140.0"),
              "Edge on Windows");
    EXPECT_EQ(describe_browser("curl/8.1"), "curl/8.1");
    EXPECT_EQ(describe_browser("\x01"), "A browser that does not say which");
}

TEST_F(AccountPeople, ChangesThePasswordAndEndsTheOtherSessions) {
    FormBrowser other = new_browser();
    sign_in(other, "u1");
    const std::string before = browser_.cookies[kSession];
    const Page page = browser_.get("/account/password");
    expect_protected(page);
    const Page done = change({{"current_password", std::string(kPassword)},
                              {"new_password", kNew},
                              {"new_password_again", kNew}});
    EXPECT_EQ(done.location(), "/account?done=password");
    EXPECT_NE(browser_.cookies[kSession], before);
    EXPECT_TRUE(browser_.get(done.location()).shows("Your password is changed"));
    EXPECT_FALSE(is_signed_in(other));
    EXPECT_TRUE(signs_in_with(kNew));
    EXPECT_FALSE(signs_in_with(kPassword));
    EXPECT_TRUE(events_.has("password.changed"));
}

TEST_F(AccountPeople, KeepsThePasswordWhenAnythingIsWrong) {
    const FormFields good{{"current_password", std::string(kPassword)}, {"new_password", kNew}};
    for (const auto& [name, value, status] :
         {std::tuple{"current_password", "wrong", 403}, std::tuple{"current_password", "", 403},
          std::tuple{"new_password", "short", 400}, std::tuple{"new_password", "", 400},
          std::tuple{"new_password_again", "something else", 400}}) {
        FormFields fields = good;
        set(fields, name, value);
        EXPECT_EQ(change(fields).status, status) << name << ' ' << value;
    }
    EXPECT_EQ(browser_.post("/account/password", good).status, 403);
    events_.broken = true;
    EXPECT_EQ(change(good).status, 503);
    events_.broken = false;
    EXPECT_TRUE(signs_in_with(kPassword));
    EXPECT_FALSE(events_.has("password.changed"));
}

TEST_F(AccountPeople, MakesGuessersOfTheCurrentPasswordWait) {  // I61
    Page last;
    for (int i = 0; i < 7; ++i) {
        last = change({{"current_password", "wrong"}, {"new_password", kNew}});
    }
    EXPECT_EQ(last.status, 429);
}

TEST_F(AccountPeople, HasNoPasswordForPeopleOfOtherPlaces) {
    const auto cal = users_.upsert_external({.source = "profile:cal", .subject = "x"}).value();
    FormBrowser other = new_browser();
    sign_in(other, cal.id, "profile:cal");
    EXPECT_FALSE(other.get("/account").shows("/account/password"));
    EXPECT_EQ(other.get("/account/password").status, 404);
    EXPECT_EQ(new_browser().get("/account/password").location(), "/sign-in");
}

TEST_F(AccountPeople, AResetLinkSetsAPasswordOnce) {
    const std::string link = reset_link();
    FormBrowser stranger = new_browser();
    const Page page = stranger.get(link);
    EXPECT_EQ(page.status, 200);
    EXPECT_FALSE(page.shows("alice"));
    expect_protected(page);
    // Looking uses nothing up, nor does a password that will not do.
    EXPECT_EQ(stranger.submit("/sign-in/reset", page, {{"new_password", "short"}}).status, 400);
    const Page done = stranger.submit("/sign-in/reset", page, {{"new_password", kNew}});
    EXPECT_EQ(done.location(), "/sign-in?done=reset");
    EXPECT_FALSE(stranger.cookies.contains(kSession));
    EXPECT_TRUE(stranger.get(done.location()).shows("Your new password is set"));
    EXPECT_FALSE(is_signed_in(browser_));
    EXPECT_TRUE(signs_in_with(kNew));
    EXPECT_EQ(stranger.get(link).status, 403);
    EXPECT_EQ(stranger.submit("/sign-in/reset", page, {{"new_password", "yet another one"}}).status,
              403);
    EXPECT_TRUE(signs_in_with(kNew));
}

TEST_F(AccountPeople, RefusesResetLinksThatAreNotGood) {
    const std::string old = reset_link();
    const Page page = browser_.get(old);
    EXPECT_EQ(new_browser().submit("/sign-in/reset", page, {{"new_password", kNew}}).status, 403);
    clock_.advance(std::chrono::hours{24});
    EXPECT_EQ(browser_.get(old).status, 403);
    EXPECT_EQ(browser_.get("/sign-in/reset?token=made-up").status, 403);
    EXPECT_EQ(browser_.get("/sign-in/reset").status, 403);
    EXPECT_TRUE(signs_in_with(kPassword));
}

TEST_F(AccountPeople, AChangeOfThePasswordEndsTheLink) {
    const std::string link = reset_link();
    EXPECT_EQ(change({{"current_password", std::string(kPassword)}, {"new_password", kNew}}).status,
              303);
    EXPECT_EQ(browser_.get(link).status, 403);
}

TEST_F(AccountPeople, NobodyMakesAnAccountUnlessItIsAllowed) {
    EXPECT_FALSE(new_browser().get("/sign-in").shows("/sign-in/register"));
    EXPECT_EQ(new_browser().get("/sign-in/register").status, 404);
}

TEST_F(AccountPeople, PeopleMakeAnAccountOnTheirWayToAnApp) {
    reload([](auto& catalog) { catalog.self_register = true; });
    FormBrowser newcomer = new_browser();
    const Page start = authorize(newcomer, parameters("portal"));
    EXPECT_TRUE(start.shows("/sign-in/register?transaction="));
    const std::string id = start.hidden()[0].second;
    const Page page = newcomer.get("/sign-in/register?transaction=" + id);
    expect_protected(page);
    const FormFields good{
        {"username", "dora"}, {"email", "dora@example.com"}, {"password", "long enough"}};
    for (const auto& [name, value] :
         {std::pair{"username", ""}, std::pair{"username", "dora@example.com"},
          std::pair{"username", "<script>"}, std::pair{"email", "nonsense"},
          std::pair{"password", "short"}}) {
        FormFields bad = good;
        set(bad, name, value);
        const Page again = newcomer.submit("/sign-in/register", page, bad);
        EXPECT_EQ(again.status, 400) << name;
        EXPECT_FALSE(again.shows("<script>"));
    }
    FormFields taken = good;
    set(taken, "username", "Alice");
    EXPECT_EQ(newcomer.submit("/sign-in/register", page, taken).status, 409);
    const Page done = newcomer.submit("/sign-in/register", page, good);
    EXPECT_EQ(done.location(), "/authorize/" + id);
    EXPECT_TRUE(newcomer.get(done.location()).shows("decision"));
    EXPECT_TRUE(events_.has("user.registered"));
    EXPECT_FALSE(users_.find_by_id_or_login("dora").value().email_verified);
}

TEST_F(AccountPeople, AnUnverifiedAddressKeepsNobodyOut) {
    reload([](auto& catalog) { catalog.self_register = true; });
    FormBrowser squatter = new_browser();
    EXPECT_EQ(squatter
                  .submit("/sign-in/register", squatter.get("/sign-in/register"),
                          {{"username", "mallory"},
                           {"email", "carol@example.com"},
                           {"password", "long enough"}})
                  .status,
              303);
    EXPECT_TRUE(users_.add_local(
        {.name = "carol", .email = "carol@example.com", .password = Secret("any")}));
    EXPECT_EQ(users_.find_by_id_or_login("carol@example.com").value().name, "carol");
}

TEST_F(AccountPeople, MakesThoseWaitWhoMakeManyAccounts) {
    reload([](auto& catalog) { catalog.self_register = true; });
    FormBrowser newcomer = new_browser();
    const Page page = newcomer.get("/sign-in/register");
    Page last;
    for (int i = 0; i < 13 && last.status != 429; ++i) {
        last = newcomer.submit("/sign-in/register", page,
                               {{"username", "alice"}, {"password", "long enough"}});
    }
    EXPECT_EQ(last.status, 429);
    EXPECT_TRUE(last.headers.get("Retry-After"));
}

}  // namespace
}  // namespace gatehouse::oauth
