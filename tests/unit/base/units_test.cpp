// SPDX-License-Identifier: Apache-2.0
#include "base/units.h"

#include <gtest/gtest.h>

namespace gatehouse {
namespace {

using namespace std::chrono_literals;

TEST(Units, ReadsDurations) {
    EXPECT_EQ(parse_duration("500ms"), 500ms);
    EXPECT_EQ(parse_duration("10s"), 10s);
    EXPECT_EQ(parse_duration("5m"), 5min);
    EXPECT_EQ(parse_duration("2h"), 2h);
    EXPECT_EQ(parse_duration("30d"), 720h);
    EXPECT_EQ(parse_duration("0s"), 0s);
    for (const auto* bad : {"", "5", "s", "-5s", "5 s", "5S", "05s", "1.5h", "5w",
                            "9223372036854775807d", "99999999999999999999ms"}) {
        EXPECT_FALSE(parse_duration(bad)) << bad;
    }
}

TEST(Units, ReadsSizes) {
    EXPECT_EQ(parse_size("512"), 512U);
    EXPECT_EQ(parse_size("64KiB"), 65536U);
    EXPECT_EQ(parse_size("4MiB"), 4194304U);
    EXPECT_EQ(parse_size("1GiB"), 1073741824U);
    for (const auto* bad : {"", "KiB", "64KB", "64kib", "-1", "1 MiB", "99999999999GiB"}) {
        EXPECT_FALSE(parse_size(bad)) << bad;
    }
}

TEST(Units, WritesTimesThatItReads) {
    const auto time = parse_time("2026-11-24T10:00:00.250Z");
    ASSERT_TRUE(time);
    EXPECT_EQ(time->time_since_epoch(), 1'795'514'400'250ms);
    EXPECT_EQ(format_time(*time), "2026-11-24T10:00:00.250Z");
    EXPECT_EQ(format_time({}), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(parse_time("2026-11-24T10:00:00Z")->time_since_epoch(), 1'795'514'400s);
    EXPECT_EQ(parse_time("2026-11-24T10:00:00.5Z")->time_since_epoch(), 1'795'514'400'500ms);
    EXPECT_EQ(parse_time("2026-11-24T10:00:00.123456789Z")->time_since_epoch(),
              1'795'514'400'123ms);
    EXPECT_TRUE(parse_time("2028-02-29T00:00:00Z"));
}

TEST(Units, RefusesMalformedTimes) {
    for (const auto* bad :
         {"", "2026-11-24", "2026-11-24T10:00:00", "2026-11-24 10:00:00Z", "2026-13-24T10:00:00Z",
          "2026-02-29T10:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T10:60:00Z",
          "2026-11-24T10:00:60Z", "2026-11-24T10:00:00.Z", "2026-11-24T10:00:00+01:00",
          "2026-11-24T1a:00:00Z", "x026-11-24T10:00:00Z", "2026-11-24T10:00:00.1234567890Z",
          "2026-11-24T10:00:00ZZ"}) {
        EXPECT_FALSE(parse_time(bad)) << bad;
    }
}

}  // namespace
}  // namespace gatehouse
