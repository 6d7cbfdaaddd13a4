// SPDX-License-Identifier: Apache-2.0
#include "oauth/cimd_clients.h"

#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "base/json.h"
#include "support/fake_clock.h"
#include "support/fake_http_client.h"

namespace gatehouse::oauth {
namespace {

using namespace std::chrono_literals;

const std::string kId = "https://app.example/client.json";
const std::string kClaudeCode = "https://claude.ai/oauth/claude-code-client-metadata";

std::string document(const std::string& id, const std::string& name = "App") {
    return json::dump(
        json::Object{{"client_id", id},
                     {"client_name", name},
                     {"redirect_uris", json::Array{json::Value("https://app.example/cb")}}});
}

class CimdClientsTest : public testing::Test {
  protected:
    CimdClientsTest() { http_.answer(kId, 200, document(kId)); }

    Result<Client> find(const std::string& id = kId,
                        const std::optional<Client>& approved = std::nullopt) {
        return clients_.find(id, approved);
    }

    void answer(http::ClientResponse response, const std::string& id = kId) {
        http_.on(id, [response = std::move(response)](const auto&) { return response; });
    }

    static http::ClientResponse json_answer(const std::string& body, http::Headers more = {}) {
        http::ClientResponse response{
            .status = 200, .headers = {{"Content-Type", "application/json"}}, .body = body};
        for (const auto& field : more) {
            response.headers.add(field.name, field.value);
        }
        return response;
    }

    test::FakeHttpClient http_;
    test::FakeClock clock_;
    std::shared_ptr<const http::AddressRule> rule_ =
        std::make_shared<const http::AddressRule>(http::AddressRule::public_and({}).value());
    CimdClients clients_{http_, rule_, clock_};
};

TEST_F(CimdClientsTest, FetchesAsAStrangersUrlIsFetched) {  // C22, C31
    const auto client = find();
    ASSERT_TRUE(client) << describe(client.error());
    EXPECT_EQ(client->id, kId);
    EXPECT_EQ(client->name, "App");
    const auto request = http_.requests_to(kId).at(0);
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.headers.size(), 1U);
    EXPECT_EQ(request.headers.get("Accept"), "application/json");
    EXPECT_EQ(request.timeout, 5s);
    EXPECT_EQ(request.max_body, 64U * 1024U);
    EXPECT_EQ(request.addresses, rule_);
}

TEST_F(CimdClientsTest, FetchesNothingForWhatIsNoMetadataUrl) {  // C21
    for (const auto* id : {"https://app.example", "https://app.example/a/../client.json", "x"}) {
        EXPECT_EQ(find(id).error().code, ErrorCode::kNotFound) << id;
        EXPECT_EQ(http_.count(id), 0U);
    }
}

TEST_F(CimdClientsTest, KeepsADocumentWhileItIsFresh) {  // C28
    answer(json_answer(document(kId), {{"Cache-Control", "max-age=600"}}));
    ASSERT_TRUE(find());
    clock_.advance(599s);
    ASSERT_TRUE(find());
    EXPECT_EQ(http_.count(kId), 1U);
    answer(json_answer(document(kId, "New name")));
    clock_.advance(1s);
    EXPECT_EQ(find()->name, "New name");
    EXPECT_EQ(http_.count(kId), 2U);
}

TEST_F(CimdClientsTest, KeepsNothingThatMustNotBeStored) {  // C28
    answer(json_answer(document(kId), {{"Cache-Control", "no-store"}}));
    ASSERT_TRUE(find());
    ASSERT_TRUE(find());
    EXPECT_EQ(http_.count(kId), 2U);
    http_.fail_with(kId, ErrorCode::kTimeout);
    EXPECT_FALSE(find());
}

TEST_F(CimdClientsTest, RefusesAndNeverKeepsWhatWillNotDo) {  // C22, C23, C27, C28, I31, I34

    struct Case {
        const char* name;
        http::ClientResponse response;
    };

    const std::string good = document(kId);
    auto redirect = json_answer(good, {{"Location", "http://169.254.169.254/"}});
    redirect.status = 302;
    auto empty = json_answer(good);
    empty.status = 204;
    http::ClientResponse html = json_answer(good);
    html.headers.set("Content-Type", "text/html");
    http::ClientResponse untyped = json_answer(good);
    untyped.headers.remove("Content-Type");
    for (const Case& c :
         std::vector<Case>{{"redirect", redirect},
                           {"no content", empty},
                           {"gone", {.status = 410}},
                           {"not found", {.status = 404}},
                           {"challenge", {.status = 403}},
                           {"broken", {.status = 500}},
                           {"page", html},
                           {"no type", untyped},
                           {"no object", json_answer("[]")},
                           {"no JSON", json_answer("{")},
                           {"twice", json_answer(R"({"client_name":"a",)" + good.substr(1))},
                           {"other id", json_answer(document(kId + "/"))}}) {
        const auto before = http_.count(kId);
        answer(c.response);
        for (int i = 0; i < 2; ++i) {
            const auto client = find();
            ASSERT_FALSE(client) << c.name;
            EXPECT_EQ(client.error().code, ErrorCode::kNotFound) << c.name;
        }
        EXPECT_EQ(http_.count(kId), before + 2) << c.name;
    }
    answer(json_answer(good));
    EXPECT_TRUE(find());
}

TEST_F(CimdClientsTest, TakesEveryJsonMediaType) {  // C22
    for (const auto* type :
         {"application/json; charset=utf-8", "Application/JSON", "application/oauth-client+json"}) {
        auto response = json_answer(document(kId), {{"Cache-Control", "no-store"}});
        response.headers.set("Content-Type", type);
        answer(response);
        EXPECT_TRUE(find()) << type;
    }
}

TEST_F(CimdClientsTest, SaysNothingOfTheNetwork) {  // C27
    http_.on(kId, [](const auto&) {
        return fail(ErrorCode::kUnavailable, "the peer cannot be reached", "10.0.0.7 errno 111");
    });
    const auto client = find();
    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().message, "the app's metadata document could not be fetched");
}

TEST_F(CimdClientsTest, ServesTheLastCopyWhileTheHostFails) {  // rule 16
    ASSERT_TRUE(find());
    for (const auto code : {ErrorCode::kTimeout, ErrorCode::kUnavailable, ErrorCode::kTooLarge}) {
        clock_.advance(24h);
        http_.fail_with(kId, code);
        EXPECT_TRUE(find());
    }
    clock_.advance(24h);
    answer({.status = 503});
    EXPECT_TRUE(find());
    EXPECT_EQ(http_.count(kId), 5U);
    EXPECT_TRUE(find()) << "the host is left alone for a minute";
    EXPECT_EQ(http_.count(kId), 5U);
    clock_.advance(61s);
    answer(json_answer(document(kId, "New name")));
    EXPECT_EQ(find()->name, "New name");
}

TEST_F(CimdClientsTest, ForgetsAClientWhoseDocumentIsWithdrawn) {
    for (const http::ClientResponse& last :
         {http::ClientResponse{.status = 404}, json_answer(document(kId + "x"))}) {
        answer(json_answer(document(kId)));
        ASSERT_TRUE(find());
        clock_.advance(24h);
        answer(last);
        EXPECT_FALSE(find(kId, Client{.id = kId}));
        http_.fail_with(kId, ErrorCode::kTimeout);
        EXPECT_FALSE(find());
    }
}

TEST_F(CimdClientsTest, FallsBackToWhatWasApproved) {
    http_.fail_with(kId, ErrorCode::kUnavailable);
    const auto client = find(kId, Client{.id = kId, .name = "As approved"});
    ASSERT_TRUE(client);
    EXPECT_EQ(client->name, "As approved");
}

TEST_F(CimdClientsTest, FallsBackToTheShippedCopy) {  // contract §5
    http_.fail_with(kClaudeCode, ErrorCode::kUnavailable);
    EXPECT_EQ(find(kClaudeCode)->name, "Claude Code");
    clock_.advance(61s);
    answer({.status = 403, .headers = {{"cf-mitigated", "challenge"}}}, kClaudeCode);
    EXPECT_EQ(find(kClaudeCode)->name, "Claude Code");
    clock_.advance(61s);
    answer(json_answer(document(kClaudeCode, "Published")), kClaudeCode);
    EXPECT_EQ(find(kClaudeCode)->name, "Published");
}

TEST_F(CimdClientsTest, FetchesOnceForAllThatWaitAndNoMoreThanAFewAtATime) {  // C28, C33
    std::latch release(1), two_hosts(4);
    const auto hold = [&](const http::ClientRequest& request) {
        two_hosts.count_down();
        release.wait();
        return json_answer(document(request.url));
    };
    const auto url = [](char host, int i) {
        return std::string("https://") + host + ".example/" + std::to_string(i);
    };
    std::vector<std::jthread> callers;
    std::atomic<int> found = 0;
    for (const char host : {'a', 'b'}) {
        for (int i = 0; i < 2; ++i) {
            http_.on(url(host, i), hold);
            callers.emplace_back([&, id = url(host, i)] { found += find(id) ? 1 : 0; });
        }
    }
    two_hosts.wait();
    EXPECT_EQ(find(url('a', 2)).error().code, ErrorCode::kUnavailable) << "two for one host";
    EXPECT_EQ(http_.count(url('a', 2)), 0U);
    release.count_down();
    callers.clear();
    EXPECT_EQ(found, 4);
    EXPECT_TRUE(find(url('a', 0)));
    EXPECT_EQ(http_.count(url('a', 0)), 1U);
}

TEST_F(CimdClientsTest, BoundsTheWaitersOfOneDocument) {  // C33
    std::latch release(1), fetching(1);
    http_.on(kId, [&](const auto&) {
        fetching.count_down();
        release.wait();
        return json_answer(document(kId));
    });
    std::atomic<int> found = 0, busy = 0;
    std::jthread first([&] { found += find() ? 1 : 0; });
    fetching.wait();
    // Of these five wait and the others are turned away, which ends their threads.
    std::vector<std::jthread> more;
    std::latch turned_away(4);
    for (int i = 0; i < 9; ++i) {
        more.emplace_back([&] {
            const auto client = find();
            if (client) {
                ++found;
            } else if (client.error().code == ErrorCode::kUnavailable) {
                ++busy;
                turned_away.count_down();
            }
        });
    }
    turned_away.wait();
    EXPECT_TRUE(find(kClaudeCode).has_value()) << "a copy needs no waiting";
    release.count_down();
    first.join();
    more.clear();
    EXPECT_EQ(found, 6);
    EXPECT_EQ(busy, 4);
    EXPECT_EQ(http_.count(kId), 1U);
}

TEST_F(CimdClientsTest, KeepsABoundedNumberOfDocuments) {
    for (int i = 0; i <= 1000; ++i) {
        const std::string id = "https://app.example/" + std::to_string(i);
        http_.answer(id, 200, document(id));
        ASSERT_TRUE(find(id));
        clock_.advance(1ms);
    }
    EXPECT_TRUE(find("https://app.example/1"));
    EXPECT_EQ(http_.count("https://app.example/1"), 1U);
    EXPECT_TRUE(find("https://app.example/0"));
    EXPECT_EQ(http_.count("https://app.example/0"), 2U);
}

}  // namespace
}  // namespace gatehouse::oauth
