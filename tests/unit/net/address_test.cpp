// SPDX-License-Identifier: Apache-2.0
#include "net/address.h"

#include <gtest/gtest.h>

namespace gatehouse::net {
namespace {

TEST(IpAddressTest, ReadsBothFamilies) {
    EXPECT_EQ(IpAddress::parse("192.0.2.1")->to_string(), "192.0.2.1");
    EXPECT_EQ(IpAddress::parse("2001:DB8:0::1")->to_string(), "2001:db8::1");
    EXPECT_TRUE(IpAddress::parse("192.0.2.1")->is_v4());
    EXPECT_FALSE(IpAddress::parse("::1")->is_v4());
}

TEST(IpAddressTest, TreatsMappedAddressesAsIpv4) {
    EXPECT_EQ(IpAddress::parse("::ffff:192.0.2.1"), IpAddress::parse("192.0.2.1"));
}

TEST(IpAddressTest, RefusesWhatIsNoAddress) {
    for (const auto* text :
         {"", "localhost", "1.2.3", "1.2.3.4.5", "[::1]", "::1%lo", "1.2.3.4:80"}) {
        EXPECT_FALSE(IpAddress::parse(text)) << text;
    }
}

TEST(EndpointTest, BracketsIpv6) {
    EXPECT_EQ(to_string(Endpoint{.ip = *IpAddress::parse("::1"), .port = 80}), "[::1]:80");
    EXPECT_EQ(to_string(Endpoint{.ip = *IpAddress::parse("10.0.0.1"), .port = 80}), "10.0.0.1:80");
}

TEST(EndpointTest, SurvivesTheSocketForm) {
    for (const auto* text : {"::1", "10.0.0.1"}) {
        const Endpoint endpoint{.ip = *IpAddress::parse(text), .port = 8080};
        EXPECT_EQ(to_endpoint(to_socket_address(endpoint).storage), endpoint);
    }
}

struct BlockCase {
    const char* block;
    const char* address;
    bool inside;
};

class CidrBlockTest : public testing::TestWithParam<BlockCase> {};

TEST_P(CidrBlockTest, KnowsWhatItContains) {
    const auto& [block, address, inside] = GetParam();
    EXPECT_EQ(CidrBlock::parse(block)->contains(*IpAddress::parse(address)), inside);
}

INSTANTIATE_TEST_SUITE_P(Blocks,
                         CidrBlockTest,
                         testing::Values(BlockCase{"10.0.0.0/8", "10.255.0.1", true},
                                         BlockCase{"10.0.0.0/8", "11.0.0.1", false},
                                         BlockCase{"192.0.2.128/25", "192.0.2.129", true},
                                         BlockCase{"192.0.2.128/25", "192.0.2.1", false},
                                         BlockCase{"0.0.0.0/0", "203.0.113.9", true},
                                         BlockCase{"0.0.0.0/0", "::1", false},
                                         BlockCase{"::/0", "203.0.113.9", true},
                                         BlockCase{"2001:db8::/33", "2001:db8:7fff::1", true},
                                         BlockCase{"2001:db8::/33", "2001:db8:8000::1", false},
                                         BlockCase{"127.0.0.1", "127.0.0.1", true},
                                         BlockCase{"127.0.0.1", "127.0.0.2", false}));

TEST(CidrBlockTest, RefusesBadNotation) {
    for (const auto* text : {"", "10.0.0.0/33", "::/129", "10.0.0.0/", "x/8", "10.0.0.0/-1"}) {
        EXPECT_EQ(CidrBlock::parse(text).error().code, ErrorCode::kInvalid) << text;
    }
}

TEST(ResolveTest, AnswersNumbersAndLocalhostAtOnce) {
    EXPECT_EQ(resolve("192.0.2.7")->front(), *IpAddress::parse("192.0.2.7"));
    EXPECT_EQ(resolve("localhost")->size(), 2U);
}

}  // namespace
}  // namespace gatehouse::net
