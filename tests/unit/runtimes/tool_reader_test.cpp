// SPDX-License-Identifier: Apache-2.0
#include "runtimes/tool_reader.h"

#include <gtest/gtest.h>

namespace gatehouse::runtimes {
namespace {

const std::string kAdd =
    R"({"name":"add","title":"Add","description":"Adds.","inputSchema":{"type":"object","required":["a","b"]},)"
    R"("annotations":{"readOnlyHint":true}})";

TEST(ToolReader, ReadsWhatAToolSaysOfItself) {
    const Tool tool = read_tool(kAdd);
    EXPECT_EQ(tool.name, "add");
    EXPECT_EQ(tool.title, "Add");
    EXPECT_EQ(tool.description, "Adds.");
    EXPECT_EQ(tool.annotations.read_only, true);
    EXPECT_EQ(tool.annotations.destructive, std::nullopt);
    EXPECT_EQ(tool.entry, kAdd);
}

TEST(ToolReader, GivesTheSameDigestForOtherSpacingAndOrder) {
    EXPECT_EQ(
        digest_of_tool(kAdd),
        digest_of_tool(
            R"({ "description": "\u0041dds.", "annotations": {"readOnlyHint": true}, "title":"Add",
                 "inputSchema": {"required":["a","b"],"type":"object"}, "name":"add", "_meta":{} })"));
}

TEST(ToolReader, GivesAnotherDigestForAnotherMeaning) {
    const auto with = [](std::string_view from, std::string_view to) {
        std::string text = kAdd;
        return text.replace(text.find(from), from.size(), to);
    };
    const std::string digest = digest_of_tool(kAdd);
    EXPECT_NE(digest, digest_of_tool(with("Adds.", "Adds, and tells others.")));
    EXPECT_NE(digest, digest_of_tool(with(R"("required":["a","b"])", R"("required":["b","a"])")));
    EXPECT_NE(digest, digest_of_tool(with(":true", ":false")));
    EXPECT_NE(digest, digest_of_tool(with(R"("name":"add")", R"("name":"Add")")));
    EXPECT_NE(digest, digest_of_tool(with(R"("title":"Add")", R"("title":"Sum")")));
}

TEST(ToolReader, TrustsNoEntryThatTwoReadersWouldReadDifferently) {
    const std::string twice = R"({"name":"add","description":"Adds.","description":"Deletes."})";
    EXPECT_EQ(read_tool(twice).name, "");
    EXPECT_NE(digest_of_tool(twice), digest_of_tool(R"({"name":"add","description":"Deletes."})"));
}

TEST(ToolReader, KeepsTheFirstOfEachName) {
    const auto tools = read_tools({R"({"name":"a","title":"1"})", R"({"name":"a","title":"2"})",
                                   R"({"title":"nameless"})", R"({"name":"b"})"});
    ASSERT_EQ(tools.size(), 2U);
    EXPECT_EQ(tools[0].title, "1");
    EXPECT_EQ(tools[1].name, "b");
}

TEST(ToolReader, SortsToolsByTheHarmTheyMayDo) {
    EXPECT_EQ(kind_of({.read_only = true, .destructive = true}), ToolKind::kRead);
    EXPECT_EQ(kind_of({.destructive = false}), ToolKind::kWrite);
    EXPECT_EQ(kind_of({.destructive = true}), ToolKind::kDestructive);
    // What says nothing may do anything.
    EXPECT_EQ(kind_of({}), ToolKind::kDestructive);
}

}  // namespace
}  // namespace gatehouse::runtimes
