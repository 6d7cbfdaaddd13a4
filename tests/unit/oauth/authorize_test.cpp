// SPDX-License-Identifier: Apache-2.0
#include "oauth/authorize.h"

#include <functional>

#include "support/flow_fixture.h"

namespace gatehouse::oauth {
namespace {

using test::expect_protected;
using test::FormBrowser;
using test::kOrigin;
using test::Page;

class Authorize : public test::FlowFixture {
  protected:
    using Spoil = std::function<void(FormFields&)>;

    Page ask(const Spoil& spoil, const std::string& client_id = "portal") {
        FormFields fields = parameters(client_id);
        spoil(fields);
        FormBrowser browser = new_browser();
        Page page = authorize(browser, fields);
        expect_protected(page);
        return page;
    }
};

TEST_F(Authorize, StartsWithSignInForAnAnonymousBrowser) {  // D17
    const Page page = ask([](auto&) {});
    EXPECT_EQ(page.status, 200);
    EXPECT_TRUE(page.shows("name=\"username\""));
    EXPECT_TRUE(page.shows("name=\"password\""));
    EXPECT_FALSE(page.shows("name=\"decision\""));
}

TEST_F(Authorize, TakesAPostedForm) {  // D01
    FormBrowser browser = new_browser();
    EXPECT_TRUE(browser.post("/authorize", parameters("portal")).shows("name=\"password\""));
}

TEST_F(Authorize,
       ShowsAPageAndNeverRedirectsWhenClientOrAddressAreBad) {  // D02, D05, D06, I09, I10

    struct Case {
        const char* name;
        Spoil spoil;
    };

    const auto redirect = [](std::string uri) -> Spoil {
        return [uri = std::move(uri)](auto& f) { set(f, "redirect_uri", uri); };
    };
    const std::vector<Case> cases{
        {"no client", [](auto& f) { set(f, "client_id", ""); }},
        {"unknown client", [](auto& f) { set(f, "client_id", "nobody"); }},
        {"client twice", [](auto& f) { f.emplace_back("client_id", "portal"); }},
        {"redirect twice",
         [](auto& f) { f.emplace_back("redirect_uri", "https://app.example/cb"); }},
        {"userinfo", redirect("https://app.example@evil.example/cb")},
        {"suffix host", redirect("https://app.example.evil.example/cb")},
        {"no scheme", redirect("//app.example/cb")},
        {"escaped dot", redirect("https://app%2eexample/cb")},
        {"deeper path", redirect("https://app.example/cb/x")},
        {"dots", redirect("https://app.example/x/../cb")},
        {"fragment", redirect("https://app.example/cb#x")},
        {"query", redirect("https://app.example/cb?x=1")},
        {"trailing slash", redirect("https://app.example/cb/")},
        {"trailing dot", redirect("https://app.example./cb")},
        {"path case", redirect("https://app.example/CB")},
        {"other scheme", redirect("http://app.example/cb")},
        {"line break", redirect("https://app.example/cb\r\nX: y")},
    };
    for (const Case& c : cases) {
        const Page page = ask(c.spoil);
        EXPECT_EQ(page.status, 400) << c.name;
        EXPECT_EQ(page.location(), "") << c.name;
        EXPECT_FALSE(page.shows("evil")) << c.name;
    }
    const std::vector<std::string> loopback{
        "http://127.0.0.1.evil.com:5000/callback", "http://0.0.0.0:5000/callback",
        "http://[::ffff:127.0.0.1]:5000/callback", "https://127.0.0.1:5000/callback",
        "http://localhost:5000/callback",          "http://127.0.0.1:5000/other",
        "http://127.0.0.1:5000/callback/",         "http://localhost.evil:5000/callback"};
    for (const auto& uri : loopback) {
        EXPECT_EQ(ask(redirect(uri), desktop_).status, 400) << uri;
    }
    EXPECT_EQ(ask(redirect("http://127.0.0.1:61234/callback"), desktop_).status, 200);
}

TEST_F(Authorize, SaysHowToRegisterAgain) {
    const Page page = ask([](auto& f) { set(f, "client_id", "gh_old"); });
    EXPECT_EQ(page.status, 400);
    EXPECT_TRUE(page.shows("register again"));
    EXPECT_TRUE(page.shows("claude mcp remove"));
}

TEST_F(Authorize, UsesTheOnlyRegisteredAddress) {  // D06
    EXPECT_EQ(ask([](auto& f) { set(f, "redirect_uri", ""); }).status, 200);
}

TEST_F(Authorize, TellsTheClientEveryOtherError) {  // D01, D03, D07 to D10, D14 to D16, I14, I16

    struct Case {
        const char* name;
        Spoil spoil;
        std::string error;
    };

    const auto with = [](std::string name, std::string value) -> Spoil {
        return [=](auto& f) { set(f, name, value); };
    };
    const auto twice = [](std::string name) -> Spoil {
        return [=](auto& f) {
            set(f, name, "a");
            f.emplace_back(name, "b");
        };
    };
    const std::vector<Case> cases{
        {"no type", with("response_type", ""), "invalid_request"},
        {"token", with("response_type", "token"), "unsupported_response_type"},
        {"hybrid", with("response_type", "code id_token"), "unsupported_response_type"},
        {"fragment", with("response_mode", "fragment"), "invalid_request"},
        {"no challenge", with("code_challenge", ""), "invalid_request"},
        {"short challenge", with("code_challenge", std::string(42, 'a')), "invalid_request"},
        {"long challenge", with("code_challenge", std::string(129, 'a')), "invalid_request"},
        {"odd challenge", with("code_challenge", std::string(43, '*')), "invalid_request"},
        {"no method", with("code_challenge_method", ""), "invalid_request"},
        {"plain", with("code_challenge_method", "plain"), "invalid_request"},
        {"other host", with("resource", "https://other.example/todo/mcp"), "invalid_target"},
        {"relative", with("resource", "/todo/mcp"), "invalid_target"},
        {"fragment in resource", with("resource", "https://mcp.example.com/todo/mcp#x"),
         "invalid_target"},
        {"two resources",
         [](auto& f) { f.emplace_back("resource", "https://mcp.example.com/cal/mcp"); },
         "invalid_target"},
        {"server of others", with("resource", "https://mcp.example.com/cal/mcp"),
         "unauthorized_client"},
        {"scope twice", twice("scope"), "invalid_request"},
        {"type twice", twice("response_type"), "invalid_request"},
        {"prompt mix", with("prompt", "none login"), "invalid_request"},
        {"max_age", with("max_age", "soon"), "invalid_request"},
        {"nobody there", with("prompt", "none"), "login_required"},
        {"request", with("request", "ey.ey."), "request_not_supported"},
        {"request_uri", with("request_uri", "https://evil.example/r"), "request_uri_not_supported"},
    };
    for (const Case& c : cases) {
        const Page page = ask(c.spoil);
        EXPECT_EQ(page.status, 303) << c.name;
        EXPECT_TRUE(page.location().starts_with("https://app.example/cb?")) << c.name;
        EXPECT_EQ(page.parameter("error"), c.error) << c.name;
        EXPECT_EQ(page.parameter("iss"), kOrigin) << c.name;
        EXPECT_EQ(page.parameter("state"), "xyz") << c.name;
        EXPECT_NE(page.parameter("error_description"), "(none)") << c.name;
        EXPECT_EQ(page.parameter("code"), "(none)") << c.name;
    }
}

TEST_F(Authorize, StopsAtAPageForClientsThatNobodyApproved) {  // D04, I12
    for (const auto& [name, value] : FormFields{{"response_type", "token"}, {"prompt", "none"}}) {
        const Page page = ask([&](auto& f) { set(f, name, value); }, app_);
        EXPECT_EQ(page.status, 400);
        EXPECT_EQ(page.location(), "");
        EXPECT_TRUE(page.shows("rel=\"continue\""));
        EXPECT_TRUE(page.shows("href=\"https://app.example/cb?error="));
        EXPECT_TRUE(page.shows("Continue to app.example"));
    }
}

TEST_F(Authorize, RedirectsErrorsToAClientThatThisPersonApproved) {  // D04
    ASSERT_TRUE(consents_.remember({.user_id = "u1",
                                    .client_id = app_,
                                    .server = "todo",
                                    .redirect_host = "app.example",
                                    .given_at = clock_.now()}));
    FormFields fields = parameters(app_);
    set(fields, "response_type", "token");
    FormBrowser alice = new_browser();
    sign_in(alice, "u1");
    EXPECT_EQ(authorize(alice, fields).status, 303);
    FormBrowser bob = new_browser();
    sign_in(bob, "u2");
    EXPECT_EQ(authorize(bob, fields).status, 400);
}

TEST_F(Authorize, ReturnsStateByteForByte) {  // D14, rule 17
    for (const std::string& state : {std::string("a+b c%2B/=="),
                                     std::string("gr\xC3\xBC\xC3\x9F"
                                                 "e&x=1#y"),
                                     std::string(4096, 's')}) {
        const Page page = ask([&](auto& f) {
            set(f, "state", state);
            set(f, "prompt", "none");
        });
        EXPECT_EQ(page.parameter("state"), state);
    }
    EXPECT_TRUE(ask([](auto& f) {
                    set(f, "state", "a/b==");
                    set(f, "prompt", "none");
                })
                    .location()
                    .find("state=a%2Fb%3D%3D") != std::string::npos);
    const auto none = ask([](auto& f) {
        set(f, "state", "");
        set(f, "prompt", "none");
    });
    EXPECT_EQ(none.parameter("state"), "(none)");
    const auto longer = ask([](auto& f) { set(f, "state", std::string(4097, 's')); });
    EXPECT_EQ(longer.parameter("error"), "invalid_request");
    EXPECT_EQ(longer.parameter("state"), "(none)");
    const auto split = ask([](auto& f) {
        set(f, "state", "a\r\nSet-Cookie: x=y");
        set(f, "prompt", "none");
    });  // I15
    EXPECT_EQ(split.location().find('\r'), std::string::npos);
}

TEST_F(Authorize, KeepsTheQueryOfTheRedirectAddress) {  // D06
    const std::string uri = "https://app.example/cb?tenant=a%2Fb";
    const std::string id = register_client("Q", uri);
    FormBrowser browser = new_browser();
    sign_in(browser, "u1");
    FormFields fields = parameters(id);
    set(fields, "redirect_uri", uri);
    const Page done = allow(browser, authorize(browser, fields));
    EXPECT_TRUE(done.location().starts_with(uri + "&code=")) << done.location();
}

TEST_F(Authorize, AcceptsEverySpellingOfTheResource) {  // D09, D10, rule 19
    for (const std::string& resource :
         {"https://MCP.example.com/todo/mcp", "https://mcp.example.com:443/todo/mcp",
          "https://mcp.example.com/todo/mcp/"}) {
        const Page page = ask([&](auto& f) {
            f.emplace_back("resource", resource);
            set(f, "unknown", "ignored");
        });
        EXPECT_EQ(page.status, 200) << resource;
    }
}

TEST_F(Authorize, AsksWhichServerWhenTheClientDoesNotSay) {  // D12, contract §4
    FormBrowser browser = new_browser();
    sign_in(browser, "u1");
    FormFields fields = parameters(app_);
    set(fields, "resource", "");
    const Page chooser = authorize(browser, fields);
    expect_protected(chooser);
    ASSERT_TRUE(chooser.shows("name=\"server\" value=\"vault\""));
    EXPECT_EQ(browser.submit("/authorize/server", chooser, {{"server", "nope"}}).status, 400);
    const Page chosen = browser.submit("/authorize/server", chooser, {{"server", "todo"}});
    ASSERT_EQ(chosen.status, 303);
    EXPECT_EQ(browser.submit("/authorize/server", chooser, {{"server", "vault"}}).status, 403);
    const Page done = allow(browser, browser.get(chosen.location()));
    EXPECT_EQ(stored_code(done).server, "todo");
}

TEST_F(Authorize, TakesTheOriginForNoResource) {  // D11
    for (const std::string& resource :
         {"https://mcp.example.com", "https://MCP.example.com:443/"}) {
        const Page chooser = ask([&](auto& f) { set(f, "resource", resource); }, app_);
        EXPECT_TRUE(chooser.shows("name=\"server\" value=\"vault\"")) << resource;
        const Page consent = ask([&](auto& f) { f.emplace_back("resource", resource); }, app_);
        EXPECT_EQ(consent.status, 200) << resource;
        EXPECT_FALSE(consent.shows("name=\"server\" value=\"vault\"")) << resource;
    }
}

TEST_F(Authorize, ChooserOffersOnlyServersThatTheClientMayUse) {
    reload([](auto& catalog) { catalog.servers[1].allow_dynamic = false; });
    FormFields fields = parameters(app_);
    set(fields, "resource", "");
    FormBrowser browser = new_browser();
    const Page chooser = authorize(browser, fields);
    EXPECT_TRUE(chooser.shows("value=\"todo\""));
    EXPECT_FALSE(chooser.shows("value=\"vault\""));
    set(fields, "resource", std::string(kOrigin) + "/vault/mcp");
    EXPECT_TRUE(authorize(browser, fields).shows("unauthorized_client"));
    set(fields, "resource", "");
    set(fields, "prompt", "none");
    EXPECT_TRUE(authorize(browser, fields).shows("interaction_required"));
}

TEST_F(Authorize, NeedsNoChooserForOneServer) {  // B11
    reload([](auto& catalog) { catalog.servers.resize(1); });
    FormBrowser browser = new_browser();
    sign_in(browser, "u1");
    FormFields fields = parameters(app_);
    set(fields, "resource", "");
    EXPECT_TRUE(authorize(browser, fields).shows("name=\"decision\""));
}

TEST_F(Authorize, GrantsTheScopesThatMakeSense) {  // D13, rule 18

    struct Case {
        std::string asked;
        std::vector<std::string> granted;
    };

    const std::vector<Case> cases{
        {"", {"items:read", "items:write"}},
        {"items:read", {"items:read"}},
        {"items:read nonsense claudeai", {"items:read"}},
        {"nonsense", {"items:read", "items:write"}},
        {"offline_access", {"items:read", "items:write", "offline_access"}},
        {"items:read offline_access", {"items:read", "offline_access"}},
    };
    for (const Case& c : cases) {
        FormBrowser browser = new_browser();
        sign_in(browser, "u1");
        FormFields fields = parameters(desktop_);
        set(fields, "scope", c.asked);
        const Page done = allow(browser, authorize(browser, fields));
        ASSERT_EQ(done.status, 303) << c.asked;
        EXPECT_EQ(stored_code(done).scopes, c.granted) << c.asked;
    }
}

TEST_F(Authorize, GivesPreregisteredClientsOnlyTheirScopes) {  // D13
    reload([](auto& catalog) { catalog.servers[0].clients.back().scopes = {"items:read"}; });
    FormBrowser browser = new_browser();
    sign_in(browser, "u1");
    const Page consent = authorize(browser, parameters("portal"));
    EXPECT_TRUE(consent.shows("value=\"items:read\""));
    EXPECT_FALSE(consent.shows("value=\"items:write\""));
}

TEST_F(Authorize, AsksForASignInAgainWhenToldTo) {  // D16
    for (const auto& [name, value] : FormFields{{"prompt", "login"}, {"max_age", "60"}}) {
        FormBrowser browser = new_browser();
        sign_in(browser, "u1");
        clock_.advance(std::chrono::minutes{2});
        FormFields fields = parameters("portal");
        set(fields, name, value);
        const Page page = authorize(browser, fields);
        EXPECT_TRUE(page.shows("name=\"password\"")) << name;
        clock_.advance(std::chrono::seconds{1});
        sign_in(browser, "u1");
        EXPECT_TRUE(browser.get("/authorize/" + page.hidden()[0].second).shows("decision")) << name;
    }
}

TEST_F(Authorize, SurvivesAFlood) {  // D31
    FormBrowser browser = new_browser();
    for (int i = 0; i < 40; ++i) {
        authorize(browser, parameters("portal"));
    }
    EXPECT_LE(browser.cookies.size(), 21U);
    Transaction transaction{.id = "first", .source = "s", .created_at = clock_.now()};
    ASSERT_TRUE(transactions_.insert(transaction, 3));
    for (int i = 0; i < 5; ++i) {
        clock_.advance(std::chrono::milliseconds{1});
        transaction.id = std::to_string(i);
        transaction.created_at = clock_.now();
        ASSERT_TRUE(transactions_.insert(transaction, 3));
    }
    EXPECT_FALSE(transactions_.find("first"));
    EXPECT_FALSE(transactions_.find("1"));
    EXPECT_TRUE(transactions_.find("2"));
    EXPECT_TRUE(transactions_.find("4"));
}

}  // namespace
}  // namespace gatehouse::oauth
