// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/admin_fixture.h"

namespace gatehouse::admin {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class LiveTest : public test::AdminFixture {
  protected:
    http::Response ask(const std::string& last, const std::string& query = {}) {
        auto request = request_for("the-admin-token", "GET", "/api/v1/events");
        request.query = query;
        if (!last.empty()) {
            request.headers.set("Last-Event-ID", last);
        }
        return handle(request);
    }

    static std::string reached(const http::Response& response) {
        return std::string(response.headers.get("Last-Event-ID").value_or(""));
    }

    void happen(const std::string& name) {
        clock_.advance(std::chrono::milliseconds(5));
        ASSERT_TRUE(events_->record({.name = name}));
    }
};

TEST_F(LiveTest, BeginsNowAndGoesOnWhereItHasGotTo) {
    happen("before");
    const auto first = ask("");
    ASSERT_EQ(first.status, 200) << first.body;
    EXPECT_EQ(first.headers.get("Content-Type"), "text/event-stream");
    EXPECT_THAT(first.body, IsEmpty());
    ASSERT_FALSE(reached(first).empty());
    happen("one");
    happen("two");
    const auto second = ask(reached(first));
    EXPECT_THAT(second.body, HasSubstr("event: event\ndata: {"));
    EXPECT_LT(second.body.find("\"one\""), second.body.find("\"two\""));
    EXPECT_THAT(second.body, Not(HasSubstr("before")));
    EXPECT_THAT(ask(reached(second)).body, IsEmpty());
    EXPECT_EQ(reached(ask(reached(second))), reached(second));
}

TEST_F(LiveTest, TakesTheFiltersOfTheLogAndAPlaceToBegin) {
    happen("before");
    const std::string start = reached(ask(""));
    happen("one");
    happen("two");
    const auto some = ask("", "event=two&after=" + start);
    EXPECT_THAT(some.body, HasSubstr("two"));
    EXPECT_THAT(some.body, Not(HasSubstr("one")));
    EXPECT_EQ(ask("no-id").status, 400);
}

TEST_F(LiveTest, EndsForWhoMayNoLongerSee) {
    const std::string start = reached(ask(""));
    guard_->set_admin_token(Secret("another-admin-token"));
    EXPECT_EQ(ask(start).status, 401);
}

}  // namespace
}  // namespace gatehouse::admin
