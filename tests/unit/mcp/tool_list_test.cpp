// SPDX-License-Identifier: Apache-2.0
#include "mcp/tool_list.h"

#include <gtest/gtest.h>

#include "mcp/response_id.h"

namespace gatehouse::mcp {
namespace {

TEST(ToolList, KeepsTheBytesOfEveryEntry) {
    const auto page = read_tool_page(
        R"({"id":1,"jsonrpc":"2.0","result":{"nextCursor":"c\u0031","tools":[{"name": "a","x":1.0}, {"name":"b"} ]}})");
    ASSERT_TRUE(page);
    EXPECT_EQ(page->entries,
              (std::vector<std::string>{R"({"name": "a","x":1.0})", R"({"name":"b"})"}));
    EXPECT_EQ(page->next_cursor, "c1");
}

TEST(ToolList, TakesAnEmptyListForAList) {
    const auto page = read_tool_page(R"({"result":{"tools":[],"nextCursor":null}})");
    ASSERT_TRUE(page);
    EXPECT_TRUE(page->entries.empty());
    EXPECT_EQ(page->next_cursor, "");
}

TEST(ToolList, TakesNothingElseForAList) {
    for (const std::string_view text :
         {"", "{", "[]", R"({"result":{}})", R"({"result":{"tools":{}}})",
          R"({"result":{"tools":["a"]}})", R"({"result":{"tools":[{"name":"a"})",
          R"({"result":{"tools":[],"tools":[]}})", R"({"result":{"tools":[]}} x)",
          R"({"error":{"code":1,"message":"tools"}})"}) {
        EXPECT_FALSE(read_tool_page(text)) << text;
    }
}

TEST(ResponseId, IsThatOfAResponseOnly) {
    EXPECT_EQ(response_id(R"({"jsonrpc":"2.0","id": 7 ,"result":{}})"), "7");
    EXPECT_EQ(response_id(R"({"error":{},"id":"a\"b"})"), R"("a\"b")");
    EXPECT_EQ(response_id(R"({"id":7,"method":"ping"})"), "");
    EXPECT_EQ(response_id(R"({"id":7,"result":{},"method":"ping"})"), "");
    EXPECT_EQ(response_id(R"({"id":null,"error":{}})"), "");
    EXPECT_EQ(response_id(R"({"method":"notifications/x"})"), "");
    EXPECT_EQ(response_id("nonsense"), "");
}

}  // namespace
}  // namespace gatehouse::mcp
