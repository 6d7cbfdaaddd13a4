// SPDX-License-Identifier: Apache-2.0
#include "mcp/headers.h"

#include <gtest/gtest.h>

namespace gatehouse::mcp {
namespace {

Message modern_call() {
    return {.kind = MessageKind::kRequest,
            .method = "tools/call",
            .id = "1",
            .item = "add",
            .meta_version = "2026-07-28",
            .has_meta = true,
            .has_meta_version = true,
            .has_meta_capabilities = true};
}

Message legacy_call() {
    return {.kind = MessageKind::kRequest, .method = "tools/call", .id = "1", .item = "add"};
}

RoutingHeaders modern_headers() {
    return {.version = "2026-07-28", .method = "tools/call", .name = "add"};
}

std::expected<Revision, Fault> agree_on(const Message& message,
                                        const RoutingHeaders& headers,
                                        std::optional<Revision> session = {}) {
    return agree(Body{.batch = false, .messages = {&message, 1}}, headers, session);
}

RpcCode refusal(const Message& message, const RoutingHeaders& headers) {
    const auto revision = agree_on(message, headers);
    EXPECT_FALSE(revision.has_value());
    if (!revision) {
        EXPECT_EQ(revision.error().id, "1");
    }
    return revision ? RpcCode::kInternal : revision.error().code;
}

TEST(HeaderAgreement, AcceptsAModernCall) {
    EXPECT_EQ(agree_on(modern_call(), modern_headers()), Revision::k2026_07_28);
}

TEST(HeaderAgreement, RefusesModernCallsWhoseHeadersDiffer) {  // H21, H23
    auto headers = modern_headers();
    headers.version.reset();
    EXPECT_EQ(refusal(modern_call(), headers), RpcCode::kHeaderMismatch);
    headers.version = "2025-11-25";
    EXPECT_EQ(refusal(modern_call(), headers), RpcCode::kHeaderMismatch);
    headers = modern_headers();
    headers.method.reset();
    EXPECT_EQ(refusal(modern_call(), headers), RpcCode::kHeaderMismatch);
    headers.method = "Tools/call";
    EXPECT_EQ(refusal(modern_call(), headers), RpcCode::kHeaderMismatch);
    headers = modern_headers();
    headers.name.reset();
    EXPECT_EQ(refusal(modern_call(), headers), RpcCode::kHeaderMismatch);
    headers.name = "sub";
    EXPECT_EQ(refusal(modern_call(), headers), RpcCode::kHeaderMismatch);
    headers.name = "";
    EXPECT_EQ(refusal(modern_call(), headers), RpcCode::kHeaderMismatch);
}

TEST(HeaderAgreement, RefusesModernHeadersWithoutMetadata) {  // H21
    EXPECT_EQ(refusal(legacy_call(), modern_headers()), RpcCode::kInvalidParams);
    auto message = modern_call();
    message.has_meta_capabilities = false;
    EXPECT_EQ(refusal(message, modern_headers()), RpcCode::kInvalidParams);
}

TEST(HeaderAgreement, RefusesUnknownRevisions) {  // H22
    auto message = modern_call();
    message.meta_version = "v999.0.0";
    auto headers = modern_headers();
    headers.version = "v999.0.0";
    const auto revision = agree_on(message, headers);
    ASSERT_FALSE(revision.has_value());
    EXPECT_EQ(revision.error().code, RpcCode::kUnsupportedVersion);
    EXPECT_EQ(revision.error().data, R"({"supported":["2026-07-28"],"requested":"v999.0.0"})");
    EXPECT_EQ(refusal(legacy_call(), {.version = "v999.0.0"}), RpcCode::kUnsupportedVersion);
}

TEST(HeaderAgreement, DecodesTheNameSentinel) {  // H24
    auto headers = modern_headers();
    headers.name = "=?base64?YWRk?=";
    EXPECT_TRUE(agree_on(modern_call(), headers).has_value());
    for (const std::string_view bad :
         {"=?base64?YWRk=?=", "=?base64?YW-k?=", "=?base64?YQ?=", "=?BASE64?YWRk?=",
          "=?base64?/w==?=", "ad\xC3\xA4", "a\x01"}) {
        headers.name = bad;
        EXPECT_EQ(refusal(modern_call(), headers), RpcCode::kHeaderMismatch) << bad;
    }
    // A name that looks like the sentinel must itself be encoded.
    auto message = modern_call();
    message.item = "=?base64?YWRk?=";
    headers.name = "=?base64?YWRk?=";
    EXPECT_EQ(refusal(message, headers), RpcCode::kHeaderMismatch);
    headers.name = "=?base64?PT9iYXNlNjQ/WVdSaz89?=";
    EXPECT_TRUE(agree_on(message, headers).has_value());
}

TEST(HeaderAgreement, RefusesSmuggledNamesOnLegacyCalls) {  // H26
    EXPECT_EQ(refusal(legacy_call(), {.name = "other"}), RpcCode::kHeaderMismatch);
    EXPECT_EQ(refusal(legacy_call(), {.method = "tools/list"}), RpcCode::kHeaderMismatch);
    EXPECT_TRUE(agree_on(legacy_call(), {.method = "tools/call", .name = "add"}).has_value());
    auto nameless = legacy_call();
    nameless.item = {};
    EXPECT_EQ(refusal(nameless, {.name = "other"}), RpcCode::kHeaderMismatch);
}

TEST(HeaderAgreement, FindsTheLegacyRevision) {  // H40
    EXPECT_EQ(agree_on(legacy_call(), {}), Revision::k2025_03_26);
    EXPECT_EQ(agree_on(legacy_call(), {}, Revision::k2025_11_25), Revision::k2025_11_25);
    EXPECT_EQ(agree_on(legacy_call(), {.version = "2025-06-18"}), Revision::k2025_06_18);
}

TEST(HeaderAgreement, LetsInitializeNegotiate) {  // rule 29
    auto message = legacy_call();
    message.method = "initialize";
    message.item = {};
    message.initialize_version = "2025-06-18";
    EXPECT_EQ(agree_on(message, {.method = "initialize"}), Revision::k2025_06_18);
    message.initialize_version = "2031-01-01";
    EXPECT_TRUE(agree_on(message, {}).has_value());
}

TEST(HeaderAgreement, AllowsBatchesInOneRevisionOnly) {  // H41
    const std::array messages{legacy_call(), legacy_call()};
    const Body batch{.batch = true, .messages = messages};
    EXPECT_EQ(agree(batch, {}, {}), Revision::k2025_03_26);
    EXPECT_EQ(agree(batch, {.version = "2025-03-26"}, {}), Revision::k2025_03_26);
    for (const RoutingHeaders& headers :
         {RoutingHeaders{.version = "2025-06-18"}, RoutingHeaders{.version = "2026-07-28"},
          RoutingHeaders{.method = "tools/call"}}) {
        const auto revision = agree(batch, headers, {});
        ASSERT_FALSE(revision.has_value());
        EXPECT_EQ(revision.error().code, RpcCode::kInvalidRequest);
    }
    EXPECT_FALSE(agree(batch, {}, Revision::k2025_11_25).has_value());
}

}  // namespace
}  // namespace gatehouse::mcp
