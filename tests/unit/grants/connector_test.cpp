// SPDX-License-Identifier: Apache-2.0
#include "grants/connector.h"

#include <algorithm>

#include "unit/grants/fixture.h"

namespace gatehouse::grants {
namespace {

using catalog::IdentitySource;
using std::chrono::minutes;

class ConnectorTest : public GrantsTest {
  protected:
    static void set(FormFields& fields, std::string_view name, const std::string& value) {
        std::erase_if(fields, [&](const auto& one) { return one.first == name; });
        fields.emplace_back(name, value);
    }

    static void remove(FormFields& fields, std::string_view name) {
        std::erase_if(fields, [&](const auto& one) { return one.first == name; });
    }

    FormFields asked(const LegRequest& request) {
        return test::query_of(connector().begin(request).value().redirect_url);
    }

    std::int64_t rows_in(const std::string& table) {
        return database_->query("SELECT COUNT(*) FROM " + table, {})->front().integer(0);
    }

    void expect_refused(const Callback& callback, LegFailure failure) {
        const auto pending = rows_in("pending_grants");
        const auto leg = complete(callback);
        ASSERT_FALSE(leg);
        EXPECT_EQ(leg.error().failure, failure) << leg.error().detail;
        EXPECT_EQ(leg.error().transaction_id.empty(), failure == LegFailure::kBadCallback);
        EXPECT_EQ(rows_in("pending_grants"), pending);
    }

    void use_identity(IdentitySource from) {
        profile_.identity.from = from;
        publish();
    }
};

TEST_F(ConnectorTest, SendsThePersonToTheDownstreamServer) {  // G02, G03, G05, G06
    const auto start =
        connector()
            .begin({.server = "reader", .transaction_id = "tx", .login_hint = "a@example.com"})
            .value();
    EXPECT_TRUE(start.redirect_url.starts_with("https://auth.todo.example/authorize?"));
    const auto query = test::query_of(start.redirect_url);
    EXPECT_EQ(test::field(query, "response_type"), "code");
    EXPECT_EQ(test::field(query, "client_id"), "gate:house");
    EXPECT_EQ(test::field(query, "redirect_uri"), "https://mcp.example.com/connect/todo/callback");
    EXPECT_EQ(test::field(query, "code_challenge").size(), 43U);
    EXPECT_EQ(test::field(query, "code_challenge_method"), "S256");
    EXPECT_EQ(test::field(query, "resource"), "https://api.todo.example");
    EXPECT_EQ(test::field(query, "prompt"), "consent");
    EXPECT_EQ(test::field(query, "login_hint"), "a@example.com");
    EXPECT_GE(test::field(query, "state").size(), 43U);
    EXPECT_NE(test::field(query, "state"), "fixed");
    EXPECT_FALSE(test::field(query, "nonce").empty());
    EXPECT_EQ(start.cookie_name, Connector::cookie_name(test::field(query, "state")));
    EXPECT_EQ(start.cookie_name.find(test::field(query, "state")), std::string::npos);
    EXPECT_GE(start.browser_secret.size(), 43U);
}

TEST_F(ConnectorTest, EveryLegHasSecretsOfItsOwn) {
    const auto first = asked({.server = "reader"});
    const auto second = asked({.server = "reader"});
    for (const char* name : {"state", "nonce", "code_challenge"}) {
        EXPECT_NE(test::field(first, name), test::field(second, name)) << name;
    }
}

TEST_F(ConnectorTest, AsksForTheServersScopesOnly) {  // G09
    const std::string tail = " openid offline_access";
    EXPECT_EQ(test::field(asked({.server = "reader"}), "scope"), "todos.read" + tail);
    EXPECT_EQ(test::field(asked({.server = "writer"}), "scope"), "todos.read todos.write" + tail);
    EXPECT_EQ(test::field(asked({.server = "writer", .scopes = {"todos.write"}}), "scope"),
              "todos.write" + tail);
    EXPECT_EQ(test::field(asked({.server = "reader", .scopes = {"todos.write", "admin"}}), "scope"),
              "todos.read" + tail);
}

TEST_F(ConnectorTest, LeavesOutAnUnusableLoginHint) {
    EXPECT_EQ(test::field(asked({.server = "reader", .login_hint = "a\r\nb"}), "login_hint"), "");
    EXPECT_EQ(
        test::field(asked({.server = "reader", .login_hint = std::string(321, 'a')}), "login_hint"),
        "");
}

TEST_F(ConnectorTest, CompletesAndAdopts) {
    const auto leg = complete(approved());
    ASSERT_TRUE(leg) << leg.error().detail;
    EXPECT_EQ(leg->transaction_id, "tx");
    EXPECT_EQ(leg->server, "reader");
    ASSERT_TRUE(leg->identity);
    EXPECT_EQ(leg->identity->subject, "alice");
    EXPECT_EQ(leg->identity->email, "alice@example.com");
    EXPECT_TRUE(leg->identity->email_verified);
    EXPECT_EQ(leg->identity->groups, std::vector<std::string>{"staff"});
    EXPECT_FALSE(connector().has_grant("u1", "reader", {}).value());
    ASSERT_TRUE(connector().adopt(leg->pending_grant, "u1"));
    EXPECT_TRUE(connector().has_grant("u1", "reader", {"todos.read"}).value());
    EXPECT_FALSE(connector().has_grant("u2", "reader", {}).value());
    EXPECT_FALSE(connector().has_grant("u1", "writer", {}).value());
    EXPECT_TRUE(events_.has("grant.connected"));
    EXPECT_EQ(rows_in("pending_grants"), 0);
    const auto listed = connector().list({.user_id = "u1"}).value();
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed[0].account_subject, "alice");
    EXPECT_EQ(listed[0].account_email, "alice@example.com");
    EXPECT_EQ(listed[0].expires_at, clock_.now() + minutes{60});
}

TEST_F(ConnectorTest, RefusesAReplayedCallback) {  // G03, I04
    const auto callback = approved();
    ASSERT_TRUE(complete(callback));
    const std::size_t before = token_calls();
    EXPECT_EQ(complete(callback).error().failure, LegFailure::kBadCallback);
    EXPECT_EQ(token_calls(), before);
}

TEST_F(ConnectorTest, RefusesACallbackInAnotherBrowserAndKeepsItForTheRightOne) {  // G03, I02
    const auto callback = approved();
    for (const std::string& secret : {std::string(), approved().browser_secret}) {
        auto foreign = callback;
        foreign.browser_secret = secret;
        expect_refused(foreign, LegFailure::kBadCallback);
    }
    EXPECT_EQ(token_calls(), 0U);
    EXPECT_TRUE(complete(callback));
}

TEST_F(ConnectorTest, RefusesAStateFromTheSecondItExpires) {  // G03
    const auto callback = approved();
    clock_.advance(minutes{10});
    expect_refused(callback, LegFailure::kBadCallback);
    EXPECT_EQ(token_calls(), 0U);
}

TEST_F(ConnectorTest, RefusesMixUps) {  // G04, I20

    struct Case {
        const char* name;
        std::function<void(FormFields&)> spoil;
    };

    const std::vector<Case> cases{
        {"no state", [](auto& p) { remove(p, "state"); }},
        {"unknown state", [](auto& p) { set(p, "state", "made-up"); }},
        {"two states", [](auto& p) { p.emplace_back("state", "x"); }},
        {"two codes", [](auto& p) { p.emplace_back("code", "x"); }},
        {"no promised iss", [](auto& p) { remove(p, "iss"); }},
        {"another iss", [](auto& p) { set(p, "iss", "https://evil.example"); }},
        {"almost the iss", [](auto& p) { set(p, "iss", std::string(kIssuer) + "/"); }},
        {"an error of another iss", [](auto& p) {
             remove(p, "code");
             set(p, "error", "access_denied");
             set(p, "iss", "https://evil.example");
         }}};
    for (const Case& one : cases) {
        SCOPED_TRACE(one.name);
        auto callback = approved();
        one.spoil(callback.parameters);
        expect_refused(callback, LegFailure::kBadCallback);
    }
    EXPECT_EQ(token_calls(), 0U);
}

TEST_F(ConnectorTest, RefusesACallbackOfAnotherProfile) {  // G04
    const auto callback = approved();
    const auto leg = connector().complete("other", callback.parameters, callback.browser_secret);
    EXPECT_EQ(leg.error().failure, LegFailure::kBadCallback);
}

TEST_F(ConnectorTest, NeedsNoIssWhereNoneIsPromised) {  // G04
    downstream_.metadata.erase("authorization_response_iss_parameter_supported");
    auto callback = approved();
    remove(callback.parameters, "iss");
    EXPECT_TRUE(complete(callback));
}

TEST_F(ConnectorTest, TellsErrorsOfTheServerApart) {  // D26
    const std::vector<std::pair<std::string, LegFailure>> cases{
        {"access_denied", LegFailure::kDenied},
        {"temporarily_unavailable", LegFailure::kUnavailable},
        {"server_error", LegFailure::kUnavailable},
        {"invalid_scope", LegFailure::kRejected},
        {"<script>", LegFailure::kRejected}};
    for (const auto& [error, failure] : cases) {
        SCOPED_TRACE(error);
        auto callback = approved();
        remove(callback.parameters, "code");
        callback.parameters.emplace_back("error", error);
        callback.parameters.emplace_back("error_description", "body text");
        const auto leg = complete(callback);
        EXPECT_EQ(leg.error().failure, failure);
        EXPECT_EQ(leg.error().transaction_id, "tx");
        EXPECT_EQ(leg.error().detail.find("body text"), std::string::npos);  // G25
    }
    EXPECT_EQ(token_calls(), 0U);
}

TEST_F(ConnectorTest, RefusesACallbackWithNeitherCodeNorError) {
    auto callback = approved();
    remove(callback.parameters, "code");
    expect_refused(callback, LegFailure::kRejected);
}

TEST_F(ConnectorTest, TellsFailuresOfTheTokenEndpointApart) {
    const std::vector<std::pair<test::FakeDownstream::Answer, LegFailure>> cases{
        {[](auto&) { return test::FakeDownstream::error(400, "invalid_grant"); },
         LegFailure::kRejected},
        {[](auto&) { return test::FakeDownstream::error(401, "invalid_client"); },
         LegFailure::kRejected},
        {[](auto&) { return test::FakeDownstream::reply(503, {}); }, LegFailure::kUnavailable},
        {[](auto&) { return fail(ErrorCode::kTimeout, "slow"); }, LegFailure::kUnavailable},
        {[](auto&) { return fail(ErrorCode::kTooLarge, "big"); }, LegFailure::kRejected}};
    for (const auto& [answer, failure] : cases) {
        downstream_.token_answer = answer;
        expect_refused(approved(), failure);
    }
}

TEST_F(ConnectorTest, RefusesWhatTheIdTokenFails) {  // G05
    const std::int64_t now = to_unix_seconds(clock_.now());
    const std::vector<std::pair<const char*, json::Object>> cases{
        {"iss", {{"iss", "https://evil.example"}}},
        {"no iss", {{"iss", nullptr}}},
        {"aud", {{"aud", "another"}}},
        {"several aud without azp", {{"aud", json::Array{"gate:house", "another"}}}},
        {"azp", {{"azp", "another"}}},
        {"azp of another type", {{"azp", 1}}},
        {"nonce", {{"nonce", "another"}}},
        {"no nonce", {{"nonce", nullptr}}},
        {"expired", {{"exp", now - 60}}},
        {"no exp", {{"exp", nullptr}}},
        {"from the future", {{"iat", now + 120}}},
        {"not yet", {{"nbf", now + 120}}},
        {"no sub", {{"sub", nullptr}}},
        {"empty sub", {{"sub", ""}}},
        {"sub with a line break", {{"sub", "a\nb"}}}};
    for (const auto& [name, claims] : cases) {
        SCOPED_TRACE(name);
        downstream_.claims_extra = claims;
        expect_refused(approved(), LegFailure::kRejected);
        EXPECT_TRUE(contains(downstream_.revoked, downstream_.last_refresh));
    }
    EXPECT_EQ(rows_in("grants"), 0);
}

TEST_F(ConnectorTest, AcceptsOddButFineIdTokens) {  // G05
    downstream_.claims_extra = {{"aud", json::Array{"gate:house", "another"}},
                                {"azp", "gate:house"},
                                {"sub", 4711},
                                {"email_verified", "true"},
                                {"groups", "staff"}};
    const auto leg = complete(approved());
    ASSERT_TRUE(leg) << leg.error().detail;
    EXPECT_EQ(leg->identity->subject, "4711");
    EXPECT_TRUE(leg->identity->email_verified);
    EXPECT_EQ(leg->identity->groups, std::vector<std::string>{"staff"});
}

TEST_F(ConnectorTest, RefusesForgedIdTokens) {  // G05
    downstream_.answer_extra = {{"id_token", nullptr}};
    expect_refused(approved(), LegFailure::kRejected);
    const auto foreign = crypto::SigningKey::generate();
    downstream_.answer_extra = {
        {"id_token", crypto::sign_jwt(foreign, "JWT", {{"sub", "mallory"}})}};
    expect_refused(approved(), LegFailure::kRejected);
    downstream_.answer_extra = {{"id_token", base64url_encode(R"({"alg":"none"})") + '.' +
                                                 base64url_encode(R"({"sub":"m"})") + '.'}};
    expect_refused(approved(), LegFailure::kRejected);
}

TEST_F(ConnectorTest, AnUnverifiedAddressStaysUnverified) {
    downstream_.account["email_verified"] = false;
    EXPECT_FALSE(complete(approved())->identity->email_verified);
    downstream_.account.erase("email_verified");
    EXPECT_FALSE(complete(approved())->identity->email_verified);
}

TEST_F(ConnectorTest, ReadsUserinfo) {
    use_identity(IdentitySource::kUserinfo);
    EXPECT_EQ(complete(approved())->identity->subject, "alice");
    EXPECT_EQ(
        http_.requests_to("https://auth.todo.example/userinfo")[0].headers.get("Authorization"),
        "Bearer " + downstream_.last_access);
    http_.answer("https://auth.todo.example/userinfo", 401, "{}");
    expect_refused(approved(), LegFailure::kRejected);
    http_.answer("https://auth.todo.example/userinfo", 503, "{}");
    expect_refused(approved(), LegFailure::kUnavailable);
    http_.fail_with("https://auth.todo.example/userinfo", ErrorCode::kTimeout);
    expect_refused(approved(), LegFailure::kUnavailable);
}

TEST_F(ConnectorTest, ReadsIntrospection) {
    use_identity(IdentitySource::kIntrospection);
    EXPECT_EQ(complete(approved())->identity->subject, "alice");
    downstream_.introspection_active = false;
    expect_refused(approved(), LegFailure::kRejected);
}

TEST_F(ConnectorTest, ReadsAccessTokensThatAreForItsResource) {
    use_identity(IdentitySource::kAccessToken);
    json::Object claims{{"iss", kIssuer},
                        {"aud", json::Array{"https://api.todo.example"}},
                        {"sub", "alice"},
                        {"exp", to_unix_seconds(clock_.now()) + 300}};
    const auto with = [&](const json::Object& content) {
        downstream_.answer_extra = {
            {"access_token", crypto::sign_jwt(downstream_.key, "at+jwt", content)}};
    };
    with(claims);
    EXPECT_EQ(complete(approved())->identity->subject, "alice");
    for (const auto& [name, value] :
         json::Object{{"iss", "https://evil.example"}, {"aud", "another"}, {"exp", 1}}) {
        SCOPED_TRACE(std::string(name));
        json::Object spoilt = claims;
        spoilt[name] = value;
        with(spoilt);
        expect_refused(approved(), LegFailure::kRejected);
    }
    downstream_.answer_extra = {{"access_token", "opaque"}};
    expect_refused(approved(), LegFailure::kRejected);
}

TEST_F(ConnectorTest, WithoutIdentityThereIsNoneAndNoOpenid) {  // G14
    use_identity(IdentitySource::kNone);
    const auto query = asked({.server = "reader"});
    EXPECT_EQ(test::field(query, "scope"), "todos.read offline_access");
    EXPECT_EQ(test::field(query, "nonce"), "");
    const auto leg = complete(approved());
    ASSERT_TRUE(leg);
    EXPECT_FALSE(leg->identity);
}

TEST_F(ConnectorTest, KeepsTheTokensBeforeItReadsTheIdentity) {  // G17
    std::int64_t seen = -1;
    use_identity(IdentitySource::kUserinfo);
    http_.on("https://auth.todo.example/userinfo", [&](const auto&) {
        seen = rows_in("pending_grants");
        return fail(ErrorCode::kUnavailable, "gone");
    });
    expect_refused(approved(), LegFailure::kUnavailable);
    EXPECT_EQ(seen, 1);
}

TEST_F(ConnectorTest, StoresANarrowerAnswerAsItIs) {  // G08
    downstream_.answer_extra = {{"scope", "todos.read"}};
    connect("u1", "writer");
    EXPECT_TRUE(connector().has_grant("u1", "writer", {"todos.read"}).value());
    EXPECT_FALSE(connector().has_grant("u1", "writer", {"todos.read", "todos.write"}).value());
}

TEST_F(ConnectorTest, AnAbsentScopeMeansAsRequested) {  // G08
    downstream_.answer_extra = {{"scope", nullptr}};
    connect("u1", "writer");
    EXPECT_TRUE(connector().has_grant("u1", "writer", {"todos.read", "todos.write"}).value());
}

TEST_F(ConnectorTest, ProtocolScopesNeedNotComeBack) {  // clients.md 2.2
    downstream_.answer_extra = {{"scope", "todos.read"}};
    connect();
    EXPECT_TRUE(
        connector().has_grant("u1", "reader", {"todos.read", "openid", "offline_access"}).value());
}

TEST_F(ConnectorTest, RefusesScopesOfOtherServers) {  // G10
    downstream_.answer_extra = {{"scope", "todos.read todos.write"}};
    expect_refused(approved(), LegFailure::kRejected);
    EXPECT_TRUE(contains(downstream_.revoked, downstream_.last_access));
}

TEST_F(ConnectorTest, ToleratesScopesThatTheProfileDoesNotKnow) {  // G10
    downstream_.answer_extra = {{"scope", "todos.read extra"}};
    EXPECT_TRUE(complete(approved()));
}

TEST_F(ConnectorTest, KeepsTheOldGrantUntilTheNewOneIsAdopted) {  // G11
    connect("u1", "writer");
    const std::string old = downstream_.last_access;
    const auto leg = complete(approved({.server = "writer", .transaction_id = "tx"}));
    ASSERT_TRUE(leg);
    EXPECT_EQ(broker().token_for("u1", "writer")->value.reveal(), old);
    ASSERT_TRUE(connector().adopt(leg->pending_grant, "u1"));
    EXPECT_EQ(broker().token_for("u1", "writer")->value.reveal(), downstream_.last_access);
    EXPECT_EQ(rows_in("grants"), 1);
}

TEST_F(ConnectorTest, RefusesAnotherAccountUntilTheFirstIsDisconnected) {  // G13
    connect();
    const std::string old = downstream_.last_access;
    downstream_.account["sub"] = "bob";
    auto leg = complete(approved());
    ASSERT_TRUE(leg);
    EXPECT_EQ(connector().adopt(leg->pending_grant, "u1").error().code, ErrorCode::kConflict);
    EXPECT_EQ(broker().token_for("u1", "reader")->value.reveal(), old);
    ASSERT_TRUE(connector().disconnect("u1", "reader"));
    EXPECT_TRUE(connector().adopt(leg->pending_grant, "u1"));
}

TEST_F(ConnectorTest, APendingGrantIsAdoptedOnce) {
    const auto leg = complete(approved());
    ASSERT_TRUE(connector().adopt(leg->pending_grant, "u1"));
    EXPECT_EQ(connector().adopt(leg->pending_grant, "u2").error().code, ErrorCode::kNotFound);
    EXPECT_EQ(connector().adopt("made-up", "u2").error().code, ErrorCode::kNotFound);
}

TEST_F(ConnectorTest, AnUnrecordedGrantDoesNotComeToBe) {
    const auto leg = complete(approved());
    events_.broken = true;
    EXPECT_FALSE(connector().adopt(leg->pending_grant, "u1"));
    EXPECT_EQ(rows_in("grants"), 0);
}

TEST_F(ConnectorTest, DiscardRevokesAndForgets) {  // G12
    const auto leg = complete(approved());
    connector().discard(leg->pending_grant);
    EXPECT_EQ(downstream_.revoked,
              (std::vector{downstream_.last_refresh, downstream_.last_access}));
    EXPECT_FALSE(connector().adopt(leg->pending_grant, "u1"));
    connector().discard(leg->pending_grant);
    EXPECT_EQ(downstream_.revoked.size(), 2U);
}

TEST_F(ConnectorTest, TidyDiscardsWhatNobodyAdopted) {
    const auto leg = complete(approved());
    connector().tidy();
    EXPECT_EQ(rows_in("pending_grants"), 1);
    clock_.advance(minutes{10});
    EXPECT_FALSE(connector().adopt(leg->pending_grant, "u1"));
    connector().tidy();
    EXPECT_EQ(rows_in("pending_grants"), 0);
    EXPECT_EQ(rows_in("grant_legs"), 0);
    EXPECT_TRUE(contains(downstream_.revoked, downstream_.last_refresh));
}

TEST_F(ConnectorTest, DisconnectDeletesAndRevokesTheRefreshTokenFirst) {  // G23
    connect();
    ASSERT_TRUE(connector().disconnect("u1", "reader"));
    EXPECT_EQ(downstream_.revoked,
              (std::vector{downstream_.last_refresh, downstream_.last_access}));
    EXPECT_EQ(rows_in("grants"), 0);
    EXPECT_TRUE(events_.has("grant.revoked"));
    EXPECT_FALSE(broker().token_for("u1", "reader"));
    EXPECT_TRUE(connector().disconnect("u1", "reader"));
}

TEST_F(ConnectorTest, DisconnectSucceedsWhenTheServerIsGone) {  // G23
    connect();
    http_.fail_with("https://auth.todo.example/revoke", ErrorCode::kUnavailable);
    EXPECT_TRUE(connector().disconnect("u1", "reader"));
    EXPECT_EQ(rows_in("grants"), 0);
    EXPECT_EQ(http_.count("https://auth.todo.example/revoke"), 4U);
}

TEST_F(ConnectorTest, WhatCouldNotBeRevokedIsRevokedLaterAlsoAfterARestart) {  // G23
    connect();
    const std::string refresh = downstream_.last_refresh;
    http_.fail_with("https://auth.todo.example/revoke", ErrorCode::kUnavailable);
    ASSERT_TRUE(connector().disconnect("u1", "reader"));
    EXPECT_EQ(rows_in("grant_revocations"), 1);
    const auto sealed = database_->query("SELECT sealed FROM grant_revocations", {}).value();
    EXPECT_EQ(sealed.front().blob(0).find(refresh), std::string::npos);
    const auto tried = http_.count("https://auth.todo.example/revoke");
    connector().tidy();
    EXPECT_EQ(http_.count("https://auth.todo.example/revoke"), tried) << "not at once";
    http_.on("https://auth.todo.example/revoke", [&](const http::ClientRequest& request) {
        downstream_.revoked.push_back(test::field(parse_form(request.body).value(), "token"));
        return Result<http::ClientResponse>(http::ClientResponse{.status = 200});
    });
    clock_.advance(minutes{1});
    const auto restarted = another_process();
    restarted->connector().tidy();
    EXPECT_EQ(downstream_.revoked, (std::vector{refresh, downstream_.last_access}));
    EXPECT_EQ(rows_in("grant_revocations"), 0);
}

TEST_F(ConnectorTest, GivesUpRevokingAfterTwoDaysAndSaysSo) {  // G23
    connect();
    http_.answer("https://auth.todo.example/revoke", 503, "{}");
    ASSERT_TRUE(connector().disconnect("u1", "reader"));
    for (int hour = 0; hour < 47; ++hour) {
        clock_.advance(minutes{60});
        connector().tidy();
    }
    EXPECT_EQ(rows_in("grant_revocations"), 1);
    EXPECT_FALSE(events_.has("grant.revocation_failed"));
    clock_.advance(minutes{120});
    connector().tidy();
    EXPECT_EQ(rows_in("grant_revocations"), 0);
    EXPECT_TRUE(events_.has("grant.revocation_failed"));
}

TEST_F(ConnectorTest, TellsLoopsWhichTokensAreOver) {  // G23
    connect();
    const auto first = broker().token_for("u1", "reader")->version;
    const LiveEndedGrants& ended = grants_.ended_grants();
    EXPECT_FALSE(ended.get()->covers("u1", "reader", first));
    connect();
    EXPECT_TRUE(ended.get()->covers("u1", "reader", first));
    const auto second = broker().token_for("u1", "reader")->version;
    EXPECT_FALSE(ended.get()->covers("u1", "reader", second));
    ASSERT_TRUE(connector().disconnect("u1", "reader"));
    EXPECT_TRUE(ended.get()->covers("u1", "reader", second));
    EXPECT_FALSE(ended.get()->covers("u2", "reader", second));
    EXPECT_FALSE(ended.get()->covers("u1", "writer", second));
}

TEST_F(ConnectorTest, TooManyEndingsAtOnceEndEveryKeptToken) {
    EndedGrantPublisher publisher(clock_);
    for (std::size_t i = 0; i <= EndedGrantPublisher::kMost; ++i) {
        publisher.publish("u" + std::to_string(i), "reader", 1);
    }
    EXPECT_TRUE(publisher.live().get()->covers("anybody", "writer", 9));
    clock_.advance(minutes{3});
    publisher.publish("u1", "reader", 1);
    EXPECT_FALSE(publisher.live().get()->covers("anybody", "writer", 9));
}

TEST_F(ConnectorTest, AnnouncesOnceThatAGrantEndsForGood) {  // issue 5, leaving
    connect("u1", "writer");
    downstream_.answer_extra = {{"refresh_token", nullptr}, {"expires_in", 7200}};
    connect();
    connector().tidy();
    EXPECT_FALSE(events_.has("grant.expiring"));
    clock_.advance(minutes{61});
    connector().tidy();
    connector().tidy();
    EXPECT_EQ(std::ranges::count(events_.events, "grant.expiring", &audit::Event::name), 1);
    EXPECT_EQ(events_.events.back().user, "u1");
    EXPECT_EQ(events_.events.back().server, "reader");
}

TEST_F(ConnectorTest, ANarrowerGrantDoesNotReplaceAWiderOneThatLives) {  // G11
    connect("u1", "writer");
    const std::string wide = downstream_.last_access;
    const auto narrow =
        complete(approved({.server = "writer", .scopes = {"todos.read"}, .transaction_id = "tx"}));
    ASSERT_TRUE(narrow);
    ASSERT_TRUE(connector().adopt(narrow->pending_grant, "u1"));
    EXPECT_EQ(broker().token_for("u1", "writer")->value.reveal(), wide);
    EXPECT_TRUE(connector().has_grant("u1", "writer", {"todos.write"}).value());
    EXPECT_EQ(rows_in("pending_grants"), 0);
    EXPECT_TRUE(downstream_.revoked.empty()) << "it might end the other authorization, too";
}

TEST_F(ConnectorTest, ANarrowerGrantReplacesAWiderOneThatIsDead) {  // G11
    connect("u1", "writer");
    const auto row = rows_.find("u1", "writer").value();
    ASSERT_TRUE(rows_.mark_needs_reconnect(row.id, row.version, clock_.now()).value());
    const auto narrow =
        complete(approved({.server = "writer", .scopes = {"todos.read"}, .transaction_id = "tx"}));
    ASSERT_TRUE(connector().adopt(narrow->pending_grant, "u1"));
    EXPECT_EQ(broker().token_for("u1", "writer")->value.reveal(), downstream_.last_access);
}

TEST_F(ConnectorTest, AWiderGrantReplacesANarrowerOne) {  // G11
    const auto narrow =
        complete(approved({.server = "writer", .scopes = {"todos.read"}, .transaction_id = "tx"}));
    ASSERT_TRUE(connector().adopt(narrow->pending_grant, "u1"));
    connect("u1", "writer");
    EXPECT_TRUE(connector().has_grant("u1", "writer", {"todos.write"}).value());
}

TEST_F(ConnectorTest, SaysWhoseAccountIsConnected) {  // G13, G38
    EXPECT_EQ(connector().summary_of("u1", "reader").error().code, ErrorCode::kNotFound);
    connect();
    EXPECT_EQ(connector().summary_of("u1", "reader")->account_email,
              json::get_string(downstream_.account, "email"));
    const auto grants = connector().list({.user_id = "u1"}).value();
    ASSERT_EQ(grants.size(), 1U);
    EXPECT_EQ(grants[0].account_subject, "alice");
    EXPECT_EQ(grants[0].created_at, clock_.now());
    EXPECT_TRUE(contains(grants[0].scopes, "todos.read"));
}

/// A profile whose accounts are keys.
class PastedKeyTest : public GrantsTest {
  protected:
    PastedKeyTest() {
        profile_ = {.name = "todo", .key = {.wanted = true}};
        publish();
    }
};

TEST_F(PastedKeyTest, KeepsTheKeySealedAndHandsItOut) {  // G15
    const auto pending = connector().keep_key("reader", Secret("the-key"));
    ASSERT_TRUE(pending) << describe(pending.error());
    ASSERT_TRUE(connector().adopt(*pending, "u1"));
    const auto token = broker().token_for("u1", "reader");
    ASSERT_TRUE(token);
    EXPECT_EQ(token->value.reveal(), "the-key");
    EXPECT_EQ(token->expires_at, Timestamp::max());
    EXPECT_TRUE(connector().has_grant("u1", "reader", {"todos.read"}).value());
    EXPECT_EQ(rows_.find("u1", "reader")->sealed.find("the-key"), std::string::npos);
    EXPECT_FALSE(broker().token_for("u2", "reader"));
    EXPECT_FALSE(broker().token_for("u1", "writer"));
}

TEST_F(PastedKeyTest, AKeyThatTheRuntimeRefusesHasToBePastedAgain) {  // G18, G20
    ASSERT_TRUE(connector().adopt(connector().keep_key("reader", Secret("old")).value(), "u1"));
    const auto token = broker().token_for("u1", "reader");
    EXPECT_EQ(broker().refresh_after_rejection("u1", "reader", token->version).error(),
              GrantFailure::kMissing);
    EXPECT_FALSE(broker().token_for("u1", "reader"));
    ASSERT_TRUE(connector().adopt(connector().keep_key("reader", Secret("new")).value(), "u1"));
    EXPECT_EQ(broker().token_for("u1", "reader")->value.reveal(), "new");
}

TEST_F(PastedKeyTest, DisconnectForgetsIt) {  // G23
    ASSERT_TRUE(connector().adopt(connector().keep_key("reader", Secret("old")).value(), "u1"));
    ASSERT_TRUE(connector().disconnect("u1", "reader"));
    EXPECT_FALSE(broker().token_for("u1", "reader"));
    const auto left = database_->query("SELECT COUNT(*) FROM grants", {}).value();
    EXPECT_EQ(left.front().integer(0), 0);
}

TEST_F(PastedKeyTest, RefusesWhatIsNoKeyOrIsNotWanted) {
    for (const char* text : {"", "two words", "line\nbreak", "\x7f", "\xc3\xa4"}) {
        EXPECT_EQ(connector().keep_key("reader", Secret(text)).error().code, ErrorCode::kInvalid);
    }
    EXPECT_EQ(connector().keep_key("reader", Secret(std::string(9000, 'k'))).error().code,
              ErrorCode::kInvalid);
    EXPECT_EQ(connector().keep_key("nowhere", Secret("k")).error().code, ErrorCode::kNotFound);
    profile_ = profile();
    publish();
    EXPECT_EQ(connector().keep_key("reader", Secret("k")).error().code, ErrorCode::kNotFound);
}

TEST_F(ConnectorTest, WritesScopesTheWayTheServerWantsThem) {  // issue 5: quirks as data
    profile_.quirks = {.comma_scopes = true, .scope_parameter = "user_scope"};
    publish();
    const auto query = asked({.server = "writer"});
    EXPECT_EQ(test::field(query, "user_scope"), "todos.read,todos.write,openid,offline_access");
    EXPECT_EQ(test::field(query, "scope"), "");
}

TEST_F(ConnectorTest, AWrongIssuerInTheMetadataStopsBeforeTheRedirect) {  // G01
    downstream_.metadata["issuer"] = "https://evil.example";
    const auto start = connector().begin({.server = "reader"});
    ASSERT_FALSE(start);
    EXPECT_EQ(start.error().code, ErrorCode::kPeer);
}

TEST_F(ConnectorTest, AServerWithoutProfileCannotBeConnected) {
    servers_[0].profile.clear();
    publish();
    EXPECT_EQ(connector().begin({.server = "reader"}).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(connector().begin({.server = "nowhere"}).error().code, ErrorCode::kNotFound);
    EXPECT_FALSE(connector().has_grant("u1", "reader", {}).value());
}

TEST_F(ConnectorTest, NeverRedeemsAtATokenEndpointThatChangedMeanwhile) {  // G04
    const auto callback = approved();
    profile_.endpoints.token = "https://elsewhere.example/token";
    publish();
    expect_refused(callback, LegFailure::kRejected);
    EXPECT_EQ(http_.count("https://elsewhere.example/token"), 0U);
}

TEST_F(ConnectorTest, AServerWithItsOwnHostGetsTheCallbackThere) {
    servers_[0].origin = "https://reader.example.com";
    publish();
    EXPECT_EQ(test::field(asked({.server = "reader"}), "redirect_uri"),
              "https://reader.example.com/connect/todo/callback");
}

}  // namespace
}  // namespace gatehouse::grants
