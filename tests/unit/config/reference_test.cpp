// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>

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

TEST(ReadFile, TellsAFolderFromAMissingFile) {
    const test::TempDir dir;
    EXPECT_EQ(read_file(dir.path()).error().code, ErrorCode::kInvalid);
    EXPECT_EQ(read_file(dir / "absent").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace gatehouse::config
