// SPDX-License-Identifier: Apache-2.0
#include "attempts/recorder.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/jwt.h"
#include "storage/sql_attempt_store.h"
#include "support/fake_clock.h"
#include "support/temp_dir.h"

namespace gatehouse::attempts {
namespace {

using std::chrono::seconds;

constexpr std::string_view kResource = "https://mcp.example.com/todo/mcp";

/// Plays a client that goes all the way; each test lets one thing go wrong.
class AttemptTest : public testing::Test {
  protected:
    void SetUp() override {
        auto opened = storage::open_sqlite(dir_ / "test.db");
        ASSERT_TRUE(opened) << describe(opened.error());
        database_ = std::move(*opened);
        store_ = std::make_unique<storage::SqlAttemptStore>(*database_);
        restart();
    }

    void restart() {
        recorder_ = std::make_unique<Recorder>(*store_, clock_, [](std::string_view place) {
            return place == kResource || place == "/todo/mcp" ? std::string("todo") : std::string();
        });
    }

    void exchange(http::Request request, http::Response response) {
        clock_.advance(std::chrono::milliseconds(100));
        request.client_ip = request.client_ip.empty() ? "192.0.2.7" : request.client_ip;
        if (!request.headers.get("User-Agent")) {
            request.headers.set("User-Agent", "desktop/1.2");
        }
        recorder_->note_exchange(request, response);
    }

    void challenge(std::string token = {}, std::string reason = "no_token") {
        recorder_->note_turned_away({.time = clock_.now(),
                                     .server = "todo",
                                     .method = "POST",
                                     .path = "/todo/mcp",
                                     .ip = "192.0.2.7",
                                     .user_agent = "desktop/1.2",
                                     .reason = std::move(reason),
                                     .token_key = token.empty() ? "" : key_of("token", token)});
    }

    void read_metadata() {
        exchange({.method = "GET", .path = "/.well-known/oauth-protected-resource/todo/mcp"},
                 http::json_response(200, R"({"resource":"https://mcp.example.com/todo/mcp"})"));
        exchange({.method = "GET", .path = "/.well-known/oauth-authorization-server"},
                 http::json_response(200, R"({"issuer":"https://mcp.example.com"})"));
    }

    void register_client() {
        exchange({.method = "POST",
                  .path = "/register",
                  .body = R"({"client_name":"Desktop","redirect_uris":["http://127.0.0.1/cb"]})"},
                 http::json_response(201, R"({"client_id":"client-1"})"));
    }

    static http::Request authorize_request() {
        return {.method = "GET",
                .path = "/authorize",
                .query = encode_form({{"client_id", "client-1"},
                                      {"redirect_uri", "http://127.0.0.1:5000/cb"},
                                      {"resource", std::string(kResource)}})};
    }

    /// The browser is another program; the transaction is what ties it in.
    void authorize() {
        http::Response page = http::html_response(200, "<h1>Allow Desktop to use Todo?</h1>");
        page.headers.add("Set-Cookie", "gatehouse-tx-walk1=secret-cookie; Path=/");
        http::Request request = authorize_request();
        request.headers.set("User-Agent", "Browser");
        exchange(std::move(request), std::move(page));
    }

    void consent(http::Response response) {
        exchange({.method = "POST",
                  .path = "/consent",
                  .body = encode_form({{"transaction", "walk1"}, {"decision", "allow"}})},
                 std::move(response));
    }

    void send_code() {
        consent(http::redirect_response(
            303, "http://127.0.0.1:5000/cb?code=the-secret-code&state=x&iss=https%3A%2F%2Fm"));
    }

    /// As the token endpoint would give it.
    std::string token(std::string_view audience = kResource) {
        return crypto::sign_jwt(key_, "at+jwt", {{"aud", audience}, {"sid", "connection-1"}});
    }

    void redeem(http::Response response) {
        exchange({.method = "POST",
                  .path = "/token",
                  .body = encode_form({{"grant_type", "authorization_code"},
                                       {"code", "the-secret-code"},
                                       {"client_id", "client-1"}})},
                 std::move(response));
    }

    http::Response tokens(const std::string& access, std::string_view refresh) const {
        return http::json_response(
            200, json::dump(json::Object{{"access_token", access}, {"refresh_token", refresh}}));
    }

    void refresh(std::string_view with, http::Response response) {
        exchange({.method = "POST",
                  .path = "/token",
                  .body = encode_form({{"grant_type", "refresh_token"},
                                       {"refresh_token", std::string(with)},
                                       {"client_id", "client-1"}})},
                 std::move(response));
    }

    void call() { recorder_->note_call("connection-1", clock_.now(), "tools/list", "desktop/1.2"); }

    void go_up_to_code() {
        challenge();
        read_metadata();
        register_client();
        authorize();
        send_code();
    }

    /// The only story, when all has been quiet for long.
    Attempt story() {
        auto all = recorder_->list();
        EXPECT_TRUE(all && all->size() == 1) << (all ? all->size() : 0);
        return all && !all->empty() ? all->front() : Attempt{};
    }

    std::string verdict(seconds later = seconds(3600)) {
        return judge(story(), clock_.now() + later).code;
    }

    test::TempDir dir_;
    test::FakeClock clock_;
    std::unique_ptr<storage::Database> database_;
    std::unique_ptr<storage::SqlAttemptStore> store_;
    std::unique_ptr<Recorder> recorder_;
    crypto::SigningKey key_ = crypto::SigningKey::generate();
};

TEST_F(AttemptTest, TellsTheWholeWayAsOneStory) {
    go_up_to_code();
    const std::string access = token();
    redeem(tokens(access, "refresh-1"));
    call();
    const Attempt attempt = story();
    EXPECT_EQ(judge(attempt, clock_.now()).code, "connected");
    std::string steps;
    for (const Event& event : attempt.events) {
        steps.append(steps.empty() ? "" : " ").append(name_of(event.step));
    }
    EXPECT_EQ(steps,
              "challenge resource_metadata server_metadata registration authorize consent code "
              "token first_call");
    EXPECT_EQ(attempt.server, "todo");
    EXPECT_EQ(attempt.client_name, "Desktop");
    EXPECT_EQ(attempt.events[4].user_agent, "Browser");
}

TEST_F(AttemptTest, HoldsFingerprintsAndNoSecrets) {
    go_up_to_code();
    const std::string access = token();
    redeem(tokens(access, "refresh-1-secret"));
    refresh("refresh-1-secret", tokens(token(), "refresh-2-secret"));
    ASSERT_TRUE(recorder_->save());
    const std::string shown = json::dump(to_json(story(), clock_.now()));
    const std::string stored = store_->newest(1)->front().story;
    for (const std::string& text : {shown, stored}) {
        for (const std::string& secret :
             {std::string("the-secret-code"), access, std::string("refresh-1-secret"),
              std::string("refresh-2-secret"), std::string("secret-cookie")}) {
            EXPECT_FALSE(text.contains(secret)) << secret;
        }
        EXPECT_TRUE(text.contains("fingerprint " + fingerprint("the-secret-code")));
    }
}

TEST_F(AttemptTest, SaysThatAClientIsOnItsWay) {
    challenge();
    EXPECT_EQ(verdict(seconds(1)), "in_progress");
}

TEST_F(AttemptTest, FindsAClientThatStoppedAfterTheChallenge) {
    challenge();
    EXPECT_EQ(verdict(), "stopped_after_challenge");
}

TEST_F(AttemptTest, FindsAClientThatLookedForMetadataWhereThereIsNone) {
    challenge();
    exchange({.method = "GET", .path = "/.well-known/oauth-protected-resource/other"},
             http::text_response(404, "not found"));
    EXPECT_EQ(verdict(), "metadata_not_found");
}

TEST_F(AttemptTest, FindsAClientThatStoppedBecauseOfTheMetadata) {
    challenge();
    read_metadata();
    EXPECT_EQ(verdict(), "stopped_after_metadata");
}

TEST_F(AttemptTest, FindsARegistrationThatWasRefusedForItsRedirectUri) {
    challenge();
    read_metadata();
    exchange({.method = "POST",
              .path = "/register",
              .body = R"({"client_name":"Desktop","redirect_uris":["http://evil.example/cb"]})"},
             http::json_response(400, R"({"error":"invalid_redirect_uri",
                                          "error_description":"http://evil.example/cb"})"));
    EXPECT_EQ(verdict(seconds(0)), "redirect_refused");
    EXPECT_TRUE(judge(story(), clock_.now()).text.contains("http://evil.example/cb"));
}

TEST_F(AttemptTest, FindsARedirectUriThatWasNotRegistered) {
    challenge();
    read_metadata();
    register_client();
    exchange(authorize_request(),
             http::html_response(400,
                                 "<h1>This link does not work</h1><p>The app wants to continue at "
                                 "an address that it did not register (redirect_uri). </p>"));
    EXPECT_EQ(verdict(seconds(0)), "redirect_refused");
}

TEST_F(AttemptTest, FindsAResourceWithTheWrongPath) {
    challenge();
    read_metadata();
    register_client();
    http::Request request = authorize_request();
    request.query = encode_form({{"client_id", "client-1"},
                                 {"redirect_uri", "http://127.0.0.1:5000/cb"},
                                 {"resource", "https://mcp.example.com/"}});
    exchange(std::move(request),
             http::redirect_response(303, "http://127.0.0.1:5000/cb?error=invalid_target&iss=x"));
    EXPECT_EQ(verdict(seconds(0)), "wrong_resource");
    EXPECT_TRUE(judge(story(), clock_.now()).text.contains("https://mcp.example.com/"));
}

TEST_F(AttemptTest, ReadsTheErrorOfThePageThatLeadsBack) {
    challenge();
    register_client();
    exchange(
        authorize_request(),
        http::html_response(400, R"(<h1>No</h1><a rel="continue" )"
                                 R"(href="http://127.0.0.1:5000/cb?error=invalid_target&amp;x">)"));
    EXPECT_EQ(verdict(seconds(0)), "wrong_resource");
}

TEST_F(AttemptTest, FindsAnUnknownClient) {
    challenge();
    exchange(authorize_request(), http::html_response(400, "<h1>This app is not known here</h1>"));
    EXPECT_EQ(verdict(seconds(0)), "unknown_client");
}

TEST_F(AttemptTest, FindsAPersonWhoLeft) {
    challenge();
    read_metadata();
    register_client();
    authorize();
    EXPECT_EQ(verdict(seconds(60)), "in_progress");
    EXPECT_EQ(verdict(), "person_left");
}

TEST_F(AttemptTest, FindsAPersonWhoSaidNo) {
    challenge();
    register_client();
    authorize();
    consent(http::redirect_response(303, "http://127.0.0.1:5000/cb?error=access_denied&iss=x"));
    EXPECT_EQ(verdict(seconds(0)), "denied");
}

TEST_F(AttemptTest, FindsADownstreamServerThatFailed) {
    challenge();
    register_client();
    authorize();
    http::Request callback{
        .method = "GET", .path = "/connect/todo/callback", .query = "state=s&error=invalid_scope"};
    callback.headers.set("Cookie", "gatehouse-tx-walk1=secret-cookie");
    exchange(std::move(callback), http::html_response(200, "<h1>That did not work</h1>"));
    EXPECT_EQ(verdict(seconds(0)), "downstream_failed");
}

TEST_F(AttemptTest, FindsACodeThatWasNeverRedeemed) {
    go_up_to_code();
    EXPECT_EQ(verdict(), "code_not_redeemed");
}

TEST_F(AttemptTest, FindsACodeThatWasRefused) {
    go_up_to_code();
    redeem(http::json_response(400, R"({"error":"invalid_grant"})"));
    EXPECT_EQ(verdict(seconds(0)), "code_refused");
}

TEST_F(AttemptTest, FindsATokenThatWasNeverPresented) {
    go_up_to_code();
    redeem(tokens(token(), "refresh-1"));
    EXPECT_EQ(verdict(), "token_not_used");
}

TEST_F(AttemptTest, FindsATokenThatWasRefused) {
    go_up_to_code();
    const std::string access = token();
    redeem(tokens(access, "refresh-1"));
    challenge(access, "invalid_token");
    EXPECT_EQ(verdict(seconds(0)), "token_refused");
}

TEST_F(AttemptTest, FindsATokenOfAnotherServer) {
    go_up_to_code();
    const std::string access = token("https://mcp.example.com/notes/mcp");
    redeem(tokens(access, "refresh-1"));
    challenge(access, "invalid_token");
    EXPECT_EQ(verdict(seconds(0)), "token_for_other_server");
}

TEST_F(AttemptTest, FindsARefreshThatRaced) {
    go_up_to_code();
    redeem(tokens(token(), "refresh-1"));
    call();
    refresh("refresh-1", tokens(token(), "refresh-2"));
    refresh("refresh-1", http::json_response(400, R"({"error":"invalid_grant"})"));
    EXPECT_EQ(verdict(seconds(0)), "refresh_raced");
}

TEST_F(AttemptTest, KeepsTwoClientsOfOneAddressApart) {
    go_up_to_code();
    challenge();
    auto all = recorder_->list();
    ASSERT_EQ(all->size(), 2U);
}

TEST_F(AttemptTest, FindsStoriesAgainAfterARestart) {
    go_up_to_code();
    ASSERT_TRUE(recorder_->save());
    restart();
    ASSERT_TRUE(recorder_->load());
    EXPECT_EQ(verdict(), "code_not_redeemed");
}

TEST_F(AttemptTest, KeepsNoMoreStoriesThanItMay) {
    for (std::size_t i = 0; i < Recorder::kMaxInMemory + 20; ++i) {
        recorder_->note_turned_away(
            {.time = clock_.now(), .server = "todo", .ip = "192.0.2." + std::to_string(i)});
    }
    EXPECT_EQ(recorder_->list()->size(), Recorder::kMaxInMemory);
}

TEST_F(AttemptTest, KeepsTheBeginningAndTheEndOfALongStory) {
    go_up_to_code();
    redeem(tokens(token(), "refresh-0"));
    for (int i = 0; i < 60; ++i) {
        refresh("refresh-" + std::to_string(i),
                tokens(token(), "refresh-" + std::to_string(i + 1)));
    }
    const Attempt attempt = story();
    EXPECT_EQ(attempt.events.size(), Attempt::kMaxEvents);
    EXPECT_GT(attempt.left_out, 0U);
    EXPECT_EQ(attempt.events.front().step, Step::kChallenge);
}

}  // namespace
}  // namespace gatehouse::attempts
