// SPDX-License-Identifier: Apache-2.0
#include "oidc/provider_directory.h"

#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "support/fake_clock.h"
#include "support/fake_downstream.h"
#include "support/fake_http_client.h"

namespace gatehouse::oidc {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class ProviderDirectoryTest : public testing::Test {
  protected:
    ProviderDirectoryTest() {
        profile_.name = "todo";
        profile_.issuer = "https://auth.example/tenant";
        profile_.identity.from = catalog::IdentitySource::kIdToken;
        http_.answer(kOauth, 200, json::dump(document_));
    }

    ErrorCode refusal() {
        const auto provider = directory_.provider_of(profile_);
        EXPECT_FALSE(provider);
        return provider ? ErrorCode::kInternal : provider.error().code;
    }

    static constexpr const char* kOauth =
        "https://auth.example/.well-known/oauth-authorization-server/tenant";
    static constexpr const char* kOidcInserted =
        "https://auth.example/.well-known/openid-configuration/tenant";
    static constexpr const char* kOidc =
        "https://auth.example/tenant/.well-known/openid-configuration";

    json::Object document_{{"issuer", "https://auth.example/tenant"},
                           {"authorization_endpoint", "https://auth.example/authorize"},
                           {"token_endpoint", "https://auth.example/token"},
                           {"jwks_uri", "https://auth.example/jwks"}};
    catalog::Profile profile_;
    test::FakeClock clock_;
    test::FakeHttpClient http_;
    ProviderDirectory directory_{http_, clock_};
};

TEST_F(ProviderDirectoryTest, DiscoversByRfc8414First) {  // G01
    const auto provider = directory_.provider_of(profile_);
    ASSERT_TRUE(provider);
    EXPECT_EQ(provider->issuer, profile_.issuer);
    EXPECT_EQ(provider->endpoints.token, "https://auth.example/token");
    EXPECT_FALSE(provider->promises_iss);
    EXPECT_EQ(http_.count(kOidc) + http_.count(kOidcInserted), 0U);
}

TEST_F(ProviderDirectoryTest, FallsBackToOpenIdConnect) {  // G01
    for (const char* place : {kOidcInserted, kOidc}) {
        SCOPED_TRACE(place);
        test::FakeHttpClient http;
        http.answer(place, 200, json::dump(document_));
        ProviderDirectory directory(http, clock_);
        EXPECT_TRUE(directory.provider_of(profile_));
    }
}

TEST_F(ProviderDirectoryTest, LooksFurtherWhenADocumentLacksWhatIsNeeded) {
    http_.answer(kOidc, 200, json::dump(document_));
    document_.erase("jwks_uri");
    http_.answer(kOauth, 200, json::dump(document_));
    EXPECT_EQ(directory_.provider_of(profile_)->endpoints.jwks, "https://auth.example/jwks");
}

TEST_F(ProviderDirectoryTest, RefusesWhatItCannotTrust) {  // G01
    const std::vector<std::pair<const char*, json::Value>> cases{
        {"issuer", "https://auth.example/tenant/"},
        {"issuer", "https://evil.example"},
        {"issuer", nullptr},
        {"token_endpoint", "http://auth.example/token"},
        {"token_endpoint", "https://auth.example/token#x"},
        {"token_endpoint", "https://a:b@auth.example/token"},
        {"token_endpoint", "file:///etc/passwd"},
        {"token_endpoint", nullptr},
        {"authorization_endpoint", "javascript:alert(1)"},
        {"jwks_uri", nullptr}};
    for (const auto& [name, value] : cases) {
        SCOPED_TRACE(name);
        json::Object spoilt = document_;
        spoilt[name] = value;
        http_.answer(kOauth, 200, json::dump(spoilt));
        EXPECT_EQ(refusal(), ErrorCode::kPeer);
        clock_.advance(minutes{11});
    }
    for (const char* body : {"", "[]", "<html>"}) {
        http_.answer(kOauth, 200, body);
        EXPECT_EQ(refusal(), ErrorCode::kPeer);
        clock_.advance(minutes{11});
    }
}

TEST_F(ProviderDirectoryTest, AllowsPlainHttpOnLoopbackOnly) {  // G01
    profile_.issuer = "http://127.0.0.1:4010";
    document_["issuer"] = profile_.issuer;
    document_["token_endpoint"] = "http://127.0.0.1:4010/token";
    http_.answer("http://127.0.0.1:4010/.well-known/oauth-authorization-server", 200,
                 json::dump(document_));
    EXPECT_TRUE(directory_.provider_of(profile_));
    profile_.issuer = "http://auth.example";
    EXPECT_EQ(refusal(), ErrorCode::kPeer);
}

TEST_F(ProviderDirectoryTest, ExplicitEndpointsWin) {  // G01
    profile_.endpoints.token = "https://auth.example/other-token";
    EXPECT_EQ(directory_.provider_of(profile_)->endpoints.token,
              "https://auth.example/other-token");
}

TEST_F(ProviderDirectoryTest, AsksNobodyWhenEverythingIsSpeltOut) {
    profile_.endpoints = {.authorize = "https://x.example/a",
                          .token = "https://x.example/t",
                          .jwks = "https://x.example/j"};
    ASSERT_TRUE(directory_.provider_of(profile_));
    EXPECT_EQ(http_.count(kOauth), 0U);
    profile_.endpoints.token = "http://x.example/t";
    EXPECT_EQ(refusal(), ErrorCode::kPeer);
}

TEST_F(ProviderDirectoryTest, FetchesAgainOnScheduleAndKeepsTheLastGoodCopy) {  // G01
    ASSERT_TRUE(directory_.provider_of(profile_));
    clock_.advance(minutes{9});
    ASSERT_TRUE(directory_.provider_of(profile_));
    EXPECT_EQ(http_.count(kOauth), 1U);
    clock_.advance(minutes{1});
    http_.fail_with(kOauth, ErrorCode::kUnavailable);
    EXPECT_TRUE(directory_.provider_of(profile_));
    EXPECT_TRUE(directory_.provider_of(profile_));
    EXPECT_EQ(http_.count(kOauth), 2U);
    document_["token_endpoint"] = "https://auth.example/moved";
    http_.answer(kOauth, 200, json::dump(document_));
    clock_.advance(minutes{1});
    EXPECT_EQ(directory_.provider_of(profile_)->endpoints.token, "https://auth.example/moved");
}

TEST_F(ProviderDirectoryTest, TellsOutOfReachFromWrong) {
    http_.fail_with(kOauth, ErrorCode::kTimeout);
    http_.fail_with(kOidc, ErrorCode::kUnavailable);
    EXPECT_EQ(refusal(), ErrorCode::kUnavailable);
    EXPECT_EQ(refusal(), ErrorCode::kUnavailable);
    EXPECT_EQ(http_.count(kOauth), 1U);
    clock_.advance(seconds{2});
    http_.answer(kOauth, 503, "");
    EXPECT_EQ(refusal(), ErrorCode::kUnavailable);
    clock_.advance(seconds{2});
    http_.answer(kOauth, 200, json::dump(document_));
    EXPECT_TRUE(directory_.provider_of(profile_));
}

TEST_F(ProviderDirectoryTest, ManyCallersMakeOneFetch) {
    constexpr int kThreads = 20;
    std::latch start(kThreads);
    std::vector<int> fine(kThreads);
    {
        std::vector<std::jthread> threads;
        for (int& place : fine) {
            threads.emplace_back([this, &start, &place] {
                start.arrive_and_wait();
                place = directory_.provider_of(profile_) ? 1 : 0;
            });
        }
    }
    EXPECT_EQ(http_.count(kOauth), 1U);
    EXPECT_EQ(std::ranges::count(fine, 1), kThreads);
}

TEST_F(ProviderDirectoryTest, FetchesKeysAgainForAnUnknownOneOnceAMinute) {
    const auto publish = [&](const crypto::SigningKey& key) {
        http_.answer("https://auth.example/jwks", 200,
                     json::dump({{"keys", json::Array{key.public_key().to_jwk()}}}));
    };
    const auto old_key = crypto::SigningKey::generate();
    const auto new_key = crypto::SigningKey::generate();
    const json::Object claims{{"sub", "alice"}};
    const auto provider = directory_.provider_of(profile_).value();
    publish(old_key);
    EXPECT_TRUE(directory_.verify(provider, crypto::sign_jwt(old_key, "JWT", claims)));
    publish(new_key);
    const std::string token = crypto::sign_jwt(new_key, "JWT", claims);
    EXPECT_FALSE(directory_.verify(provider, token));
    EXPECT_EQ(http_.count("https://auth.example/jwks"), 1U);
    clock_.advance(seconds{60});
    EXPECT_TRUE(directory_.verify(provider, token));
    EXPECT_EQ(http_.count("https://auth.example/jwks"), 2U);
}

TEST_F(ProviderDirectoryTest, WithoutKeysNothingIsVerified) {
    const auto provider = directory_.provider_of(profile_).value();
    const auto key = crypto::SigningKey::generate();
    EXPECT_EQ(directory_.verify(provider, "not a token").error().code, ErrorCode::kPeer);
    http_.fail_with("https://auth.example/jwks", ErrorCode::kUnavailable);
    EXPECT_EQ(directory_.verify(provider, crypto::sign_jwt(key, "JWT", {})).error().code,
              ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace gatehouse::oidc
