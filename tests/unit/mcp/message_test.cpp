// SPDX-License-Identifier: Apache-2.0
#include "mcp/message.h"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::mcp {
namespace {

constexpr std::string_view kCall =
    R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"add","arguments":{"a":1}}})";

class ClassifierTest : public testing::Test {
  protected:
    std::expected<Body, Fault> classify(std::string_view text) {
        buffer_.assign(text);
        buffer_.append(kPadding, 'x');
        return classifier_.classify(std::string_view(buffer_).substr(0, text.size()));
    }

    Message one(std::string_view text) {
        const auto body = classify(text);
        EXPECT_TRUE(body.has_value()) << text << ": " << (body ? "" : body.error().message);
        return body ? body->messages.front() : Message{};
    }

    RpcCode code(std::string_view text) {
        const auto body = classify(text);
        EXPECT_FALSE(body.has_value()) << text;
        return body ? RpcCode::kInternal : body.error().code;
    }

    static std::string call_with(std::string_view params) {
        return R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":)" + std::string(params) +
               "}";
    }

  private:
    Classifier classifier_;
    std::string buffer_;
};

TEST_F(ClassifierTest, ReadsAToolCall) {
    const Message message = one(kCall);
    EXPECT_EQ(message.kind, MessageKind::kRequest);
    EXPECT_EQ(message.method, "tools/call");
    EXPECT_EQ(message.id, "7");
    EXPECT_EQ(message.item, "add");
    EXPECT_EQ(message.arguments, R"({"a":1})");
}

TEST_F(ClassifierTest, ReadsAnInitialize) {
    const Message message = one(
        R"({"jsonrpc":"2.0","id":"x\"1","method":"initialize","params":{"protocolVersion":"2025-11-25",
        "capabilities":{"elicitation":{"form":{},"url":{}}},"clientInfo":{"name":"c","version":"1"}}})");
    EXPECT_EQ(message.id, R"("x\"1")");
    EXPECT_EQ(message.initialize_version, "2025-11-25");
    EXPECT_EQ(message.client_name, "c");
    EXPECT_EQ(message.client_version, "1");
    EXPECT_TRUE(message.declares_url_elicitation);
    EXPECT_FALSE(message.has_meta);
}

TEST_F(ClassifierTest, ReadsModernMetadata) {
    const Message message = one(call_with(
        R"({"name":"add","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",
        "io.modelcontextprotocol/clientInfo":{"name":"m"},"other":[1],
        "io.modelcontextprotocol/clientCapabilities":{}}})"));
    EXPECT_TRUE(message.has_meta_version);
    EXPECT_EQ(message.meta_version, "2026-07-28");
    EXPECT_TRUE(message.has_meta_capabilities);
    EXPECT_FALSE(message.declares_url_elicitation);
    EXPECT_EQ(message.client_name, "m");
}

TEST_F(ClassifierTest, TellsKindsApart) {
    EXPECT_EQ(one(R"({"jsonrpc":"2.0","method":"notifications/initialized"})").kind,
              MessageKind::kNotification);
    EXPECT_EQ(one(R"({"jsonrpc":"2.0","id":1,"result":{}})").kind, MessageKind::kResponse);
    EXPECT_EQ(one(R"({"jsonrpc":"2.0","id":null,"error":{"code":1,"message":""}})").kind,
              MessageKind::kResponse);
}

TEST_F(ClassifierTest, FindsTheItemWhereverTheMethodStands) {
    EXPECT_EQ(one(R"({"params":{"name":"t"},"method":"tools/call","id":1,"jsonrpc":"2.0"})").item,
              "t");
    EXPECT_EQ(
        one(R"({"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"a:b"}})").item,
        "a:b");
    EXPECT_EQ(one(R"({"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"taskId":"q"}})").item,
              "q");
    EXPECT_EQ(one(R"({"jsonrpc":"2.0","id":1,"method":"completion/complete",
                      "params":{"ref":{"type":"ref/prompt","name":"p"},"argument":{}}})")
                  .item,
              "p");
    EXPECT_EQ(one(R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"name":"t"}})").item,
              "");
}

TEST_F(ClassifierTest, DecodesEscapedNames) {
    EXPECT_EQ(one(call_with(R"({"\u006eame":"\u0061dd"})")).item, "add");
}

TEST_F(ClassifierTest, LeavesIdsAndNumbersAsTheyAre) {  // H09
    EXPECT_EQ(one(R"({"jsonrpc":"2.0","id":1.0,"method":"ping"})").id, "1.0");
    EXPECT_EQ(one(R"({"jsonrpc":"2.0","id": 1152921504606846976 ,"method":"ping"})").id,
              "1152921504606846976");
    EXPECT_EQ(one(call_with(R"({"name":"t","arguments":{"n":123456789012345678901234567890}})"))
                  .arguments,
              R"({"n":123456789012345678901234567890})");
    EXPECT_EQ(
        one(call_with(R"({"arguments" : { "n" : -1.5e+300 , "l":[ ] }  , "name":"t"})")).arguments,
        R"({ "n" : -1.5e+300 , "l":[ ] })");
}

TEST_F(ClassifierTest, RefusesWhatIsNotOneStrictJsonValue) {  // H09, H10
    const std::string good(kCall);
    for (const std::string& text :
         {std::string(), std::string("{"), std::string("nope"), good + "x", good + "{}", good + "]",
          good + ",", good.substr(0, good.size() - 1), "\xEF\xBB\xBF" + good, "[" + good + ",]",
          "[" + good + "]]"}) {
        EXPECT_EQ(code(text), RpcCode::kParseError) << text;
    }
    for (const std::string_view value :
         {"01",          "1.",         ".5",          "+1",   "1e",       "-",
          "0x1",         "1 2",        "truex",       "nul",  "'a'",      "\"\\x\"",
          "\"\\ud800\"", "\"\xff\"",   "\"\x01\"",    "[1,]", "[,1]",     "{\"a\"}",
          "{\"a\":}",    "{\"a\":1,}", "{a:1}",       "[1",   "{\"a\":1", "NaN",
          "[1}",         "1,",         "\"a\" \"b\"", "tru",  "-a",       "1a"}) {
        EXPECT_EQ(code(call_with(R"({"name":"t","arguments":{"v":)" + std::string(value) + "}}")),
                  RpcCode::kParseError)
            << value;
    }
}

TEST_F(ClassifierTest, RefusesRepeatedMembersAtEveryLevel) {  // H09
    for (
        const std::string_view text : {
            R"({"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call","params":{}})",
            R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}})",
            R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","n\u0061me":"b"}})",
            R"({"jsonrpc":"2.0","id":1,"method":"t","params":{"arguments":{"x":[{"k":1,"k":1}]}}})",
            R"({"jsonrpc":"2.0","id":1,"method":"t","params":{"_meta":{"a":{"k":1,"k":1}}}})",
            R"({"jsonrpc":"2.0","id":1,"method":"t","o":{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,
                 "g":1,"h":1,"i":1,"j":1,"c":1}})",
        }) {
        EXPECT_EQ(code(text), RpcCode::kParseError) << text;
    }
    // The same name in different objects is fine.
    EXPECT_EQ(one(call_with(R"({"name":"t","arguments":{"name":1,"a":{"name":2}}})")).item, "t");
}

TEST_F(ClassifierTest, RefusesMembersThatCountInAnotherCase) {  // H09, H26
    for (const std::string_view text :
         {R"({"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"})",
          R"({"jsonrpc":"2.0","id":1,"method":"ping","PARAMS":{"name":"x"}})",
          R"({"jsonrpc":"2.0","id":1,"method":"ping","param\u017f":{}})",
          R"({"jsonrpc":"2.0","id":1,"method":"ping","ID":2})"}) {
        EXPECT_EQ(code(text), RpcCode::kInvalidRequest) << text;
    }
    for (const std::string_view params :
         {R"({"name":"a","Name":"b"})", R"({"NAME":"b"})", R"({"name":"a","Arguments":{}})",
          R"({"uri":"a","URI":"b"})", R"({"ref":{"type":"ref/prompt","name":"a","nAme":"b"}})",
          R"({"Ref":{}})"}) {
        EXPECT_EQ(code(call_with(params)), RpcCode::kInvalidRequest) << params;
    }
    EXPECT_EQ(one(call_with(R"({"name":"a","arguments":{"Name":"b","ID":1},"title":"c"})")).item,
              "a");
}

TEST_F(ClassifierTest, RefusesWhatIsNotJsonRpc) {  // H10
    for (const std::string_view text : {
             R"("text")",
             R"(1)",
             R"(null)",
             R"({})",
             R"({"id":1,"method":"ping"})",
             R"({"jsonrpc":"1.0","id":1,"method":"ping"})",
             R"({"jsonrpc":2.0,"id":1,"method":"ping"})",
             R"({"jsonrpc":"2.0","id":null,"method":"ping"})",
             R"({"jsonrpc":"2.0","id":true,"method":"ping"})",
             R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})",
             R"({"jsonrpc":"2.0","id":[1],"method":"ping"})",
             R"({"jsonrpc":"2.0","id":1,"method":5})",
             R"({"jsonrpc":"2.0","id":1,"method":""})",
             R"({"jsonrpc":"2.0","id":1})",
             R"({"jsonrpc":"2.0","id":1,"method":"ping","result":{}})",
             R"({"jsonrpc":"2.0","id":1,"result":{},"error":{}})",
             R"({"jsonrpc":"2.0","result":{}})",
             R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":["name","t"]})",
             R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":["t"]}})",
         }) {
        EXPECT_EQ(code(text), RpcCode::kInvalidRequest) << text;
    }
}

TEST_F(ClassifierTest, EchoesTheIdOfWhatItRefuses) {
    const auto body = classify(R"({"jsonrpc":"2.0","id":"q","method":5})");
    ASSERT_FALSE(body.has_value());
    EXPECT_EQ(body.error().id, R"("q")");
}

TEST_F(ClassifierTest, BoundsDepth) {  // H08
    const auto nested = [](std::size_t levels) {
        return call_with(R"({"name":"t","x":)" + std::string(levels, '[') +
                         std::string(levels, ']') + "}");
    };
    EXPECT_TRUE(classify(nested(kMaxDepth - 2)).has_value());
    EXPECT_EQ(code(nested(kMaxDepth - 1)), RpcCode::kParseError);
    EXPECT_EQ(code(nested(100'000)), RpcCode::kParseError);
}

TEST_F(ClassifierTest, ReadsBatches) {  // H41
    const auto body =
        classify("[" + std::string(kCall) + R"(,{"jsonrpc":"2.0","method":"notifications/x"}])");
    ASSERT_TRUE(body.has_value());
    EXPECT_TRUE(body->batch);
    ASSERT_EQ(body->messages.size(), 2U);
    EXPECT_EQ(body->messages[0].item, "add");
    EXPECT_EQ(body->messages[1].kind, MessageKind::kNotification);
}

TEST_F(ClassifierTest, RefusesBadBatches) {  // H41
    const std::string call(kCall);
    std::string many = "[" + call;
    for (std::size_t i = 0; i < kMaxBatch; ++i) {
        many += "," + call;
    }
    for (const std::string& text :
         {std::string("[]"), std::string("[1]"), "[" + call + ",[]]", many + "]",
          "[" + call + R"(,{"jsonrpc":"2.0","id":1,"result":{}}])",
          std::string(R"([{"jsonrpc":"2.0","id":1,"method":"initialize"}])")}) {
        EXPECT_EQ(code(text), RpcCode::kInvalidRequest) << text;
    }
}

TEST_F(ClassifierTest, IsReusableAfterARefusal) {
    EXPECT_EQ(code(R"({"a":{"b":{"c":1,)"), RpcCode::kParseError);
    EXPECT_EQ(one(kCall).item, "add");
}

TEST(ErrorBody, LeavesOutAnUnknownId) {
    EXPECT_EQ(error_body({.code = RpcCode::kParseError, .message = "no \"x\""}),
              R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"no \"x\""}})");
    EXPECT_EQ(error_body({.code = RpcCode::kInternal, .message = "m", .id = "1.0", .data = "{}"}),
              R"({"jsonrpc":"2.0","id":1.0,"error":{"code":-32603,"message":"m","data":{}}})");
}

}  // namespace
}  // namespace gatehouse::mcp
