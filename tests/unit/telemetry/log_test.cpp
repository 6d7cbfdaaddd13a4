// SPDX-License-Identifier: Apache-2.0
#include "telemetry/log.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"

namespace gatehouse::telemetry {
namespace {

class LogTest : public testing::Test {
  protected:
    ~LogTest() override { set_level(Level::kInfo); }
};

TEST_F(LogTest, WritesOneJsonObjectALine) {
    testing::internal::CaptureStderr();
    warn("oauth", "code \"{}\" of\n{}", 7, "\xE2\x82\xAC\xFF");
    error("storage", "disk full");
    const auto lines = testing::internal::GetCapturedStderr();
    const auto parts = split(lines, '\n');
    ASSERT_EQ(parts.size(), 3U);
    const auto line = json::parse_object(parts[0]);
    ASSERT_TRUE(line);
    EXPECT_EQ(json::get_string(*line, "level"), "warn");
    EXPECT_EQ(json::get_string(*line, "module"), "oauth");
    EXPECT_EQ(json::get_string(*line, "message"), "code \"7\" of\xE2\x82\xAC\xEF\xBF\xBD");
    EXPECT_TRUE(parse_time(json::get_string(*line, "time").value()));
    EXPECT_EQ(json::get_string(json::parse_object(parts[1]).value(), "level"), "error");
}

TEST_F(LogTest, DropsWhatIsBelowTheLevel) {
    testing::internal::CaptureStderr();
    debug("net", "quiet");
    set_level(Level::kError);
    warn("net", "quiet");
    set_level(Level::kDebug);
    debug("net", "loud");
    const auto lines = testing::internal::GetCapturedStderr();
    EXPECT_EQ(lines.find("quiet"), std::string::npos);
    EXPECT_NE(lines.find("loud"), std::string::npos);
}

TEST_F(LogTest, CutsHugeMessages) {
    testing::internal::CaptureStderr();
    info("net", "{}", std::string(100'000, 'x'));
    EXPECT_LT(testing::internal::GetCapturedStderr().size(), 9'000U);
}

}  // namespace
}  // namespace gatehouse::telemetry
