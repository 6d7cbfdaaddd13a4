// SPDX-License-Identifier: Apache-2.0
#include "runtimes/probe.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/fake_http_client.h"
#include "support/fake_runtime.h"

namespace gatehouse::runtimes {
namespace {

class ProbeTest : public testing::Test {
  protected:
    Found ask() {
        client_.on(kUrl, runtime_.handler());
        return probe(client_, peer_);
    }

    [[nodiscard]] bool sent(std::string_view method) const {
        return std::ranges::any_of(runtime_.requests, [&](const auto& request) {
            return request.method == method || request.body.contains(method);
        });
    }

    static constexpr const char* kUrl = "http://127.0.0.1:9000/mcp";
    test::FakeHttpClient client_;
    test::FakeRuntime runtime_;
    Peer peer_{.url = kUrl};
};

TEST_F(ProbeTest, LearnsRevisionsAndToolsOfARuntimeOfBothEras) {
    const auto found = ask();
    EXPECT_EQ(found.reach, Reach::kReady);
    EXPECT_EQ(found.revisions, (std::vector<std::string>{"2025-06-18", "2026-07-28"}));
    EXPECT_TRUE(found.sessions);
    EXPECT_EQ(found.name, "fake");
    ASSERT_TRUE(found.tools);
    EXPECT_EQ(found.tools->front().name, "add");
    EXPECT_EQ(found.trouble, "");
}

TEST_F(ProbeTest, SpeaksToARuntimeOfTheOldEraAlone) {
    runtime_.modern = false;
    const auto found = ask();
    EXPECT_EQ(found.revisions, std::vector<std::string>{"2025-06-18"});
    EXPECT_EQ(found.tools->size(), 1U);
}

TEST_F(ProbeTest, SpeaksToARuntimeOfTheNewEraAlone) {
    runtime_.legacy = false;
    const auto found = ask();
    EXPECT_EQ(found.reach, Reach::kReady);
    EXPECT_EQ(found.revisions, std::vector<std::string>{"2026-07-28"});
    EXPECT_FALSE(found.sessions);
    EXPECT_EQ(found.trouble, "");
}

TEST_F(ProbeTest, ReadsAnswersInStreams) {
    runtime_.streams = true;
    EXPECT_EQ(ask().tools->size(), 1U);
}

TEST_F(ProbeTest, FollowsThePagesOfTheList) {
    runtime_.tools = {R"({"name":"a"})", R"({"name":"b"})", R"({"name":"c"})"};
    runtime_.page_size = 1;
    EXPECT_EQ(ask().tools->size(), 3U);
}

TEST_F(ProbeTest, LeavesNoSessionBehind) {
    (void)ask();
    const auto ended = std::ranges::find(runtime_.requests, "DELETE", &http::ClientRequest::method);
    ASSERT_NE(ended, runtime_.requests.end());
    EXPECT_EQ(ended->headers.get("Mcp-Session-Id"), "s-1");
}

TEST_F(ProbeTest, ShowsTheSecretOfTheWorker) {
    peer_.headers.add("X-Gateway-Worker-Secret", "s3cret");
    (void)ask();
    for (const auto& request : runtime_.requests) {
        EXPECT_EQ(request.headers.get("X-Gateway-Worker-Secret"), "s3cret");
        EXPECT_FALSE(request.headers.get("Authorization"));
    }
}

TEST_F(ProbeTest, SaysThatARuntimeWantsCredentials) {
    runtime_.status = 401;
    const auto found = ask();
    EXPECT_EQ(found.reach, Reach::kNeedsUser);
    EXPECT_FALSE(found.tools);
    EXPECT_EQ(runtime_.requests.size(), 1U);
}

TEST_F(ProbeTest, DoesNotKnowToolsThatAreListedForUsersOnly) {
    runtime_.list_status = 401;
    const auto found = ask();
    EXPECT_EQ(found.reach, Reach::kNeedsUser);
    EXPECT_EQ(found.revisions.size(), 2U);
    EXPECT_FALSE(found.tools);
}

TEST_F(ProbeTest, AsksARuntimeThatIsAwayOnlyOnce) {
    int asked = 0;
    client_.on(kUrl, [&](const auto&) -> Result<http::ClientResponse> {
        ++asked;
        return fail(ErrorCode::kUnavailable, "the peer cannot be reached");
    });
    EXPECT_EQ(probe(client_, peer_).reach, Reach::kUnreachable);
    EXPECT_EQ(asked, 1);
}

TEST_F(ProbeTest, KnowsTheTransportOf2024) {
    client_.on(kUrl, [](const http::ClientRequest& request) -> Result<http::ClientResponse> {
        if (request.method != "GET") {
            return http::ClientResponse{.status = 405};
        }
        return http::ClientResponse{.status = 200,
                                    .headers = {{"Content-Type", "text/event-stream"}},
                                    .body = "event: endpoint\ndata: /messages?id=1\n\n"};
    });
    const auto found = probe(client_, peer_);
    EXPECT_TRUE(found.sse_only);
    EXPECT_EQ(found.revisions, std::vector<std::string>{"2024-11-05"});
}

TEST_F(ProbeTest, TakesNonsenseForNonsense) {
    client_.answer(kUrl, 200, "<html>hello</html>");
    const auto found = probe(client_, peer_);
    EXPECT_EQ(found.reach, Reach::kUnreachable);
    EXPECT_FALSE(found.trouble.empty());
}

TEST_F(ProbeTest, BelievesNoAnswerToAnotherQuestion) {
    client_.answer(kUrl, 200,
                   R"({"jsonrpc":"2.0","id":99,"result":{"supportedVersions":["2026-07-28"]}})");
    EXPECT_EQ(probe(client_, peer_).reach, Reach::kUnreachable);
}

}  // namespace
}  // namespace gatehouse::runtimes
