// SPDX-License-Identifier: Apache-2.0
#include "identity/provider_sign_in.h"

#include <gtest/gtest.h>

#include "storage/database.h"
#include "storage/sql_sign_in_leg_store.h"
#include "support/fake_clock.h"
#include "support/fake_downstream.h"
#include "support/fake_http_client.h"
#include "support/temp_dir.h"

namespace gatehouse::identity {
namespace {

using Why = ProviderFailure::Why;
using test::field;

class ProviderSignInTest : public testing::Test {
  protected:
    ProviderSignInTest() : database_(storage::open_sqlite(dir_ / "gatehouse.db").value()) {
        configure([](catalog::OidcProvider&) {});
    }

    void configure(const std::function<void(catalog::OidcProvider&)>& change) {
        auto next = std::make_shared<catalog::Catalog>();
        for (const char* name : {"corp", "partner"}) {
            next->oidc.push_back({.name = name,
                                  .issuer = "https://" + std::string(name) + ".example",
                                  .client_id = "gatehouse",
                                  .client_secret = Secret("s3cret"),
                                  .scopes = {"openid", "email", "profile"},
                                  .groups_claim = "groups"});
        }
        change(next->oidc[0]);
        catalog_.set(std::move(next));
    }

    [[nodiscard]] ProviderRequest request() const {
        return {.provider = "corp",
                .redirect_uri = "https://mcp.example.com/sign-in/corp/callback",
                .transaction_id = "t1",
                .browser_secret = "browser",
                .wishes = {}};
    }

    /// The person signs in over there: what comes back.
    FormFields approved() { return corp_.approve(sign_in_.begin(request()).value()); }

    /// The reason of a refusal.
    Why refused(const FormFields& answer,
                std::string_view provider = "corp",
                std::string_view browser = "browser") {
        const auto result = sign_in_.complete(provider, answer, browser);
        EXPECT_FALSE(result);
        return result ? Why::kDenied : result.error().why;
    }

    ExternalUser person() {
        const auto answer = sign_in_.complete("corp", approved(), "browser");
        EXPECT_TRUE(answer) << (answer ? "" : answer.error().detail);
        return answer ? answer->person : ExternalUser{};
    }

    static FormFields without(FormFields fields, std::string_view name) {
        std::erase_if(fields, [&](const auto& entry) { return entry.first == name; });
        return fields;
    }

    test::TempDir dir_;
    test::FakeClock clock_;
    test::FakeHttpClient http_;
    test::FakeDownstream corp_{http_, clock_, "https://corp.example"};
    test::FakeDownstream partner_{http_, clock_, "https://partner.example"};
    std::unique_ptr<storage::Database> database_;
    storage::SqlSignInLegStore legs_{*database_};
    catalog::LiveCatalog catalog_{std::make_shared<catalog::Catalog>()};
    crypto::Sealer sealer_{{Secret(std::string(32, 'k'))}, "sign-in-leg"};
    ProviderSignIn sign_in_{{.catalog = catalog_, .legs = legs_, .http = http_, .clock = clock_},
                            sealer_};
};

TEST_F(ProviderSignInTest, GoesOnAfterAnotherMasterKeyTookOver) {
    const FormFields before = approved();
    const Secret old(std::string(32, 'k'));
    const Secret fresh(std::string(32, 'f'));
    sealer_.rekey({fresh, old});
    EXPECT_TRUE(sign_in_.complete("corp", before, "browser"));
    const FormFields between = approved();
    sealer_.rekey({fresh});
    EXPECT_TRUE(sign_in_.complete("corp", between, "browser"));
}

TEST_F(ProviderSignInTest, AsksWithPkceNonceAndState) {
    const FormFields query = test::query_of(sign_in_.begin(request()).value());
    EXPECT_EQ(field(query, "response_type"), "code");
    EXPECT_EQ(field(query, "client_id"), "gatehouse");
    EXPECT_EQ(field(query, "redirect_uri"), "https://mcp.example.com/sign-in/corp/callback");
    EXPECT_EQ(field(query, "scope"), "openid email profile");
    EXPECT_EQ(field(query, "code_challenge_method"), "S256");
    for (const char* name : {"code_challenge", "nonce", "state"}) {
        EXPECT_EQ(field(query, name).size(), 43U) << name;
    }
    EXPECT_EQ(field(query, "prompt"), "");
}

TEST_F(ProviderSignInTest, PassesOnWhatTheClientWants) {  // D16
    auto wanted = request();
    wanted.wishes = {.prompt = "login",
                     .login_hint = "alice@example.com",
                     .acr_values = "phr",
                     .ui_locales = "de",
                     .max_age = std::chrono::seconds{60}};
    const FormFields query = test::query_of(sign_in_.begin(wanted).value());
    EXPECT_EQ(field(query, "prompt"), "login");
    EXPECT_EQ(field(query, "login_hint"), "alice@example.com");
    EXPECT_EQ(field(query, "acr_values"), "phr");
    EXPECT_EQ(field(query, "ui_locales"), "de");
    EXPECT_EQ(field(query, "max_age"), "60");
}

TEST_F(ProviderSignInTest, AlwaysAsksForAnIdToken) {
    configure([](auto& entry) { entry.scopes = {"email"}; });
    EXPECT_EQ(field(test::query_of(sign_in_.begin(request()).value()), "scope"), "openid email");
}

TEST_F(ProviderSignInTest, LearnsWhoItIs) {
    corp_.claims_extra = {{"auth_time", to_unix_seconds(clock_.now()) - 5}};
    const auto answer = sign_in_.complete("corp", approved(), "browser");
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->person.source, "corp");
    EXPECT_EQ(answer->person.subject, "alice");
    EXPECT_EQ(answer->person.email, "alice@example.com");
    EXPECT_TRUE(answer->person.email_verified);
    EXPECT_EQ(answer->person.groups, std::vector<std::string>{"staff"});
    EXPECT_EQ(to_unix_seconds(*answer->auth_time), to_unix_seconds(clock_.now()) - 5);
    EXPECT_EQ(http_.count("https://corp.example/userinfo"), 0U);
}

TEST_F(ProviderSignInTest, KnowsWhatAnAnswerIsAbout) {
    const FormFields answer = approved();
    EXPECT_EQ(sign_in_.find_transaction(answer).value(), "t1");
    EXPECT_FALSE(sign_in_.find_transaction({{"state", "unknown"}}));
    EXPECT_FALSE(sign_in_.find_transaction(without(answer, "state")));
}

TEST_F(ProviderSignInTest, RefusesAnswersOfAnotherBrowserAndKeepsThemForTheRightOne) {  // I02, I03
    const FormFields answer = approved();
    EXPECT_EQ(refused(answer, "corp", "other"), Why::kBadCallback);
    EXPECT_TRUE(sign_in_.complete("corp", answer, "browser"));
}

TEST_F(ProviderSignInTest, TakesAnAnswerOnce) {  // I04
    const FormFields answer = approved();
    ASSERT_TRUE(sign_in_.complete("corp", answer, "browser"));
    EXPECT_EQ(refused(answer), Why::kBadCallback);
}

TEST_F(ProviderSignInTest, RefusesMixUps) {  // I20
    const FormFields answer = approved();
    EXPECT_EQ(refused(answer, "partner"), Why::kBadCallback);
    EXPECT_EQ(refused(without(answer, "iss")), Why::kBadCallback);
    FormFields other = without(answer, "iss");
    other.emplace_back("iss", "https://partner.example");
    EXPECT_EQ(refused(other), Why::kBadCallback);
    FormFields twice = answer;
    twice.emplace_back("code", "another");
    EXPECT_EQ(refused(twice), Why::kBadCallback);
    FormFields unknown = without(answer, "state");
    unknown.emplace_back("state", "unknown");
    EXPECT_EQ(refused(unknown), Why::kBadCallback);
    EXPECT_EQ(http_.count("https://corp.example/token"), 0U);
    EXPECT_EQ(http_.count("https://partner.example/token"), 0U);
    EXPECT_TRUE(sign_in_.complete("corp", answer, "browser"));
}

TEST_F(ProviderSignInTest, RefusesAnswersThatTookTooLong) {
    const FormFields answer = approved();
    clock_.advance(std::chrono::minutes{10});
    EXPECT_EQ(refused(answer), Why::kBadCallback);
    ASSERT_TRUE(sign_in_.tidy());
    EXPECT_FALSE(sign_in_.find_transaction(answer));
}

TEST_F(ProviderSignInTest, BoundsTheRedirectsOfOneTransaction) {  // D31
    const FormFields first = approved();
    for (int i = 0; i < 5; ++i) {
        clock_.advance(std::chrono::milliseconds{1});
        EXPECT_TRUE(sign_in_.begin(request()));
    }
    EXPECT_FALSE(sign_in_.find_transaction(first));
}

TEST_F(ProviderSignInTest, ChecksTheIdToken) {  // I46
    const std::int64_t now = to_unix_seconds(clock_.now());
    const std::pair<const char*, json::Value> spoiled[] = {
        {"nonce", "another"},
        {"nonce", nullptr},
        {"iss", "https://partner.example"},
        {"iss", "https://corp.example/"},
        {"aud", "somebody"},
        {"aud", json::Array{"gatehouse", "somebody"}},
        {"azp", "somebody"},
        {"exp", now - 61},
        {"exp", nullptr},
        {"iat", now + 61},
        {"sub", nullptr},
        {"sub", ""},
        {"sub", "al\nice"}};
    for (const auto& [name, value] : spoiled) {
        corp_.claims_extra = {{name, value}};
        EXPECT_EQ(refused(approved()), Why::kRejected) << name << ' ' << json::dump(value);
    }
    corp_.claims_extra = {};
    EXPECT_EQ(person().subject, "alice");
}

TEST_F(ProviderSignInTest, WantsASignatureOfTheProvidersKeys) {  // I45
    const auto genuine = corp_.key;
    const auto forged = [&] {
        const auto url = sign_in_.begin(request()).value();
        FormFields answer = corp_.approve(url);
        const FormFields query = test::query_of(url);
        corp_.answer_extra = {
            {"id_token", crypto::sign_jwt(crypto::SigningKey::generate(), "JWT",
                                          {{"iss", "https://corp.example"},
                                           {"sub", "alice"},
                                           {"aud", "gatehouse"},
                                           {"nonce", field(query, "nonce")},
                                           {"exp", to_unix_seconds(clock_.now()) + 300}})}};
        return answer;
    };
    EXPECT_EQ(refused(forged()), Why::kRejected);
    corp_.answer_extra = {{"id_token", nullptr}};
    EXPECT_EQ(refused(approved()), Why::kRejected);
}

TEST_F(ProviderSignInTest, AsksUserinfoForWhatTheIdTokenLacks) {
    corp_.claims_extra = {{"email", nullptr}, {"email_verified", nullptr}, {"groups", nullptr}};
    EXPECT_EQ(person().email, "alice@example.com");
    EXPECT_EQ(person().groups, std::vector<std::string>{"staff"});
    EXPECT_TRUE(person().email_verified);
}

TEST_F(ProviderSignInTest, NeverMixesTwoAddresses) {
    corp_.claims_extra = {{"email", "alice@elsewhere.example"}, {"email_verified", nullptr}};
    EXPECT_EQ(person().email, "alice@elsewhere.example");
    EXPECT_FALSE(person().email_verified);
    corp_.claims_extra = {{"email", nullptr}, {"email_verified", true}};
    corp_.account["email_verified"] = false;
    EXPECT_FALSE(person().email_verified);
}

TEST_F(ProviderSignInTest, LetsNobodyInWhoseGroupsCannotBeLearnt) {
    corp_.claims_extra = {{"groups", nullptr}};
    http_.fail_with("https://corp.example/userinfo", ErrorCode::kTimeout);
    EXPECT_EQ(refused(approved()), Why::kUnavailable);
    http_.answer("https://corp.example/userinfo", 200, R"({"sub":"bob","groups":["admins"]})");
    EXPECT_EQ(refused(approved()), Why::kRejected);
    http_.answer("https://corp.example/userinfo", 401, "{}");
    EXPECT_EQ(refused(approved()), Why::kRejected);
}

TEST_F(ProviderSignInTest, ReadsGroupsFromTheClaimThatIsConfigured) {
    configure([](auto& entry) { entry.groups_claim = "roles"; });
    corp_.claims_extra = {{"roles", json::Array{"ops", "dev"}}};
    EXPECT_EQ(person().groups, (std::vector<std::string>{"ops", "dev"}));
}

TEST_F(ProviderSignInTest, CountsOnlyVerifiedAddressesOfAllowedDomains) {
    configure([](auto& entry) { entry.allowed_domains = {"example.com"}; });
    EXPECT_EQ(person().subject, "alice");
    corp_.claims_extra = {{"email", "Alice@EXAMPLE.com"}};
    EXPECT_EQ(person().subject, "alice");
    corp_.claims_extra = {{"email_verified", false}};
    EXPECT_EQ(refused(approved()), Why::kNotVerified);
    for (const char* address : {"alice@evil.example", "alice@sub.example.com",
                                "alice@example.com.evil.example", "alice@evilexample.com"}) {
        corp_.claims_extra = {{"email", address}};
        EXPECT_EQ(refused(approved()), Why::kWrongDomain) << address;
    }
    corp_.account.erase("email");
    corp_.claims_extra = {{"email", nullptr}};
    EXPECT_EQ(refused(approved()), Why::kNotVerified);
}

TEST_F(ProviderSignInTest, TellsErrorsOfTheProviderApart) {
    for (const auto& [code, why] :
         {std::pair{"access_denied", Why::kDenied}, std::pair{"login_required", Why::kDenied},
          std::pair{"temporarily_unavailable", Why::kUnavailable},
          std::pair{"server_error", Why::kUnavailable},
          std::pair{"invalid_scope", Why::kRejected}}) {
        FormFields answer = without(approved(), "code");
        answer.emplace_back("error", code);
        EXPECT_EQ(refused(answer), why) << code;
    }
    EXPECT_EQ(refused(without(approved(), "code")), Why::kRejected);
    corp_.token_answer = [](const FormFields&) {
        return test::FakeDownstream::error(400, "invalid_grant");
    };
    EXPECT_EQ(refused(approved()), Why::kRejected);
    corp_.token_answer = [](const FormFields&) {
        return test::FakeDownstream::error(503, "server_error");
    };
    EXPECT_EQ(refused(approved()), Why::kUnavailable);
}

TEST_F(ProviderSignInTest, SendsNobodyToAProviderOfAnotherName) {
    corp_.metadata["issuer"] = "https://partner.example";
    EXPECT_EQ(sign_in_.begin(request()).error().code, ErrorCode::kPeer);
    auto unknown = request();
    unknown.provider = "nobody";
    EXPECT_EQ(sign_in_.begin(unknown).error().code, ErrorCode::kNotFound);
}

TEST_F(ProviderSignInTest, SendsNoCodeToAProviderThatChangedMeanwhile) {  // I20
    const FormFields answer = approved();
    configure([](auto& entry) { entry.issuer = "https://partner.example"; });
    EXPECT_EQ(refused(answer), Why::kRejected);
    EXPECT_EQ(http_.count("https://corp.example/token"), 0U);
    EXPECT_EQ(http_.count("https://partner.example/token"), 0U);
}

TEST_F(ProviderSignInTest, ProvesItselfTheWayTheProviderTakes) {
    corp_.metadata["token_endpoint_auth_methods_supported"] = json::Array{"client_secret_post"};
    EXPECT_EQ(person().subject, "alice");
    const auto sent = http_.requests_to("https://corp.example/token").back();
    EXPECT_NE(sent.body.find("client_secret=s3cret"), std::string::npos);
    EXPECT_FALSE(sent.headers.get("Authorization"));
}

TEST_F(ProviderSignInTest, StoresNoVerifierInTheClear) {
    const FormFields answer = approved();
    const auto leg = legs_.find(crypto::token_digest(field(answer, "state"))).value();
    EXPECT_EQ(leg.sealed.find("token"), std::string::npos);
    EXPECT_NE(leg.browser_digest, "browser");
}

}  // namespace
}  // namespace gatehouse::identity
