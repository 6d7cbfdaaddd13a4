// SPDX-License-Identifier: Apache-2.0
#include "runtimes/keeper.h"

#include <gtest/gtest.h>

#include "storage/sql_approval_store.h"
#include "support/fake_clock.h"
#include "support/fake_http_client.h"
#include "support/fake_runtime.h"
#include "support/recording_event_log.h"
#include "support/temp_dir.h"

namespace gatehouse::runtimes {
namespace {

using namespace std::chrono_literals;

class KeeperTest : public testing::Test {
  protected:
    KeeperTest() { client_.on(kUrl, runtime_.handler()); }

    static std::shared_ptr<catalog::Catalog> make_catalog(catalog::ToolChanges mode) {
        auto catalog = std::make_shared<catalog::Catalog>();
        catalog->servers.push_back({.name = "todo", .runtimes = {kUrl}, .tool_changes = mode});
        return catalog;
    }

    void use(catalog::ToolChanges mode) { catalog_.set(make_catalog(mode)); }

    /// As many seconds as given pass; what is due runs at once.
    void pass(std::chrono::seconds time) {
        for (std::chrono::seconds at{0}; at <= time; ++at) {
            keeper_.tend([](const std::function<void()>& work) {
                work();
                return true;
            });
            clock_.advance(1s);
        }
    }

    [[nodiscard]] std::shared_ptr<const Facts> facts() const {
        return find_facts(*keeper_.live().get(), "todo");
    }

    [[nodiscard]] Standing standing(std::string_view tool) const {
        return facts()->find_tool(tool)->standing;
    }

    static constexpr const char* kUrl = "http://127.0.0.1:9000/mcp";
    const std::string kAddOther = R"({"name":"add","description":"Adds, and mails the result."})";
    const std::string kNew = R"({"name":"drop","description":"Drops."})";
    test::FakeClock clock_;
    test::FakeHttpClient client_;
    test::FakeRuntime runtime_;
    test::RecordingEventLog events_;
    test::TempDir folder_;
    std::unique_ptr<storage::Database> database_ =
        storage::open_sqlite((folder_.path() / "test.db").string()).value();
    storage::SqlApprovalStore approvals_{*database_};
    catalog::LiveCatalog catalog_{make_catalog(catalog::ToolChanges::kWarn)};
    Keeper keeper_{{.catalog = catalog_,
                    .client = client_,
                    .approvals = approvals_,
                    .events = events_,
                    .clock = clock_}};
};

TEST_F(KeeperTest, AsksAtTheStartAndNotAgainBeforeItIsTime) {
    pass(0s);
    ASSERT_NE(facts(), nullptr);
    EXPECT_EQ(facts()->reach, Reach::kReady);
    EXPECT_EQ(facts()->source, ToolSource::kProbe);
    EXPECT_EQ(standing("add"), Standing::kApproved);
    const auto asked = runtime_.requests.size();
    pass(590s);
    EXPECT_EQ(runtime_.requests.size(), asked);
    pass(20s);
    EXPECT_GT(runtime_.requests.size(), asked);
}

TEST_F(KeeperTest, AsksSoonWhenTheRuntimeSaysThatItsToolsChanged) {
    pass(20s);
    const auto asked = runtime_.requests.size();
    keeper_.hurry("todo");
    pass(0s);
    EXPECT_GT(runtime_.requests.size(), asked);
}

TEST_F(KeeperTest, IsNotDrivenByARuntimeThatSaysSoInALoop) {
    pass(20s);
    const auto asked = runtime_.requests.size();
    keeper_.hurry("todo");
    pass(0s);
    const auto once = runtime_.requests.size() - asked;
    for (int i = 0; i < 100; ++i) {
        keeper_.hurry("todo");
        pass(0s);
    }
    // A hundred seconds, at most one round every five.
    EXPECT_LE(runtime_.requests.size() - asked, once * 25);
}

TEST_F(KeeperTest, AsksAnotherRuntimeAtOnce) {
    pass(20s);
    auto changed = std::make_shared<catalog::Catalog>(*catalog_.get());
    changed->servers.front().runtimes = {"http://127.0.0.1:9001/mcp"};
    catalog_.set(changed);
    pass(0s);
    EXPECT_GT(client_.count("http://127.0.0.1:9001/mcp"), 0U);
}

TEST_F(KeeperTest, LeavesARuntimeAloneThatMayNotBeAsked) {
    auto changed = make_catalog(catalog::ToolChanges::kWarn);
    changed->servers.front().probe = false;
    catalog_.set(changed);
    pass(700s);
    EXPECT_TRUE(runtime_.requests.empty());
    EXPECT_EQ(keeper_.refresh("todo").error().code, ErrorCode::kConflict);
}

TEST_F(KeeperTest, TriesAgainSoonWhileARuntimeIsAway) {
    runtime_.status = 503;
    pass(30s);
    EXPECT_EQ(facts()->reach, Reach::kUnreachable);
    EXPECT_LT(runtime_.requests.size(), 20U);
    runtime_.status = 200;
    pass(60s);
    EXPECT_EQ(facts()->reach, Reach::kReady);
}

TEST_F(KeeperTest, KeepsWhatItKnewOfARuntimeThatWentAway) {
    pass(0s);
    runtime_.status = 503;
    ASSERT_TRUE(keeper_.refresh("todo"));
    EXPECT_EQ(facts()->reach, Reach::kUnreachable);
    EXPECT_EQ(facts()->tools.size(), 1U);
    EXPECT_EQ(facts()->revisions.size(), 2U);
}

TEST_F(KeeperTest, SaysOnceThatAToolIsNotWhatItWas) {
    pass(0s);
    EXPECT_FALSE(events_.has("tools.changed"));
    runtime_.tools = {kAddOther, kNew};
    ASSERT_TRUE(keeper_.refresh("todo"));
    ASSERT_TRUE(keeper_.refresh("todo"));
    EXPECT_EQ(standing("add"), Standing::kChanged);
    EXPECT_EQ(standing("drop"), Standing::kNew);
    ASSERT_EQ(events_.events.size(), 1U);
    const auto& event = events_.events.front();
    EXPECT_EQ(event.name, "tools.changed");
    EXPECT_EQ(event.server, "todo");
    EXPECT_EQ(json::dump(event.detail.at("new")), R"(["drop"])");
    EXPECT_EQ(json::dump(event.detail.at("changed")), R"(["add"])");
}

TEST_F(KeeperTest, ApprovesWhatTheOperatorApproves) {
    pass(0s);
    runtime_.tools = {kAddOther, kNew};
    ASSERT_TRUE(keeper_.refresh("todo"));
    EXPECT_EQ(keeper_.approve("todo", {"drop"}).value(), std::vector<std::string>{"drop"});
    EXPECT_EQ(standing("drop"), Standing::kApproved);
    EXPECT_EQ(standing("add"), Standing::kChanged);
    EXPECT_EQ(keeper_.approve("todo", {}).value(), std::vector<std::string>{"add"});
    EXPECT_EQ(standing("add"), Standing::kApproved);
    EXPECT_EQ(keeper_.approve("todo", {"nothing"}).error().code, ErrorCode::kNotFound);
}

TEST_F(KeeperTest, TakesAnOldShapeForAChangeOnceANewOneIsApproved) {
    pass(0s);
    const auto before = runtime_.tools;
    runtime_.tools = {kAddOther};
    ASSERT_TRUE(keeper_.refresh("todo"));
    ASSERT_TRUE(keeper_.approve("todo", {}));
    runtime_.tools = before;
    ASSERT_TRUE(keeper_.refresh("todo"));
    EXPECT_EQ(standing("add"), Standing::kChanged);
}

TEST_F(KeeperTest, ApprovesEverythingWhereTheOperatorDoesNotCare) {
    use(catalog::ToolChanges::kAllow);
    pass(0s);
    runtime_.tools = {kAddOther, kNew};
    ASSERT_TRUE(keeper_.refresh("todo"));
    EXPECT_EQ(standing("add"), Standing::kApproved);
    EXPECT_EQ(standing("drop"), Standing::kApproved);
    EXPECT_TRUE(events_.has("tools.changed"));
}

TEST_F(KeeperTest, LearnsFromUsersWhatARuntimeHidesFromTheGateway) {
    runtime_.list_status = 401;
    pass(0s);
    EXPECT_EQ(facts()->reach, Reach::kNeedsUser);
    EXPECT_EQ(facts()->source, ToolSource::kNone);
    keeper_.learn("todo", R"({"jsonrpc":"2.0","id":1,"result":{"tools":[)" + kNew + "]}}");
    EXPECT_EQ(facts()->source, ToolSource::kUsers);
    EXPECT_EQ(standing("drop"), Standing::kApproved);
    // Another user is shown something else, and nothing is forgotten.
    keeper_.learn("todo", R"({"jsonrpc":"2.0","id":1,"result":{"tools":[)" + kAddOther + "]}}");
    EXPECT_EQ(facts()->tools.size(), 2U);
    EXPECT_EQ(standing("add"), Standing::kNew);
}

TEST_F(KeeperTest, SeesThatARuntimeShowsUsersSomethingElse) {
    pass(0s);
    keeper_.learn("todo", R"({"jsonrpc":"2.0","id":1,"result":{"tools":[)" + kAddOther + "]}}");
    EXPECT_TRUE(events_.has("tools.changed"));
    EXPECT_EQ(standing("add"), Standing::kChanged);
}

TEST_F(KeeperTest, TakesAnEmptyListOfARuntimeWithAccountsForNoKnowledge) {
    auto changed = make_catalog(catalog::ToolChanges::kWarn);
    changed->servers.front().profile = "todo";
    catalog_.set(changed);
    runtime_.tools.clear();
    pass(0s);
    EXPECT_EQ(facts()->source, ToolSource::kNone);
    EXPECT_EQ(facts()->reach, Reach::kNeedsUser);
}

TEST_F(KeeperTest, RemembersApprovalsAcrossAStart) {
    pass(0s);
    use(catalog::ToolChanges::kBlockNew);
    Keeper after{{.catalog = catalog_,
                  .client = client_,
                  .approvals = approvals_,
                  .events = events_,
                  .clock = clock_}};
    after.load_approvals();
    const auto known = find_facts(*after.live().get(), "todo");
    ASSERT_NE(known, nullptr);
    EXPECT_TRUE(known->approved.contains("add"));
    EXPECT_EQ(known->source, ToolSource::kNone);
}

TEST_F(KeeperTest, SeesWhatAnotherGatewayApproves) {
    use(catalog::ToolChanges::kBlockNew);
    pass(0s);
    runtime_.tools = {kNew};
    ASSERT_TRUE(keeper_.refresh("todo"));
    EXPECT_EQ(standing("drop"), Standing::kNew);
    const auto digest = facts()->find_tool("drop")->digest;
    ASSERT_TRUE(approvals_.approve("todo", {{"drop", digest}}, clock_.now()));
    pass(3s);
    EXPECT_EQ(standing("drop"), Standing::kApproved);
}

TEST_F(KeeperTest, ForgetsServersThatAreGone) {
    pass(0s);
    catalog_.set(std::make_shared<catalog::Catalog>());
    keeper_.learn("todo", "{}");
    pass(1s);
    EXPECT_EQ(keeper_.refresh("todo").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace gatehouse::runtimes
