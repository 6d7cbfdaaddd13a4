// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "support/proxy_fixture.h"

namespace gatehouse::proxy {
namespace {

/// Somebody else's thread reloads whenever this thread looks at the clock.
class ReloadingClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const override {
        reload();
        return Timestamp{std::chrono::milliseconds{1'795'000'000'000}};
    }

    [[nodiscard]] SteadyTime steady_now() const override {
        reload();
        return SteadyTime{std::chrono::hours{1000}};
    }

    std::function<void()> reload = [] {};
};

class ReloadTest : public test::ProxyFixture {
  protected:
    Parts parts() {
        Parts given = make_parts();
        return {.catalog = given.catalog,
                .trust = given.trust,
                .grants = given.grants,
                .ended_grants = given.ended_grants,
                .journal = given.journal,
                .sessions = given.sessions,
                .ended_sessions = given.ended_sessions,
                .budgets = given.budgets,
                .pauses = given.pauses,
                .clock = reloading_,
                .pool_for = given.pool_for,
                .run_on_worker = given.run_on_worker,
                .post = given.post,
                .load_user = given.load_user,
                .sign = given.sign,
                .control = given.control,
                .health = given.health,
                .ready = given.ready,
                .listen_hosts = given.listen_hosts,
                .limits = given.limits};
    }

    ReloadingClock reloading_;
};

TEST_F(ReloadTest, DoesNotPullTheRouteFromUnderACallThatIsBeingJudged) {
    reloading_.reload = [this] { publish(make_catalog()); };
    ProxyApplication application(parts());
    for (int i = 0; i < 3; ++i) {
        test::FakeExchange exchange(open_call());
        application.on_request(exchange);
        settle();
        pool().last().answer(200, kJson, kResult);
        EXPECT_EQ(exchange.status, 200);
    }
    EXPECT_EQ(journal_.intents.back().server, "open");
}

}  // namespace
}  // namespace gatehouse::proxy
