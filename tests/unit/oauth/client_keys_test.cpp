// SPDX-License-Identifier: Apache-2.0
#include "oauth/client_keys.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "support/fake_clock.h"
#include "support/fake_http_client.h"

namespace gatehouse::oauth {
namespace {

const std::string kUrl = "https://app.example/jwks.json";

std::string key_set() {
    json::Array keys{json::Value(crypto::SigningKey::generate().public_key().to_jwk())};
    return json::dump(json::Object{{"keys", std::move(keys)}});
}

class ClientKeysTest : public ::testing::Test {
  protected:
    std::shared_ptr<const http::AddressRule> rule_ =
        std::make_shared<http::AddressRule>(*http::AddressRule::public_and({}));
    test::FakeHttpClient http_;
    test::FakeClock clock_;
    ClientKeys keys_{http_, rule_, clock_};
    Client client_{.id = "app", .kind = ClientKind::kDynamic, .jwks_uri = kUrl};
};

TEST_F(ClientKeysTest, AreFetchedFromAdmittedAddressesOnly) {  // C31, C32, I41
    http_.answer(kUrl, 200, key_set());
    for (const ClientKind kind : {ClientKind::kDynamic, ClientKind::kMetadataDocument}) {
        client_.kind = kind;
        client_.jwks_uri = kUrl + (kind == ClientKind::kDynamic ? "?1" : "?2");
        ASSERT_TRUE(keys_.find(client_, ""));
        EXPECT_EQ(http_.requests_to(kUrl).back().addresses, rule_);
    }
}

TEST_F(ClientKeysTest, OfTheOperatorsClientsMayBeAnywhere) {
    http_.answer(kUrl, 200, key_set());
    client_.kind = ClientKind::kPreregistered;
    ASSERT_TRUE(keys_.find(client_, ""));
    EXPECT_EQ(http_.requests_to(kUrl).back().addresses, nullptr);
}

TEST_F(ClientKeysTest, AreNotAskedForAgainRightAfterAFailure) {  // E07
    for (const auto& [status, body] : std::vector<std::pair<int, std::string>>{
             {404, ""}, {200, "no JSON"}, {200, R"({"keys":[]})"}, {302, key_set()}}) {
        client_.jwks_uri = kUrl + "?" + std::to_string(status) + body.substr(0, 2);
        http_.answer(kUrl, status, body);
        const auto before = http_.requests_to(kUrl).size();
        EXPECT_EQ(keys_.find(client_, "").error().code, ErrorCode::kPeer);
        EXPECT_EQ(keys_.find(client_, "").error().code, ErrorCode::kPeer);
        EXPECT_EQ(http_.requests_to(kUrl).size(), before + 1);
    }
    clock_.advance(std::chrono::seconds{60});
    http_.answer(kUrl, 200, key_set());
    EXPECT_TRUE(keys_.find(client_, ""));
}

TEST_F(ClientKeysTest, TakeBoundedMemory) {  // C33
    http_.answer(kUrl, 200, key_set());
    for (int i = 0; i < 600; ++i) {
        client_.jwks_uri = kUrl + "?" + std::to_string(i);
        clock_.advance(std::chrono::seconds{1});
        ASSERT_TRUE(keys_.find(client_, ""));
    }
    client_.jwks_uri = kUrl + "?599";
    ASSERT_TRUE(keys_.find(client_, ""));
    EXPECT_EQ(http_.requests_to(kUrl).size(), 600U);
    client_.jwks_uri = kUrl + "?0";
    ASSERT_TRUE(keys_.find(client_, ""));
    EXPECT_EQ(http_.requests_to(kUrl).size(), 601U);
}

TEST_F(ClientKeysTest, AreMissingForAClientWithoutAny) {
    client_.jwks_uri.clear();
    EXPECT_EQ(keys_.find(client_, "").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace gatehouse::oauth
