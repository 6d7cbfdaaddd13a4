// SPDX-License-Identifier: Apache-2.0
#include "oidc/token_answer.h"

#include <gtest/gtest.h>

namespace gatehouse::oidc {
namespace {

using std::chrono::seconds;

std::expected<TokenAnswer, TokenFailure> read(std::string body, int status = 200) {
    return read_token_answer({.status = status, .body = std::move(body)});
}

TEST(TokenAnswerTest, ReadsAFullAnswer) {
    const auto answer = read(R"({"access_token":"a","token_type":"Bearer","expires_in":60,
                                 "refresh_token":"r","scope":"x y","id_token":"i"})");
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->access.matches("a"));
    EXPECT_TRUE(answer->refresh.matches("r"));
    EXPECT_TRUE(answer->id_token.matches("i"));
    EXPECT_EQ(answer->scopes, (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(answer->expires_in, seconds{60});
}

TEST(TokenAnswerTest, ToleratesOddButUsableAnswers) {  // G08
    const std::vector<std::string> bodies{
        R"({"access_token":"a","token_type":"bEARER","scope":"x,y","expires_in":"60"})",
        R"({"access_token":"a","scope":"x, y","expires_in":60.5})",
        R"({"access_token":"a","token_type":"bearer","scope":["x","y"],"expires_in":60})",
        "access_token=a&scope=x%2Cy&token_type=bearer&expires_in=60",
        "\n {\"access_token\":\"a\",\"scope\":\"x y\",\"expires_in\":60,\"refresh_token\":null}"};
    for (const std::string& body : bodies) {
        SCOPED_TRACE(body);
        const auto answer = read(body);
        ASSERT_TRUE(answer) << answer.error().code;
        EXPECT_TRUE(answer->access.matches("a"));
        EXPECT_TRUE(answer->refresh.empty());
        EXPECT_EQ(answer->scopes, (std::vector<std::string>{"x", "y"}));
        EXPECT_EQ(answer->expires_in, seconds{60});
    }
}

TEST(TokenAnswerTest, RefusesNonsense) {  // G08
    const std::vector<std::string> bodies{"",
                                          "<html>",
                                          "[]",
                                          "{",
                                          "{}",
                                          "ok",
                                          R"({"access_token":""})",
                                          R"({"access_token":7})",
                                          R"({"access_token":"a b"})",
                                          R"({"access_token":"a\r\nX: y"})",
                                          R"({"access_token":"a","refresh_token":"r\n"})",
                                          R"({"access_token":"a","token_type":"mac"})",
                                          R"({"access_token":"a","token_type":"DPoP"})",
                                          R"({"access_token":"a","token_type":7})",
                                          R"({"access_token":"a","access_token":"b"})",
                                          "access_token=a&access_token=b",
                                          R"({"access_token":")" + std::string(16385, 'a') + "\"}"};
    for (const std::string& body : bodies) {
        SCOPED_TRACE(body.substr(0, 60));
        const auto answer = read(body);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().refusal, TokenRefusal::kNonsense);
    }
}

TEST(TokenAnswerTest, ReadsWhatAProfileSaysIsOdd) {  // issue 5: quirks as data
    const http::ClientResponse odd{
        .status = 200,
        .body =
            R"({"ok":true,"access_token":"bot","token_type":"bot","authed_user":{"access_token":"user",
            "refresh_token":"r","token_type":"user","expires_in":"43200","scope":"a,b"}})"};
    EXPECT_FALSE(read_token_answer(odd));
    EXPECT_EQ(read_token_answer(odd, {.any_token_type = true})->access.reveal(), "bot");
    const auto answer =
        read_token_answer(odd, {.any_token_type = true, .token_member = "authed_user"});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->access.reveal(), "user");
    EXPECT_EQ(answer->refresh.reveal(), "r");
    EXPECT_EQ(answer->expires_in, seconds{43200});
    EXPECT_EQ(answer->scopes, (std::vector<std::string>{"a", "b"}));
    const http::ClientResponse plain{.status = 200, .body = R"({"access_token":"top"})"};
    EXPECT_EQ(read_token_answer(plain, {.token_member = "authed_user"})->access.reveal(), "top");
    const http::ClientResponse bound{.status = 200,
                                     .body = R"({"access_token":"a","token_type":"DPoP"})"};
    EXPECT_FALSE(read_token_answer(bound, {.any_token_type = true})) << "of no use as a bearer";
}

TEST(TokenAnswerTest, TellsRefusalsApart) {  // G19, G20

    struct Case {
        int status;
        std::string body;
        TokenRefusal refusal;
    };
    using enum TokenRefusal;
    const std::vector<Case> cases{
        {400, R"({"error":"invalid_grant"})", kGrantGone},
        {400, R"({"error":"interaction_required"})", kGrantGone},
        {200, "error=bad_refresh_token&error_uri=x", kGrantGone},
        {200, R"({"error":"invalid_grant","access_token":"a"})", kGrantGone},
        {401, R"({"error":"invalid_client"})", kOperator},
        {400, R"({"error":"unauthorized_client"})", kOperator},
        {400, R"({"error":"invalid_request"})", kOperator},
        {400, R"({"error":7})", kOperator},
        {401, "", kOperator},
        {302, "", kOperator},
        {404, "<html>", kOperator},
        {400, R"({"error":"temporarily_unavailable"})", kTransient},
        {500, R"({"error":"invalid_grant"})", kTransient},
        {503, "", kTransient},
        {429, "", kTransient},
        {408, "", kTransient}};
    for (const Case& one : cases) {
        SCOPED_TRACE(std::to_string(one.status) + one.body);
        const auto answer = read(one.body, one.status);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().refusal, one.refusal);
    }
}

TEST(TokenAnswerTest, KeepsCodesPrintableAndShort) {  // G25
    const auto answer = read(R"({"error":"a\u0000\"b\n)" + std::string(500, 'x') + R"("})", 400);
    EXPECT_LE(answer.error().code.size(), 64U);
    EXPECT_EQ(answer.error().code.find('\n'), std::string::npos);
    EXPECT_EQ(answer.error().code.find('"'), std::string::npos);
}

TEST(TokenAnswerTest, AnUnsaidEndIsTheProfilesDefault) {  // G08
    const Timestamp now{seconds{1000}};
    for (const char* body :
         {R"({"access_token":"a"})", R"({"access_token":"a","expires_in":0})",
          R"({"access_token":"a","expires_in":-5})", R"({"access_token":"a","expires_in":"soon"})",
          R"({"access_token":"a","expires_in":null})"}) {
        SCOPED_TRACE(body);
        EXPECT_EQ(token_end(read(body).value(), now, seconds{600}), now + seconds{600});
        EXPECT_EQ(token_end(read(body).value(), now, seconds{0}), Timestamp::max());
    }
    const auto endless = read(R"({"access_token":"a","expires_in":1e300})").value();
    EXPECT_GT(token_end(endless, now, seconds{0}), now);
}

}  // namespace
}  // namespace gatehouse::oidc
