// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "config/config.h"
#include "config/internal/schema.h"
#include "config/internal/values.h"
#include "support/config_environment.h"
#include "support/temp_dir.h"

namespace gatehouse::config {
namespace {

const std::filesystem::path kRoot = GATEHOUSE_SOURCE_DIR;

TEST(Reference, PageInTheRepositoryIsCurrent) {
    const auto page = read_file(kRoot / "docs/reference/config.md");
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_EQ(*page, reference_markdown()) << "write the text above to docs/reference/config.md";
}

TEST(Schema, EveryDefaultAndBoundIsAValueOfItsKey) {
    for (const Key& key : schema()) {
        EXPECT_FALSE(key.sentence.empty()) << key.path;
        if (key.shape == Shape::kOne && !key.fallback.empty()) {
            EXPECT_FALSE(complaint(key, key.fallback)) << key.path;
        }
        if (key.shape == Shape::kOne && !key.example.empty() && !key.example.contains('$')) {
            EXPECT_FALSE(complaint(key, key.example)) << key.path;
        }
    }
}

TEST(Schema, EveryKeyHasItsSection) {
    for (const Key& key : schema()) {
        std::string parent(key.path.substr(0, key.path.rfind('.')));
        if (parent.ends_with(".[]")) {
            parent.resize(parent.size() - 3);
        }
        EXPECT_TRUE(parent == key.path || find_key(parent) != nullptr) << key.path;
    }
}

TEST(Examples, EveryExampleLoads) {
    test::ConfigEnvironment environment;
    environment.everything = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    const auto variables = environment.get();
    for (const auto& entry : std::filesystem::directory_iterator(kRoot / "examples")) {
        const auto file = entry.path() / "gatehouse.yaml";
        if (!std::filesystem::exists(file)) {
            continue;
        }
        const auto text = read_file(file);
        ASSERT_TRUE(text) << file;
        const auto outcome = parse(*text, file, variables);
        if (!outcome) {
            for (const Problem& problem : outcome.error()) {
                ADD_FAILURE() << describe(problem);
            }
        }
    }
}

TEST(Examples, EveryReadyProfileLoadsWithoutProblems) {  // issue 5
    test::ConfigEnvironment environment;
    environment.everything = "example.com";
    const auto variables = environment.get();
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(kRoot / "examples/profiles")) {
        SCOPED_TRACE(entry.path().filename());
        const auto text = read_file(entry.path());
        ASSERT_TRUE(text);
        const auto outcome = parse(*text, entry.path(), variables);
        if (!outcome) {
            for (const Problem& problem : outcome.error()) {
                ADD_FAILURE() << describe(problem);
            }
            continue;
        }
        const auto& catalog = *outcome->catalog;
        ASSERT_EQ(catalog.profiles.size(), 1U);
        const std::string& name = catalog.profiles.front().name;
        EXPECT_EQ(entry.path().stem(), name);
        EXPECT_EQ(catalog.servers.front().profile, name);
        EXPECT_TRUE(catalog.profiles.front().resource.empty()) << "none of them takes it";
        names.insert(name);
    }
    EXPECT_EQ(names, (std::set<std::string>{"atlassian", "auth0", "entra", "github", "google",
                                            "keycloak", "linear", "notion", "okta", "slack"}));
}

TEST(Examples, ReadyProfilesKnowTheQuirksOfTheirServers) {  // issue 5
    test::ConfigEnvironment environment;
    environment.everything = "example.com";
    const auto variables = environment.get();
    const auto profile_of = [&](const std::string& name) {
        const auto file = kRoot / "examples/profiles" / (name + ".yaml");
        const auto config = parse(read_file(file).value(), file, variables);
        return config ? config->catalog->profiles.front() : catalog::Profile{};
    };
    EXPECT_TRUE(profile_of("slack").quirks.comma_scopes);
    EXPECT_TRUE(profile_of("slack").quirks.any_token_type);
    EXPECT_TRUE(profile_of("linear").quirks.comma_scopes);
    EXPECT_TRUE(profile_of("notion").quirks.json_token_requests);
    EXPECT_EQ(profile_of("auth0").issuer, "https://example.com/");
    EXPECT_EQ(profile_of("atlassian").audience, "api.atlassian.com");
    EXPECT_EQ(profile_of("github").identity.subject, "id");
    EXPECT_EQ(profile_of("keycloak").auth_method, catalog::ClientAuthMethod::kPrivateKeyJwt);
}

TEST(ReadFile, TellsAFolderFromAMissingFile) {
    const test::TempDir dir;
    EXPECT_EQ(read_file(dir.path()).error().code, ErrorCode::kInvalid);
    EXPECT_EQ(read_file(dir / "absent").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace gatehouse::config
