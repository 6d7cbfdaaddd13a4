// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <deque>

#include "support/proxy_fixture.h"

/// The policy service: asked about what the rules allow, with a scripted one.
namespace gatehouse::proxy {
namespace {

class ServiceTest : public test::ProxyFixture {
  protected:
    void SetUp() override {
        use({.opa = "http://127.0.0.1:8181/v1/data/x"});
        auto parts = make_parts();
        parts.services = &services_;
        counters_ = parts.service_counters;
        parts.ask_policy_service = [this](const ServiceRequest& asked) -> Result<std::string> {
            asked_.push_back(asked.body);
            timeouts_.push_back(asked.timeout);
            clock_.advance(takes_);
            if (answers_.empty()) {
                return fail(ErrorCode::kUnavailable, "nobody is there");
            }
            std::string answer = answers_.front();
            if (answers_.size() > 1) {
                answers_.pop_front();
            }
            return answer;
        };
        application_ = std::make_unique<ProxyApplication>(std::move(parts));
    }

    void use(const catalog::PolicyService& service) {
        services_.set(std::make_shared<const catalog::PolicyServices>(catalog::PolicyServices{
            {"open", std::make_shared<const catalog::PolicyService>(service)}}));
    }

    bool runs(std::string body = std::string(kToolCall)) {
        const std::size_t before = pool().sent.size();
        last_ = &request(open_call(std::move(body)));
        const bool reached = pool().sent.size() > before;
        if (reached) {
            pool().last().answer(200, kJson, kResult);
        }
        return reached;
    }

    catalog::Catalog changed_ = make_catalog();
    catalog::LivePolicyServices services_{std::make_shared<const catalog::PolicyServices>()};
    std::shared_ptr<ServiceCounters> counters_;
    std::deque<std::string> answers_{R"({"result":true})"};
    std::vector<std::string> asked_;
    std::vector<std::chrono::milliseconds> timeouts_;
    std::chrono::milliseconds takes_{0};
    test::FakeExchange* last_ = nullptr;
};

TEST_F(ServiceTest, IsToldTheDocumentedInput) {
    EXPECT_TRUE(runs());
    ASSERT_EQ(asked_.size(), 1U);
    EXPECT_EQ(asked_.front(),
              R"({"input":{"server":"open","method":"tools/call","tool":"add","arguments":{"a":1},)"
              R"("user":{"id":"u1","name":"","email":"ann@example.com","groups":["staff","ops"]},)"
              R"("client":"c1","connection":"conn1","scopes":["todos.read"],)"
              R"("source_ip":"192.0.2.1","revision":"2025-03-26"}})");
    EXPECT_EQ(timeouts_.front(), std::chrono::milliseconds{200});
}

TEST_F(ServiceTest, RefusesVisiblyWhatItDenies) {
    answers_ = {R"({"result":{"allow":false,"rule":"night","message":"Not at night."}})"};
    EXPECT_FALSE(runs());
    EXPECT_EQ(last_->status, 200);
    EXPECT_TRUE(last_->body_out.contains(R"("isError":true)"));
    EXPECT_TRUE(last_->body_out.contains("Not at night."));
    EXPECT_TRUE(last_->body_out.contains(R"({"reason":"policy","rule":"night"})"));
    EXPECT_EQ(journal_.intents.back().effect, "deny");
    EXPECT_EQ(journal_.intents.back().rule, "night");
    EXPECT_EQ(journal_.intents.back().reason, "service");
    EXPECT_EQ(counters_->denied, 1U);
}

TEST_F(ServiceTest, IsNotAskedAboutWhatRulesRefuseOrNobodyDecides) {
    catalog::PolicyRule rule{.name = "no", .scopes = {}, .message = {}, .when = {}};
    rule.when.tools = {"add"};
    changed_.servers.back().policies = {rule};
    publish(changed_);
    EXPECT_FALSE(runs());
    EXPECT_TRUE(runs(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})"));
    EXPECT_TRUE(asked_.empty());
}

TEST_F(ServiceTest, WhateverIsNoDecisionDenies) {
    for (const char* const answer :
         {"{}", R"({"result":null})", R"({"result":{}})", R"({"result":{"allow":"yes"}})",
          R"({"result":1})", "no json", R"({"result":true,"result":false})", ""}) {
        answers_ = {answer};
        EXPECT_FALSE(runs()) << answer;
        EXPECT_TRUE(last_->body_out.contains("cannot be asked now")) << last_->body_out;
    }
    answers_.clear();
    EXPECT_FALSE(runs());
    EXPECT_EQ(counters_->failed, 9U);
}

TEST_F(ServiceTest, OnErrorAllowLetsCallsRun) {
    use({.opa = "http://127.0.0.1:1/x", .on_error = catalog::PolicyService::OnError::kAllow});
    answers_.clear();
    EXPECT_TRUE(runs());
    answers_ = {R"({"result":false})"};
    EXPECT_FALSE(runs()) << "and a failure is not remembered";
}

TEST_F(ServiceTest, RemembersEqualInputsForAWhile) {
    EXPECT_TRUE(runs());
    EXPECT_TRUE(runs());
    EXPECT_EQ(asked_.size(), 1U);
    EXPECT_EQ(counters_->remembered, 1U);
    EXPECT_TRUE(runs(
        R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"add","arguments":{"a":2}}})"));
    EXPECT_EQ(asked_.size(), 2U);
    answers_ = {R"({"result":false})"};
    clock_.advance(std::chrono::seconds{1});
    EXPECT_FALSE(runs());
    EXPECT_EQ(asked_.size(), 3U);
}

TEST_F(ServiceTest, WithoutCacheItIsAskedEachTime) {
    use({.opa = "http://127.0.0.1:1/x", .cache = std::chrono::milliseconds{0}});
    EXPECT_TRUE(runs());
    EXPECT_TRUE(runs());
    EXPECT_EQ(asked_.size(), 2U);
}

TEST_F(ServiceTest, ABatchSharesOneTimeoutAndIsJudgedOneByOne) {
    answers_ = {R"({"result":true})", R"({"result":false})"};
    auto given = open_call(
        R"([{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1}}},)"
        R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"add","arguments":{"a":2}}}])");
    request(std::move(given));
    ASSERT_EQ(pool().sent.size(), 1U);
    EXPECT_TRUE(pool().last().body.contains(R"("id":1)")) << pool().last().body;
    EXPECT_FALSE(pool().last().body.contains(R"("id":2)")) << pool().last().body;
    takes_ = std::chrono::milliseconds{200};
    answers_ = {R"({"result":true})"};
    asked_.clear();
    (void)runs(
        R"([{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":3}}},)"
        R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"gone","arguments":{"a":4}}}])");
    EXPECT_EQ(asked_.size(), 1U) << "no time was left for the second";
}

TEST_F(ServiceTest, DeniesWhenNoWorkerIsFree) {
    EXPECT_TRUE(runs());
    workers_busy_ = true;
    EXPECT_TRUE(runs()) << "what is remembered needs no worker";
    EXPECT_FALSE(
        runs(R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"other"}})"));
    EXPECT_TRUE(last_->body_out.contains("cannot be asked now")) << last_->body_out;
    EXPECT_EQ(application().open_calls(), 0U);
}

}  // namespace
}  // namespace gatehouse::proxy
