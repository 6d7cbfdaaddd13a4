// SPDX-License-Identifier: Apache-2.0
#include "oauth/token_endpoint.h"

#include <algorithm>
#include <functional>
#include <future>
#include <set>

#include "crypto/jwt.h"
#include "support/oauth_fixture.h"

namespace gatehouse::oauth {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using test::kOrigin;
using test::Reply;

class TokenEndpointTest : public test::OAuthFixture {
  protected:
    static void set(FormFields& fields, const std::string& name, const std::string& value) {
        std::erase_if(fields, [&](const auto& field) { return field.first == name; });
        if (!value.empty()) {
            fields.emplace_back(name, value);
        }
    }

    [[nodiscard]] Reply with_basic(FormFields fields, std::string_view credentials) const {
        set(fields, "client_id", "");
        auto request = form_request("/token", fields);
        request.headers.set("Authorization", "Basic " + base64_encode(credentials));
        return read(replica_->send(request));
    }

    /// A redemption for the confidential client, whose secret is "s3cret:%+/ä".
    FormFields backend_fields() {
        auto code = make_code();
        code.client_id = "backend";
        code.redirect_uri = "https://backend.example/callback";
        auto fields = code_fields(issue(code));
        set(fields, "redirect_uri", code.redirect_uri);
        set(fields, "client_id", "");
        return fields;
    }
};

TEST_F(TokenEndpointTest, RedeemsACode) {  // E02, F01, F02, F03
    const auto code = make_code();
    const Reply reply = redeem(code);
    ASSERT_EQ(reply.status, 200) << json::dump(reply.body);
    EXPECT_EQ(reply.headers.get("Cache-Control"), "no-store");
    EXPECT_EQ(reply.headers.get("Content-Type"), "application/json");
    EXPECT_EQ(reply.headers.get("Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(reply.text("token_type"), "Bearer");
    EXPECT_EQ(json::get_int(reply.body, "expires_in"), 3600);
    EXPECT_EQ(reply.text("scope"), "items:read");
    EXPECT_EQ(reply.text("refresh_token").size(), 43U);
    EXPECT_TRUE(is_alive(reply.text("access_token")));

    const auto token = crypto::decode_jwt(reply.text("access_token"));
    ASSERT_TRUE(token);
    EXPECT_EQ(token->typ, "at+jwt");
    EXPECT_EQ(token->alg, crypto::Alg::kEs256);
    std::set<std::string> names;
    for (const auto& claim : token->claims) {
        names.emplace(claim.key());
    }
    EXPECT_EQ(names, (std::set<std::string>{"iss", "aud", "sub", "client_id", "scope", "jti", "sid",
                                            "iat", "exp", "auth_time"}));
    EXPECT_EQ(json::get_string(token->claims, "aud"), std::string(kOrigin) + "/todo/mcp");
    EXPECT_EQ(json::get_string(token->claims, "sid"), code.connection_id);
    ASSERT_TRUE(events_.has("token.issued"));
    EXPECT_EQ(events_.events[0].user, "u1");
    EXPECT_EQ(events_.events[0].connection, code.connection_id);
}

TEST_F(TokenEndpointTest, AnswersEveryFaultyRedemptionWithItsError) {  // E01, E03, E10, E11, E12

    struct Case {
        const char* name;
        std::function<void(FormFields&)> spoil;
        int status;
        std::string error;
    };

    const std::vector<Case> cases{
        {"no grant type", [](auto& f) { set(f, "grant_type", ""); }, 400, "invalid_request"},
        {"foreign grant type", [](auto& f) { set(f, "grant_type", "password"); }, 400,
         "unsupported_grant_type"},
        {"no code", [](auto& f) { set(f, "code", ""); }, 400, "invalid_request"},
        {"wrong code", [](auto& f) { set(f, "code", "nonsense"); }, 400, "invalid_grant"},
        {"no verifier", [](auto& f) { set(f, "code_verifier", ""); }, 400, "invalid_request"},
        {"short verifier", [](auto& f) { set(f, "code_verifier", "short"); }, 400, "invalid_grant"},
        {"wrong verifier", [](auto& f) { set(f, "code_verifier", std::string(43, 'x')); }, 400,
         "invalid_grant"},
        {"other redirect",
         [](auto& f) { set(f, "redirect_uri", "http://127.0.0.1:5001/callback"); }, 400,
         "invalid_grant"},
        {"other resource", [](auto& f) { set(f, "resource", "https://mcp.example.com/other/mcp"); },
         400, "invalid_target"},
        {"relative resource", [](auto& f) { set(f, "resource", "/todo/mcp"); }, 400,
         "invalid_target"},
        {"no client", [](auto& f) { set(f, "client_id", ""); }, 401, "invalid_client"},
        {"unknown client", [](auto& f) { set(f, "client_id", "nobody"); }, 401, "invalid_client"},
        {"document client", [](auto& f) { set(f, "client_id", "https://c.example/c.json"); }, 401,
         "invalid_client"},
        {"secret of a public client", [](auto& f) { set(f, "client_secret", "x"); }, 401,
         "invalid_client"},
        {"assertion", [](auto& f) { set(f, "client_assertion", "x"); }, 401, "invalid_client"},
        {"doubled code", [](auto& f) { f.emplace_back("code", "again"); }, 400, "invalid_request"},
        {"doubled client", [](auto& f) { f.emplace_back("client_id", "desktop"); }, 400,
         "invalid_request"},
    };
    for (const Case& c : cases) {
        auto fields = code_fields(issue(make_code()));
        c.spoil(fields);
        const Reply reply = post("/token", fields);
        EXPECT_EQ(reply.status, c.status) << c.name;
        EXPECT_EQ(reply.error(), c.error) << c.name;
        EXPECT_EQ(reply.headers.get("Cache-Control"), "no-store") << c.name;
    }
}

TEST_F(TokenEndpointTest, ToleratesWhatClientsReallySend) {  // E10, E12, rule 19
    const std::vector<std::function<void(FormFields&)>> variations{
        [](auto& f) { set(f, "redirect_uri", ""); },
        [](auto& f) { set(f, "resource", ""); },
        [](auto& f) { set(f, "resource", "https://MCP.example.com:443/todo/mcp/"); },
        [](auto& f) { f.emplace_back("resource", "https://mcp.example.com/todo/mcp/"); },
        [](auto& f) { f.emplace_back("audience", "anything"); },
        [](auto& f) { f.emplace_back("client_secret", ""); },
        [](auto& f) { f.emplace_back("scope", ""); },
    };
    for (const auto& vary : variations) {
        auto fields = code_fields(issue(make_code()));
        vary(fields);
        EXPECT_EQ(post("/token", fields).status, 200) << encode_form(fields);
    }
}

TEST_F(TokenEndpointTest, WantsAFormOfBoundedSize) {  // E01
    auto request = form_request("/token", code_fields(issue(make_code())));
    request.query = "grant_type=refresh_token";
    request.headers.set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    EXPECT_EQ(replica_->send(request).status, 200);
    request.headers.set("Content-Type", "application/json");
    EXPECT_EQ(replica_->send(request).status, 415);
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    request.body = "grant_type=%zz";
    EXPECT_EQ(replica_->send(request).status, 400);
    request.body = "a=" + std::string(70'000, 'a');
    EXPECT_EQ(replica_->send(request).status, 413);
    request.body.clear();
    EXPECT_EQ(read(replica_->send(request)).error(), "invalid_client");
}

TEST_F(TokenEndpointTest, RefusesACodeFromTheSecondItExpires) {  // D23
    const auto code = issue(make_code());
    clock_.advance(seconds{60});
    EXPECT_EQ(post("/token", code_fields(code)).error(), "invalid_grant");
    const auto other = issue(make_code());
    clock_.advance(seconds{59});
    EXPECT_EQ(post("/token", code_fields(other)).status, 200);
}

TEST_F(TokenEndpointTest, DoesNotBurnACodeOnAFailedRequest) {  // E09, rule 20
    const auto code = issue(make_code());
    auto fields = code_fields(code);
    set(fields, "client_id", "nobody");
    EXPECT_EQ(post("/token", fields).error(), "invalid_client");
    set(fields, "client_id", "desktop");
    set(fields, "code_verifier", std::string(43, 'x'));
    EXPECT_EQ(post("/token", fields).error(), "invalid_grant");
    EXPECT_EQ(post("/token", code_fields(code)).status, 200);
}

TEST_F(TokenEndpointTest, RefusesAForeignClientsCode) {  // E10, I17
    auto code = make_code();
    code.client_id = "someone-else";
    EXPECT_EQ(redeem(code).error(), "invalid_grant");
}

TEST_F(TokenEndpointTest, EndsTheConnectionWhenAValidCodeComesTwice) {  // E13, I18
    const auto code = issue(make_code());
    const Reply first = post("/token", code_fields(code));
    ASSERT_EQ(first.status, 200);
    auto wrong = code_fields(code);
    set(wrong, "code_verifier", std::string(43, 'x'));
    EXPECT_EQ(post("/token", wrong).error(), "invalid_grant");
    EXPECT_TRUE(is_alive(first.text("access_token")));

    EXPECT_EQ(post("/token", code_fields(code)).error(), "invalid_grant");
    EXPECT_FALSE(is_alive(first.text("access_token")));
    EXPECT_EQ(refresh(first.text("refresh_token")).error(), "invalid_grant");
    EXPECT_TRUE(events_.has("token.reused"));
}

TEST_F(TokenEndpointTest, GivesOneOfFiftyRacersTheTokens) {  // E14, I19
    const auto code = issue(make_code());
    std::vector<std::future<Reply>> racers;
    for (int i = 0; i < 50; ++i) {
        racers.push_back(
            std::async(std::launch::async, [&] { return post("/token", code_fields(code)); }));
    }
    std::vector<Reply> winners;
    for (auto& racer : racers) {
        Reply reply = racer.get();
        if (reply.status == 200) {
            winners.push_back(std::move(reply));
        } else {
            EXPECT_EQ(reply.error(), "invalid_grant");
        }
    }
    ASSERT_EQ(winners.size(), 1U);
    // E13 makes no difference between at once and later: somebody else had code and verifier.
    EXPECT_FALSE(is_alive(winners[0].text("access_token")));
    EXPECT_EQ(refresh(winners[0].text("refresh_token")).error(), "invalid_grant");
    EXPECT_TRUE(events_.has("token.reused"));
}

TEST_F(TokenEndpointTest, GivesOneOfFiftyRacersOnTwoReplicasTheTokens) {  // E14, I19
    test::Replica other(*database_, catalog_, clock_, events_, master_keys_);
    const auto code = issue(make_code());
    std::vector<std::future<int>> racers;
    for (int i = 0; i < 50; ++i) {
        racers.push_back(std::async(std::launch::async, [&, i] {
            const auto request = form_request("/token", code_fields(code));
            return (i % 2 == 0 ? replica_->send(request) : other.send(request)).status;
        }));
    }
    EXPECT_EQ(std::ranges::count_if(racers, [](auto& racer) { return racer.get() == 200; }), 1);
}

TEST_F(TokenEndpointTest, LeavesTheWinnerAloneWhenRacersLackTheVerifier) {  // E13, I17
    const auto code = issue(make_code());
    auto wrong = code_fields(code);
    set(wrong, "code_verifier", std::string(43, 'x'));
    std::vector<std::future<Reply>> racers;
    for (int i = 0; i < 50; ++i) {
        racers.push_back(std::async(std::launch::async, [&, i] {
            return post("/token", i == 25 ? code_fields(code) : wrong);
        }));
    }
    std::string token;
    for (auto& racer : racers) {
        const Reply reply = racer.get();
        token = reply.status == 200 ? reply.text("access_token") : token;
    }
    EXPECT_TRUE(is_alive(token));
}

TEST_F(TokenEndpointTest, AuthenticatesConfidentialClientsInEverySpelling) {  // E05, rule 20
    const std::string secret = "s3cret:%+/ä";
    EXPECT_EQ(with_basic(backend_fields(), "backend:" + secret).status, 200);
    EXPECT_EQ(with_basic(backend_fields(), "backend:" + percent_encode(secret)).status, 200);
    auto in_body = backend_fields();
    set(in_body, "client_id", "backend");
    set(in_body, "client_secret", secret);
    EXPECT_EQ(post("/token", in_body).status, 200);

    const Reply wrong = with_basic(backend_fields(), "backend:wrong");
    EXPECT_EQ(wrong.status, 401);
    EXPECT_EQ(wrong.error(), "invalid_client");
    EXPECT_TRUE(wrong.headers.get("WWW-Authenticate").value_or("").starts_with("Basic "));
    set(in_body, "client_secret", "wrong");
    const Reply wrong_body = post("/token", in_body);
    EXPECT_EQ(wrong_body.status, 401);
    EXPECT_FALSE(wrong_body.headers.get("WWW-Authenticate"));
    EXPECT_EQ(with_basic(backend_fields(), "backend:").error(), "invalid_client");
    EXPECT_EQ(with_basic(backend_fields(), "no colon").error(), "invalid_client");
}

TEST_F(TokenEndpointTest, RefusesTwoWaysOfAuthentication) {  // E04
    auto fields = backend_fields();
    set(fields, "client_secret", "s3cret:%+/ä");
    EXPECT_EQ(with_basic(fields, "backend:s3cret:%+/ä").error(), "invalid_request");
    auto none = backend_fields();
    set(none, "client_id", "backend");
    EXPECT_EQ(post("/token", none).error(), "invalid_client");
}

TEST_F(TokenEndpointTest, TakesAPublicClientWithAnEmptyPassword) {  // rule 20
    EXPECT_EQ(with_basic(code_fields(issue(make_code())), "desktop:").status, 200);
    auto request = form_request("/token", code_fields(issue(make_code())));
    request.headers.set("Authorization", "Basic " + base64_encode("desktop:"));
    EXPECT_EQ(replica_->send(request).status, 200);
    request.headers.set("Authorization", "Basic " + base64_encode("backend:"));
    EXPECT_EQ(read(replica_->send(request)).error(), "invalid_request");
}

TEST_F(TokenEndpointTest, SlowsDownGuessesOfASecret) {  // I61
    Reply reply;
    for (int i = 0; i < 12; ++i) {
        reply = with_basic(backend_fields(), "backend:guess");
    }
    EXPECT_EQ(reply.status, 429);
    EXPECT_TRUE(reply.headers.get("Retry-After"));
    auto elsewhere = form_request("/token", backend_fields());
    elsewhere.client_ip = "198.51.100.7";
    elsewhere.headers.set("Authorization", "Basic " + base64_encode("backend:s3cret:%+/ä"));
    EXPECT_EQ(replica_->send(elsewhere).status, 200);
    clock_.advance(seconds{10});
    EXPECT_EQ(with_basic(backend_fields(), "backend:s3cret:%+/ä").status, 200);
}

TEST_F(TokenEndpointTest, GivesARefreshTokenOnlyToWhoMayUseIt) {  // E08, E15
    reload([](auto& c) { c.servers[0].clients[0].grants = {"authorization_code"}; });
    auto code = make_code();
    Reply reply = redeem(code);
    EXPECT_EQ(reply.status, 200);
    EXPECT_FALSE(reply.body.contains("refresh_token"));
    code = make_code();
    code.scopes = {"items:read", "offline_access"};
    reply = redeem(code);
    EXPECT_TRUE(reply.body.contains("refresh_token"));
    EXPECT_EQ(reply.text("scope"), "items:read");
    EXPECT_EQ(refresh(reply.text("refresh_token")).status, 200);

    reload([](auto& c) { c.servers[0].clients[0].grants = {"client_credentials"}; });
    EXPECT_EQ(redeem(make_code()).error(), "unauthorized_client");
}

TEST_F(TokenEndpointTest, RefusesWhenTheWorldHasChangedSinceConsent) {
    auto disabled = *replica_->users.find("u1");
    disabled.disabled = true;
    ASSERT_TRUE(replica_->users.update(disabled));
    EXPECT_EQ(redeem(make_code()).error(), "invalid_grant");
    disabled.disabled = false;
    ASSERT_TRUE(replica_->users.update(disabled));
    reload([](auto& c) {
        c.servers.push_back(test::make_server("other", std::string(kOrigin)));
        c.servers[1].clients = std::exchange(c.servers[0].clients, {});
    });
    EXPECT_EQ(redeem(make_code()).error(), "unauthorized_client");
    reload([](auto& c) { c.servers.erase(c.servers.begin()); });
    EXPECT_EQ(redeem(make_code()).error(), "invalid_grant");
}

TEST_F(TokenEndpointTest, RefusesEveryTokenThatCannotBeRecorded) {  // contract §10
    const Reply first = redeem(make_code());
    events_.broken = true;
    Reply reply = redeem(make_code());
    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(reply.error(), "temporarily_unavailable");
    EXPECT_TRUE(reply.headers.get("Retry-After"));
    EXPECT_FALSE(reply.body.contains("access_token"));
    EXPECT_EQ(refresh(first.text("refresh_token")).status, 503);
    events_.broken = false;
    EXPECT_EQ(refresh(first.text("refresh_token")).status, 200);
}

}  // namespace
}  // namespace gatehouse::oauth
