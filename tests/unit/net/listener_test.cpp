// SPDX-License-Identifier: Apache-2.0
#include "net/listener.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace gatehouse::net {
namespace {

TEST(ListenOnTest, GivesAllLoopsTheSamePort) {
    const auto sockets = listen_on("127.0.0.1", 0, 3);
    ASSERT_TRUE(sockets) << sockets.error().message;
    ASSERT_EQ(sockets->size(), 3U);
    const auto first = local_endpoint(sockets->front());
    EXPECT_NE(first.port, 0);
    EXPECT_EQ(local_endpoint(sockets->back()), first);
}

TEST(ListenOnTest, TakesConnections) {
    const auto sockets = listen_on("localhost", 0, 1);
    const auto address = to_socket_address(local_endpoint(sockets->front()));
    const Socket client(::socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_EQ(::connect(client.fd(), address.get(), address.size), 0);
}

TEST(ListenOnTest, RefusesAPortThatSomebodyListensOn) {
    const auto first = listen_on("127.0.0.1", 0, 1);
    const auto port = local_endpoint(first->front()).port;
    const auto second = listen_on("127.0.0.1", port, 1);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kConflict);
    EXPECT_EQ(second.error().message,
              "cannot listen on 127.0.0.1:" + std::to_string(port) + ": the port is in use");
}

TEST(ListenOnTest, TakesAPortAgainOnceItIsFree) {
    std::uint16_t port = 0;
    {
        const auto first = listen_on("127.0.0.1", 0, 2);
        port = local_endpoint(first->front()).port;
    }
    EXPECT_TRUE(listen_on("127.0.0.1", port, 2));
}

TEST(ListenOnTest, ListensOnIpv6) {
    const auto sockets = listen_on("::1", 0, 1);
    if (!sockets) {
        GTEST_SKIP() << "no IPv6 here";
    }
    EXPECT_EQ(local_endpoint(sockets->front()).ip, *IpAddress::parse("::1"));
}

TEST(ListenOnTest, RefusesNamesAndForeignAddresses) {
    EXPECT_EQ(listen_on("example.com", 0, 1).error().code, ErrorCode::kInvalid);
    EXPECT_EQ(listen_on("192.0.2.1", 0, 1).error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace gatehouse::net
