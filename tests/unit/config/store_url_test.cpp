// SPDX-License-Identifier: Apache-2.0
#include "config/internal/store_url.h"

#include <gtest/gtest.h>

#include "config/config.h"
#include "support/config_environment.h"

namespace gatehouse::config {
namespace {

constexpr std::string_view kRest = R"(
public_url: http://127.0.0.1:8080
master_key: MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=
sign_in: {local: {enabled: true}}
servers: {todo: {runtime: "http://127.0.0.1:9000/mcp"}}
)";

TEST(StoreUrl, ShowsEverythingButPasswords) {
    EXPECT_EQ(without_password("postgresql://user:pw@host:5432/db?sslmode=verify-full"),
              "postgresql://user:(hidden)@host:5432/db?sslmode=verify-full");
    EXPECT_EQ(without_password("postgres://user@a:1,b:2/db"), "postgres://user@a:1,b:2/db");
    EXPECT_EQ(without_password("postgresql:///db?host=/tmp/a@b&user=me"),
              "postgresql:///db?host=/tmp/a@b&user=me");
    EXPECT_EQ(without_password("sqlite:./data/a.db"), "sqlite:./data/a.db");
}

TEST(StoreUrl, ShowsNoPasswordHoweverItIsWritten) {
    for (const std::string url :
         {"postgresql://u:s3cret@h/db", "postgresql://u:s3cret%40@h/db", "postgres://u:a@s3cret@h",
          "postgresql://u:a/s3cret@h/db", "postgresql://u:a?s3cret@h/db",
          "postgresql://h/db?password=s3cret", "postgresql://h/db?a=b&password=s3cret&c=d@e",
          "postgresql://h/db?sslpassword=s3cret", "postgresql://h/db?pass%77ord=s3cret",
          "postgresql://u:s3cret@h/db?x=y@z", "postgresql://:s3cret@h"}) {
        EXPECT_FALSE(without_password(url).contains("s3cret")) << without_password(url);
    }
}

TEST(StoreUrl, IsTakenWithAKeyThatReplicasShare) {
    const auto config = parse("store: postgresql://u:pw@h/db" + std::string(kRest), "/g.yaml",
                              test::ConfigEnvironment().get());
    ASSERT_TRUE(config) << describe(config.error().front());
    EXPECT_TRUE(config->database.empty());
    EXPECT_EQ(config->postgresql.reveal(), "postgresql://u:pw@h/db");
    EXPECT_FALSE(config->redacted_yaml.contains("pw@"));
    EXPECT_TRUE(config->redacted_yaml.contains("(hidden)@h/db")) << config->redacted_yaml;
}

TEST(StoreUrl, IsRefusedWithoutQuotingIt) {
    for (const std::string store :
         {"postgresql://", "postgresql:u:s3cret@h", "postgresql://u:s3cret%zz@h/db",
          "\"postgresql://u:s3cret @h/db\""}) {
        const auto config = parse("store: " + store + std::string(kRest), "/g.yaml",
                                  test::ConfigEnvironment().get());
        ASSERT_FALSE(config) << store;
        EXPECT_EQ(config.error().front().path, "store");
        EXPECT_FALSE(describe(config.error().front()).contains("s3cret"));
    }
}

TEST(StoreUrl, IsNoMatterOfAReload) {
    const auto load = [](const std::string& store) {
        return parse("store: " + store + std::string(kRest), "/g.yaml",
                     test::ConfigEnvironment().get())
            .value();
    };
    const Config running = load("postgresql://u:pw@h/db");
    EXPECT_TRUE(non_reloadable_changes(running, load("postgresql://u:pw@h/db")).empty());
    EXPECT_EQ(non_reloadable_changes(running, load("postgresql://u:other@h/db")),
              std::vector<std::string>{"store"});
    EXPECT_EQ(non_reloadable_changes(running, load("sqlite:a.db")),
              std::vector<std::string>{"store"});
}

}  // namespace
}  // namespace gatehouse::config
