// SPDX-License-Identifier: Apache-2.0
#include "audit/codec.h"

#include <gtest/gtest.h>

namespace gatehouse::audit {
namespace {

const CallIntent kIntent{.time = from_unix_millis(1'795'000'000'123),
                         .request_id = "r1",
                         .trace_id = "t1",
                         .server = "todo",
                         .user = "u1",
                         .client = "c1",
                         .connection = "s1",
                         .revision = "2025-11-25",
                         .method = "tools/call",
                         .item = "add_todo",
                         .client_version = "desktop/1.2",
                         .runtime = "http://127.0.0.1:9000/mcp",
                         .effect = "allow",
                         .rule = "default",
                         .reason = "policy",
                         .bytes_in = 300,
                         .arguments = R"({"title":"milk"})"};

std::string encoded_intent() {
    EntryBuffer buffer;
    encode_intent(buffer, 7, kIntent);
    return buffer;
}

TEST(AuditCodec, KeepsEveryFieldOfAnIntent) {
    const auto entry = decode_entry(encoded_intent());
    ASSERT_TRUE(entry);
    const auto& intent = std::get<IntentEntry>(*entry);
    EXPECT_EQ(intent.id, 7U);
    EXPECT_EQ(intent.time, kIntent.time);
    EXPECT_EQ(intent.request_id, "r1");
    EXPECT_EQ(intent.client_version, "desktop/1.2");
    EXPECT_EQ(intent.runtime, "http://127.0.0.1:9000/mcp");
    EXPECT_EQ(intent.trace_id, "t1");
    EXPECT_EQ(intent.server, "todo");
    EXPECT_EQ(intent.user, "u1");
    EXPECT_EQ(intent.client, "c1");
    EXPECT_EQ(intent.connection, "s1");
    EXPECT_EQ(intent.revision, "2025-11-25");
    EXPECT_EQ(intent.method, "tools/call");
    EXPECT_EQ(intent.item, "add_todo");
    EXPECT_EQ(intent.effect, "allow");
    EXPECT_EQ(intent.rule, "default");
    EXPECT_EQ(intent.reason, "policy");
    EXPECT_EQ(intent.bytes_in, 300U);
    EXPECT_EQ(intent.arguments, R"({"title":"milk"})");
}

TEST(AuditCodec, KeepsEveryFieldOfAnOutcome) {
    const CallOutcome outcome{.time = from_unix_millis(5),
                              .http_status = 200,
                              .rpc_code = -32602,
                              .is_error = true,
                              .duration = std::chrono::microseconds(1500),
                              .runtime = std::chrono::microseconds(1200),
                              .bytes_out = 42,
                              .units = 25,
                              .error = "no such title",
                              .result = "{}",
                              .last = false};
    EntryBuffer buffer;
    encode_outcome(buffer, 9, outcome);
    const auto entry = decode_entry(buffer);
    ASSERT_TRUE(entry);
    const auto& found = std::get<OutcomeEntry>(*entry);
    EXPECT_EQ(found.id, 9U);
    EXPECT_EQ(found.outcome.http_status, 200);
    EXPECT_EQ(found.outcome.rpc_code, -32602);
    EXPECT_EQ(found.outcome.is_error, true);
    EXPECT_EQ(found.outcome.duration.count(), 1500);
    EXPECT_EQ(found.outcome.runtime.count(), 1200);
    EXPECT_EQ(found.outcome.bytes_out, 42U);
    EXPECT_EQ(found.outcome.units, 25);
    EXPECT_EQ(found.outcome.error, "no such title");
    EXPECT_EQ(found.outcome.result, "{}");
    EXPECT_FALSE(found.outcome.last);
}

TEST(AuditCodec, ReadsOutcomesFromBeforeThereWereUnits) {
    EntryBuffer buffer;
    encode_outcome(buffer, 9, {.http_status = 200, .bytes_out = 42, .last = true});
    constexpr std::size_t kUnits = 9 + 16;  // and two texts that came later
    const auto entry = decode_entry(std::string_view(buffer).substr(0, buffer.size() - kUnits));
    ASSERT_TRUE(entry);
    EXPECT_EQ(std::get<OutcomeEntry>(*entry).outcome.bytes_out, 42U);
    EXPECT_EQ(std::get<OutcomeEntry>(*entry).outcome.units, std::nullopt);
    EXPECT_FALSE(decode_entry(std::string_view(buffer).substr(0, buffer.size() - 1)));
}

TEST(AuditCodec, TellsAbsentCodesFromZero) {
    EntryBuffer buffer;
    encode_outcome(buffer, 1, {.http_status = 202});
    const auto entry = decode_entry(buffer);
    ASSERT_TRUE(entry);
    EXPECT_FALSE(std::get<OutcomeEntry>(*entry).outcome.rpc_code);
    EXPECT_FALSE(std::get<OutcomeEntry>(*entry).outcome.is_error);
}

TEST(AuditCodec, RefusesEveryTruncation) {
    const std::string whole = encoded_intent();
    // What an earlier version did not write.
    const std::size_t later = 16 + kIntent.client_version.size() + kIntent.runtime.size();
    for (std::size_t length = 0; length < whole.size(); ++length) {
        if (length == whole.size() - later) {
            continue;
        }
        EXPECT_FALSE(decode_entry(whole.substr(0, length))) << length;
    }
}

TEST(AuditCodec, RefusesTrailingBytes) {
    EXPECT_FALSE(decode_entry(encoded_intent() + "x"));
}

TEST(AuditCodec, RefusesALengthBeyondTheEntry) {
    std::string entry = encoded_intent();
    entry[17] = '\x7f';  // the length of the first text
    EXPECT_FALSE(decode_entry(entry));
}

}  // namespace
}  // namespace gatehouse::audit
