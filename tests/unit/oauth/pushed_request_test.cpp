// SPDX-License-Identifier: Apache-2.0
#include "oauth/pushed_requests.h"
#include "support/flow_fixture.h"

namespace gatehouse::oauth {
namespace {

using test::FormBrowser;
using test::kOrigin;
using test::Page;
using test::Reply;

class PushedRequestTest : public test::FlowFixture {
  protected:
    PushedRequestTest() { sign_in(alice_, "u1"); }

    [[nodiscard]] Reply push(const FormFields& fields) const { return post("/par", fields); }

    /// The request_uri of a good request of `client`.
    [[nodiscard]] std::string pushed(const std::string& client) const {
        return push(parameters(client)).text("request_uri");
    }

    Page go(FormBrowser& browser, const std::string& client, const std::string& uri) {
        return authorize(browser, {{"client_id", client}, {"request_uri", uri}});
    }

    FormBrowser alice_ = new_browser();
};

TEST_F(PushedRequestTest, IsTakenAheadAndLeadsToACode) {  // D27, D28
    const Reply reply = push(parameters(app_));
    EXPECT_EQ(reply.status, 201);
    EXPECT_TRUE(reply.text("request_uri").starts_with("urn:ietf:params:oauth:request_uri:"));
    EXPECT_EQ(json::get_int(reply.body, "expires_in"), 60);
    EXPECT_EQ(reply.headers.get("Cache-Control"), "no-store");
    const Page consent = go(alice_, app_, reply.text("request_uri"));
    ASSERT_EQ(consent.status, 200);
    const Page redirect = allow(alice_, consent);
    EXPECT_EQ(redirect.parameter("state"), "xyz");
    EXPECT_EQ(stored_code(redirect).client_id, app_);
}

TEST_F(PushedRequestTest, IsJudgedAsAtAuthorize) {  // D27

    struct Case {
        std::string name, value, error;
    };

    const Case cases[] = {{"response_type", "token", "unsupported_response_type"},
                          {"code_challenge", "", "invalid_request"},
                          {"code_challenge_method", "plain", "invalid_request"},
                          {"resource", "https://other.example/mcp", "invalid_target"},
                          {"redirect_uri", "https://evil.example/cb", "invalid_request"},
                          {"request_uri", "urn:x", "invalid_request"},
                          {"request", "eyJ", "request_not_supported"},
                          {"client_id", "nobody", "invalid_client"},
                          {"client_id", "", "invalid_client"}};
    for (const Case& one : cases) {
        FormFields fields = parameters(app_);
        std::erase_if(fields, [&](const auto& field) { return field.first == one.name; });
        if (!one.value.empty()) {
            fields.emplace_back(one.name, one.value);
        }
        EXPECT_EQ(push(fields).error(), one.error) << one.name << " " << one.value;
    }
    FormFields twice = parameters(app_);
    twice.emplace_back("state", "another");
    EXPECT_EQ(push(twice).error(), "invalid_request");
    http::Request json = form_request("/par", parameters(app_));
    json.headers.set("Content-Type", "application/json");
    EXPECT_EQ(replica_->send(json).status, 415);
}

TEST_F(PushedRequestTest, WantsTheAuthenticationOfItsClient) {  // D27
    FormFields fields = parameters("backend");
    set(fields, "redirect_uri", "https://backend.example/callback");
    EXPECT_EQ(push(fields).error(), "invalid_client");
    fields.emplace_back("client_secret", "s3cret:%+/ä");
    const Reply reply = push(fields);
    ASSERT_EQ(reply.status, 201);
    // The secret is no part of what was pushed.
    const auto kept =
        replica_->pushed_requests.open(reply.text("request_uri"), kOrigin, "backend", clock_.now());
    ASSERT_TRUE(kept);
    EXPECT_FALSE(encode_form(kept->parameters).contains("s3cret"));
    EXPECT_EQ(go(alice_, "backend", reply.text("request_uri")).status, 200);
}

TEST_F(PushedRequestTest, CountsAloneWhateverTheAddressSays) {  // D28
    const std::string uri = pushed(app_);
    const Page consent = authorize(alice_, {{"client_id", app_},
                                            {"request_uri", uri},
                                            {"state", "forged"},
                                            {"redirect_uri", "https://evil.example/cb"},
                                            {"scope", "items:write"}});
    ASSERT_EQ(consent.status, 200);
    const Page redirect = allow(alice_, consent);
    EXPECT_EQ(redirect.parameter("state"), "xyz");
    EXPECT_TRUE(redirect.location().starts_with(test::kRedirect));
}

TEST_F(PushedRequestTest, MayBeReloadedByItsBrowserAndCompletedOnce) {  // D28
    const std::string uri = pushed(app_);
    const Page first = go(alice_, app_, uri);
    ASSERT_EQ(first.status, 200);
    const Page again = go(alice_, app_, uri);
    ASSERT_EQ(again.status, 303);
    const Page resumed = alice_.get(again.location());
    EXPECT_EQ(resumed.status, 200);
    FormBrowser mallory = new_browser();
    sign_in(mallory, "u2");
    EXPECT_EQ(mallory.get(go(mallory, app_, uri).location()).status, 403);
    ASSERT_EQ(allow(alice_, resumed).status, 303);
    EXPECT_EQ(alice_.get(go(alice_, app_, uri).location()).status, 403);
}

TEST_F(PushedRequestTest, IsOverAfterAMinuteAndNobodyElses) {  // D28
    const std::string uri = pushed(app_);
    EXPECT_EQ(go(alice_, desktop_, uri).status, 400);
    EXPECT_EQ(go(alice_, app_, uri + "A").status, 400);
    EXPECT_EQ(authorize(alice_, {{"request_uri", uri}}).status, 400);
    EXPECT_EQ(
        authorize(alice_, {{"client_id", app_}, {"request_uri", uri}, {"request_uri", uri}}).status,
        400);
    clock_.advance(std::chrono::seconds{60});
    EXPECT_EQ(go(alice_, app_, uri).status, 400);
}

TEST_F(PushedRequestTest, OthersAreRefusedAndNeverFetched) {  // D28
    FormFields fields = parameters(app_);
    fields.emplace_back("request_uri", "https://attacker.example/request");
    const Page page = authorize(alice_, fields);
    EXPECT_FALSE(page.shows("name=\"decision\""));
    EXPECT_TRUE(replica_->http.requests_to("https://attacker.example/request").empty());
}

TEST_F(PushedRequestTest, WritesNothingAndWorksOnEveryReplica) {  // D27
    test::Replica other(*database_, catalog_, clock_, events_, master_keys_);
    const std::string uri = pushed(app_);
    EXPECT_TRUE(other.pushed_requests.open(uri, kOrigin, app_, clock_.now()));
    EXPECT_FALSE(other.pushed_requests.open(uri, "https://other.example", app_, clock_.now()));
}

TEST_F(PushedRequestTest, IsOffered) {
    http::Request request{.method = "GET",
                          .path = "/.well-known/oauth-authorization-server",
                          .origin = std::string(kOrigin)};
    EXPECT_EQ(read(replica_->send(request)).text("pushed_authorization_request_endpoint"),
              std::string(kOrigin) + "/par");
}

}  // namespace
}  // namespace gatehouse::oauth
