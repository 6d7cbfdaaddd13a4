// SPDX-License-Identifier: Apache-2.0
#include "net/public_address.h"

#include <gtest/gtest.h>

namespace gatehouse::net {
namespace {

IpAddress ip(const char* text) {
    const auto address = IpAddress::parse(text);
    EXPECT_TRUE(address) << text;
    return address.value_or(IpAddress());
}

TEST(PublicAddressTest, AcceptsThePublicInternet) {
    for (const auto* text : {"1.1.1.1",
                             "9.255.255.255",
                             "11.0.0.0",
                             "100.63.255.255",
                             "100.128.0.0",
                             "126.255.255.255",
                             "128.0.0.0",
                             "169.253.255.255",
                             "172.15.255.255",
                             "172.32.0.0",
                             "192.0.1.0",
                             "192.0.3.0",
                             "192.167.255.255",
                             "198.17.255.255",
                             "198.20.0.0",
                             "223.255.255.255",
                             "::ffff:8.8.8.8",
                             "2606:4700::1111",
                             "2001:4860:4860::8888",
                             "2001:200::1",
                             "2003::1",
                             "2a00:1450::1"}) {
        EXPECT_TRUE(is_public(ip(text))) << text;
    }
}

TEST(PublicAddressTest, RefusesEverySpecialUse) {  // C31, I30
    for (const auto* text : {"0.0.0.0",
                             "0.255.255.255",
                             "10.0.0.1",
                             "10.255.255.255",
                             "100.64.0.0",
                             "100.127.255.255",
                             "127.0.0.1",
                             "127.255.255.255",
                             "169.254.0.0",
                             "169.254.169.254",
                             "168.63.129.16",
                             "172.16.0.1",
                             "172.31.255.255",
                             "192.0.0.1",
                             "192.0.2.1",
                             "192.88.99.1",
                             "192.168.0.1",
                             "192.168.255.255",
                             "198.18.0.1",
                             "198.19.255.255",
                             "198.51.100.1",
                             "203.0.113.1",
                             "224.0.0.1",
                             "239.255.255.255",
                             "240.0.0.1",
                             "255.255.255.255",
                             "::",
                             "::1",
                             "::7f00:1",
                             "::ffff:127.0.0.1",
                             "::ffff:10.0.0.1",
                             "::ffff:a9fe:a9fe",
                             "64:ff9b::1.1.1.1",
                             "64:ff9b::a9fe:a9fe",
                             "64:ff9b:1::1",
                             "100::1",
                             "2001::1",
                             "2001:0:4136:e378:8000:63bf:3fff:fdd2",
                             "2001:1ff::1",
                             "2001:db8::1",
                             "2002:7f00:1::",
                             "2002:808:808::1",
                             "3fff::1",
                             "5f00::1",
                             "fc00::1",
                             "fd00::1",
                             "fdff::1",
                             "fe80::1",
                             "febf::1",
                             "fec0::1",
                             "ff02::1",
                             "ff0e::1",
                             "4000::1",
                             "1fff::1"}) {
        EXPECT_FALSE(is_public(ip(text))) << text;
    }
}

}  // namespace
}  // namespace gatehouse::net
