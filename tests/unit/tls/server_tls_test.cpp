// SPDX-License-Identifier: Apache-2.0
#include "tls/server_tls.h"

#include <gtest/gtest.h>

#include "support/certificates.h"
#include "support/fake_clock.h"

namespace gatehouse::tls {
namespace {

class ServerTlsTest : public testing::Test {
  protected:
    /// What is wrong with the files; whatever it is, the certificate before stays.
    std::string complaint(std::string_view certificate, const Secret& key) {
        const auto used = tls_.use(certificate, key);
        EXPECT_FALSE(used);
        EXPECT_EQ(used.error().code, ErrorCode::kInvalid);
        EXPECT_TRUE(tls_.enabled());
        EXPECT_FALSE(describe(used.error()).contains("BEGIN"));
        return used.error().message;
    }

    test::FakeClock clock_;
    test::TestAuthority authority_;
    test::TestCertificate good_ =
        authority_.issue({.alternatives = "DNS:mcp.example,DNS:b.example"});
    ServerTls tls_{clock_};
};

TEST_F(ServerTlsTest, ServesNothingWithoutACertificate) {
    EXPECT_FALSE(tls_.enabled());
    EXPECT_EQ(tls_.accept(0), nullptr);
}

TEST_F(ServerTlsTest, TellsWhatItWasGiven) {
    const auto facts = tls_.use(good_.certificate + authority_.certificate(), good_.key);
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->names, "mcp.example, b.example");
    EXPECT_EQ(facts->fingerprint.size(), 64U);
    EXPECT_GT(facts->not_after, SystemClock().now());
    EXPECT_TRUE(tls_.enabled());
    const auto other = authority_.issue({.name = "bare", .alternatives = ""});
    EXPECT_EQ(tls_.use(other.certificate, other.key)->names, "/CN=bare");
}

TEST_F(ServerTlsTest, SaysWhatIsWrongWithTheFiles) {
    ASSERT_TRUE(tls_.use(good_.certificate, good_.key));
    const auto other = authority_.issue();
    EXPECT_EQ(complaint(good_.certificate, other.key),
              "the key does not belong to the certificate");
    EXPECT_EQ(complaint("", good_.key), "there is no certificate in it");
    EXPECT_EQ(complaint(good_.key.reveal(), good_.key), "there is no certificate in it");
    EXPECT_EQ(complaint(good_.certificate, Secret("nothing")), "there is no private key in it");
    EXPECT_EQ(complaint(good_.certificate, Secret(good_.certificate)),
              "there is no private key in it");
    EXPECT_TRUE(complaint(good_.certificate, test::TestAuthority::encrypted(good_.key))
                    .starts_with("the private key is encrypted"));
    auto broken = good_.certificate;
    broken.replace(broken.find('\n') + 10, 4, "????");
    EXPECT_EQ(complaint(broken, good_.key), "a certificate cannot be read");
    auto second_broken = good_.certificate + broken;
    EXPECT_EQ(complaint(second_broken, good_.key), "a certificate cannot be read");
}

TEST_F(ServerTlsTest, TakesAnExpiredCertificate) {
    const auto expired =
        authority_.issue({.valid_from = -86'400 * 2000, .valid_until = -86'400 * 1900});
    const auto facts = tls_.use(expired.certificate, expired.key);
    ASSERT_TRUE(facts);
    EXPECT_LT(facts->not_after, clock_.now());
}

}  // namespace
}  // namespace gatehouse::tls
