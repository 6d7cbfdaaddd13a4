// SPDX-License-Identifier: Apache-2.0
#include "http/address_rule.h"

#include <gtest/gtest.h>

#include "http/client.h"
#include "support/canned_http_server.h"

namespace gatehouse::http {
namespace {

constexpr auto* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

net::Endpoint at(const char* ip, std::uint16_t port) {
    return {.ip = net::IpAddress::parse(ip).value(), .port = port};
}

std::shared_ptr<const AddressRule> rule(const std::vector<std::string>& blocks) {
    return std::make_shared<const AddressRule>(AddressRule::public_and(blocks).value());
}

TEST(AddressRuleTest, AdmitsPublicAddressesAtTheHttpsPortOnly) {  // C31
    EXPECT_TRUE(rule({})->admits(at("1.1.1.1", 443)));
    EXPECT_TRUE(rule({})->admits(at("2606:4700::1111", 443)));
    EXPECT_FALSE(rule({})->admits(at("1.1.1.1", 80)));
    EXPECT_FALSE(rule({})->admits(at("1.1.1.1", 8443)));
    EXPECT_FALSE(rule({})->admits(at("10.0.0.1", 443)));
    EXPECT_FALSE(rule({})->admits({}));
}

TEST(AddressRuleTest, AdmitsTheOperatorsBlocksAtAnyPort) {
    const auto some = rule({"10.1.0.0/16", "fd00::/8"});
    EXPECT_TRUE(some->admits(at("10.1.2.3", 8443)));
    EXPECT_TRUE(some->admits(at("::ffff:10.1.2.3", 443)));
    EXPECT_TRUE(some->admits(at("fd00::1", 80)));
    EXPECT_FALSE(some->admits(at("10.2.0.1", 443)));
    EXPECT_TRUE(some->admits(at("1.1.1.1", 443)));
}

TEST(AddressRuleTest, RefusesWhatIsNoBlock) {
    EXPECT_FALSE(AddressRule::public_and({"10.0.0.0/8", "localhost"}));
}

TEST(AddressRuleTest, KeepsTheClientFromConnecting) {  // C31, I30, I32
    const test::CannedHttpServer server(kOk);
    const auto client = make_curl_client("");
    const std::string port = server.origin().substr(server.origin().rfind(':'));
    // A name as well as an address: what counts is where it leads.
    for (const std::string host : {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"}) {
        const auto answer =
            client->send({.url = "http://" + host + port + "/", .addresses = rule({})});
        ASSERT_FALSE(answer) << host;
        EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
        EXPECT_EQ(answer.error().message, "the peer cannot be reached");
    }
    EXPECT_TRUE(server.requests().empty());
}

TEST(AddressRuleTest, LetsTheClientReachAllowedBlocks) {
    const test::CannedHttpServer server(kOk);
    const auto client = make_curl_client("");
    const auto answer =
        client->send({.url = server.origin() + "/", .addresses = rule({"127.0.0.0/8"})});
    ASSERT_TRUE(answer) << describe(answer.error());
    EXPECT_EQ(answer->status, 200);
}

TEST(AddressRuleTest, HoldsWhereAnEarlierRequestOfTheOperatorWentFreely) {
    const test::CannedHttpServer server(kOk);
    const auto client = make_curl_client("");
    ASSERT_TRUE(client->send({.url = server.origin() + "/"}));
    EXPECT_FALSE(client->send({.url = server.origin() + "/", .addresses = rule({})}));
    ASSERT_TRUE(client->send({.url = server.origin() + "/"}));
    EXPECT_EQ(server.requests().size(), 2U);
}

}  // namespace
}  // namespace gatehouse::http
