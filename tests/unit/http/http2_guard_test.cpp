// SPDX-License-Identifier: Apache-2.0
#include "http/internal/http2_guard.h"

#include <gtest/gtest.h>

namespace gatehouse::http::internal {
namespace {

using namespace std::chrono_literals;
using Nuisance = Http2Guard::Nuisance;

int borne(Http2Guard& guard, Nuisance nuisance, SteadyTime now) {
    int count = 0;
    while (guard.bear(nuisance, now)) {
        ++count;
    }
    return count;
}

TEST(Http2GuardTest, BearsABurstAndThenSome) {
    const SteadyTime start{};
    Http2Guard guard(start);
    EXPECT_EQ(borne(guard, Nuisance::kReset, start), 256);
    EXPECT_EQ(borne(guard, Nuisance::kControl, start), 512);
    EXPECT_EQ(borne(guard, Nuisance::kReset, start + 999ms), 0);
    EXPECT_EQ(borne(guard, Nuisance::kReset, start + 1s), 32);
    EXPECT_EQ(borne(guard, Nuisance::kReset, start + 1h), 256);
}

TEST(Http2GuardTest, WorkThatWasDoneGivesBack) {
    const SteadyTime start{};
    Http2Guard guard(start);
    (void)borne(guard, Nuisance::kReset, start);
    (void)borne(guard, Nuisance::kControl, start);
    guard.stream_completed();
    EXPECT_EQ(borne(guard, Nuisance::kReset, start), 1);
    EXPECT_EQ(borne(guard, Nuisance::kControl, start), 4);
    guard.data_sent(1024);
    EXPECT_EQ(borne(guard, Nuisance::kControl, start), 2);
}

TEST(Http2GuardTest, WindowsOpenedByteByByteEarnNothing) {
    const SteadyTime start{};
    Http2Guard guard(start);
    (void)borne(guard, Nuisance::kControl, start);
    guard.data_sent(1);
    EXPECT_EQ(borne(guard, Nuisance::kControl, start), 0);
}

}  // namespace
}  // namespace gatehouse::http::internal
