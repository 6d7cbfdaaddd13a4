// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "audit/ingester.h"
#include "audit/journal.h"
#include "base/strings.h"
#include "crypto/digest.h"
#include "export/exporter.h"
#include "export/file_sink.h"
#include "export/otlp_sink.h"
#include "export/webhook_sink.h"
#include "storage/sql_chain_store.h"
#include "storage/sql_export_store.h"
#include "storage/sql_record_store.h"
#include "support/fake_clock.h"
#include "support/fake_http_client.h"
#include "support/temp_dir.h"

namespace gatehouse::exports {
namespace {

constexpr std::string_view kHook = "https://alerts.example.com/hook";

std::vector<std::string> lines_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
        lines.push_back(line);
    }
    return lines;
}

/// A store that calls and events come into, and sinks that follow.
class ExportTest : public testing::Test {
  protected:
    void SetUp() override {
        auto opened = storage::open_sqlite(dir_ / "test.db");
        ASSERT_TRUE(opened) << describe(opened.error());
        database_ = std::move(*opened);
        records_ = std::make_unique<storage::SqlRecordStore>(*database_);
        chains_ = std::make_unique<storage::SqlChainStore>(*database_);
        store_ = std::make_unique<storage::SqlExportStore>(*database_);
        ASSERT_TRUE(audit::prepare_journal(options_));
        journal_ = std::make_unique<audit::LoopJournal>(options_, 0, clock_);
        events_ = std::make_unique<audit::JournalEventLog>(options_, clock_);
        ingester_ = std::make_unique<audit::Ingester>(
            audit::Ingester::Parts{.directory = options_.directory,
                                   .replica = "r1",
                                   .records = *records_,
                                   .chains = *chains_,
                                   .seal = seal_,
                                   .on_stored = nullptr});
    }

    void record_call(std::string_view item) {
        const auto call = journal_->intent({.time = clock_.now(),
                                            .request_id = "00112233445566778899aabbccddeeff",
                                            .trace_id = "0af7651916cd43dd8448eb211c80319c",
                                            .server = "todo",
                                            .method = "tools/call",
                                            .item = item,
                                            .effect = "allow"});
        ASSERT_TRUE(call);
        ASSERT_TRUE(journal_->outcome(*call, {.http_status = 200,
                                              .duration = std::chrono::milliseconds(30),
                                              .runtime = std::chrono::milliseconds(20)}));
        ASSERT_TRUE(ingester_->run());
    }

    void record_event(std::string name) {
        ASSERT_TRUE(events_->record({.name = std::move(name), .server = "todo"}));
        ASSERT_TRUE(ingester_->run());
    }

    std::unique_ptr<Exporter> exporter_of(std::unique_ptr<Sink> sink) {
        std::vector<std::unique_ptr<Sink>> sinks;
        sinks.push_back(std::move(sink));
        return std::make_unique<Exporter>(*store_, "r1", std::move(sinks), clock_);
    }

    std::unique_ptr<Exporter> file_exporter(std::uint64_t max_size = 1U << 20U) {
        return exporter_of(std::make_unique<FileSink>(
            FileSink::Options{.path = dir_ / "out.jsonl", .max_size = max_size, .keep = 2}));
    }

    std::unique_ptr<Exporter> webhook_exporter(std::vector<std::string> events = {}) {
        return exporter_of(std::make_unique<WebhookSink>(
            WebhookSink::Options{.url = std::string(kHook),
                                 .secret = Secret("shared"),
                                 .events = std::move(events),
                                 .dead_letter = dir_.path() / "dead.jsonl"},
            client_, clock_));
    }

    std::vector<http::ClientRequest> posted() { return client_.requests_to(kHook); }

    test::TempDir dir_;
    test::FakeClock clock_;
    test::FakeHttpClient client_;
    audit::JournalOptions options_{.directory = dir_.path() / "journal"};
    audit::ChainSeal seal_{Secret("a key that only gateways hold")};
    std::unique_ptr<storage::Database> database_;
    std::unique_ptr<storage::SqlRecordStore> records_;
    std::unique_ptr<storage::SqlChainStore> chains_;
    std::unique_ptr<storage::SqlExportStore> store_;
    std::unique_ptr<audit::LoopJournal> journal_;
    std::unique_ptr<audit::JournalEventLog> events_;
    std::unique_ptr<audit::Ingester> ingester_;
};

TEST_F(ExportTest, WritesEachRecordAsALineOnceAndGoesOnAfterARestart) {
    record_call("one");
    file_exporter()->run();
    record_call("two");
    auto exporter = file_exporter();
    exporter->run();
    exporter->run();
    const auto lines = lines_of(dir_ / "out.jsonl");
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(json::get_string(*json::parse_object(lines[0]), "item"), "one");
    EXPECT_EQ(json::get_string(*json::parse_object(lines[1]), "item"), "two");
}

TEST_F(ExportTest, SendsARecordAgainWhenItsOutcomeComes) {
    const auto call = journal_->intent({.time = clock_.now(), .server = "todo", .item = "slow"});
    ASSERT_TRUE(ingester_->run());
    auto exporter = file_exporter();
    exporter->run();
    ASSERT_TRUE(journal_->outcome(*call, {.http_status = 200}));
    ASSERT_TRUE(ingester_->run());
    exporter->run();
    const auto lines = lines_of(dir_ / "out.jsonl");
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_FALSE(json::parse_object(lines[0])->contains("http_status"));
    EXPECT_EQ(json::get_int(*json::parse_object(lines[1]), "http_status"), 200);
}

TEST_F(ExportTest, RenamesAFileThatIsFull) {
    auto exporter = file_exporter(700);
    for (const char* item : {"one", "two", "three", "four", "five", "six", "seven", "eight"}) {
        record_call(item);
    }
    exporter->run();
    EXPECT_TRUE(std::filesystem::exists(dir_ / "out.jsonl.1"));
    EXPECT_TRUE(std::filesystem::exists(dir_ / "out.jsonl.2"));
    EXPECT_FALSE(std::filesystem::exists(dir_ / "out.jsonl.3"));
    EXPECT_TRUE(lines_of(dir_ / "out.jsonl").back().contains("eight"));
}

TEST_F(ExportTest, WaitsWhileTheFileCannotBeWritten) {
    auto exporter = exporter_of(std::make_unique<FileSink>(
        FileSink::Options{.path = (dir_.path() / "later" / "out.jsonl").string()}));
    record_call("one");
    exporter->run();
    std::filesystem::create_directory(dir_.path() / "later");
    exporter->run();
    EXPECT_EQ(lines_of(dir_.path() / "later" / "out.jsonl").size(), 1U);
}

TEST_F(ExportTest, PostsEventsSignedAndNoCalls) {
    client_.answer(std::string(kHook), 204, "");
    record_call("one");
    record_event("sign_in.failed");
    webhook_exporter()->run();
    ASSERT_EQ(posted().size(), 1U);
    const http::ClientRequest request = posted()[0];
    EXPECT_EQ(request.headers.get("X-Gatehouse-Event"), "sign_in.failed");
    const std::string moment = std::to_string(to_unix_seconds(clock_.now()));
    std::string expected;
    for (const char byte : crypto::hmac_sha256(Secret("shared"), moment + "." + request.body)) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        expected += kDigits[static_cast<unsigned char>(byte) >> 4U];
        expected += kDigits[static_cast<unsigned char>(byte) & 15U];
    }
    EXPECT_EQ(request.headers.get("X-Gatehouse-Signature"), "t=" + moment + ",v1=" + expected);
}

TEST_F(ExportTest, PostsOnlyTheEventsThatAreAskedFor) {
    client_.answer(std::string(kHook), 204, "");
    record_event("sign_in");
    record_event("token.issued");
    record_event("token.reused");
    webhook_exporter({"token.*"})->run();
    EXPECT_EQ(posted().size(), 2U);
}

TEST_F(ExportTest, TriesAgainLaterUnderTheSameDelivery) {
    client_.answer(std::string(kHook), 503, "");
    record_event("sign_in");
    auto exporter = webhook_exporter();
    exporter->run();
    exporter->run();  // too early
    EXPECT_EQ(posted().size(), 1U);
    client_.answer(std::string(kHook), 200, "");
    clock_.advance(std::chrono::seconds(2));
    exporter->run();
    ASSERT_EQ(posted().size(), 2U);
    EXPECT_EQ(posted()[0].headers.get("X-Gatehouse-Delivery"),
              posted()[1].headers.get("X-Gatehouse-Delivery"));
    exporter->run();
    EXPECT_EQ(posted().size(), 2U);
}

TEST_F(ExportTest, BuriesWhatIsRefusedAndGoesOn) {
    client_.answer(std::string(kHook), 400, "");
    record_event("one");
    record_event("two");
    auto exporter = webhook_exporter();
    exporter->run();
    EXPECT_EQ(posted().size(), 2U);
    const auto dead = lines_of(dir_.path() / "dead.jsonl");
    ASSERT_EQ(dead.size(), 2U);
    EXPECT_EQ(json::get_string(*json::parse_object(dead[0]), "error"), "status 400");
}

TEST_F(ExportTest, GivesUpAfterTooManyTries) {
    client_.fail_with(std::string(kHook), ErrorCode::kUnavailable);
    record_event("one");
    auto exporter = webhook_exporter();
    for (int i = 0; i < 20; ++i) {
        exporter->run();
        clock_.advance(std::chrono::seconds(300));
    }
    EXPECT_EQ(posted().size(), 9U);
    EXPECT_EQ(lines_of(dir_.path() / "dead.jsonl").size(), 1U);
}

TEST_F(ExportTest, SendsACallAsTwoSpans) {
    client_.answer("http://127.0.0.1:4318/v1/traces", 200, "{}");
    record_call("one");
    record_event("sign_in");
    exporter_of(
        std::make_unique<OtlpSink>(OtlpSink::Options{.url = "http://127.0.0.1:4318",
                                                     .headers = {{"Authorization", Secret("key")}},
                                                     .signal = OtlpSink::Signal::kTraces,
                                                     .replica = "r1",
                                                     .version = "1"},
                                   client_))
        ->run();
    const auto sent = client_.requests_to("http://127.0.0.1:4318/v1/traces");
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].headers.get("Authorization"), "key");
    const auto body = json::parse_object(sent[0].body);
    ASSERT_TRUE(body);
    const auto& spans = body->at("resourceSpans").at(0).at("scopeSpans").at(0).at("spans");
    ASSERT_EQ(spans.as_array().size(), 2U);
    EXPECT_EQ(spans.at(0).at("traceId").as_string(), "0af7651916cd43dd8448eb211c80319c");
    EXPECT_EQ(spans.at(0).at("spanId").as_string(), "8899aabbccddeeff");
    EXPECT_EQ(spans.at(1).at("parentSpanId").as_string(), "8899aabbccddeeff");
    EXPECT_EQ(spans.at(0).at("name").as_string(), "tools/call one");
}

TEST_F(ExportTest, SendsEveryRecordAsALog) {
    client_.answer("http://127.0.0.1:4318/v1/logs", 200, "{}");
    record_call("one");
    record_event("sign_in");
    exporter_of(std::make_unique<OtlpSink>(OtlpSink::Options{.url = "http://127.0.0.1:4318",
                                                             .headers = {},
                                                             .signal = OtlpSink::Signal::kLogs,
                                                             .replica = "r1",
                                                             .version = "1"},
                                           client_))
        ->run();
    const auto body =
        json::parse_object(client_.requests_to("http://127.0.0.1:4318/v1/logs").at(0).body);
    ASSERT_TRUE(body);
    const auto& logs = body->at("resourceLogs").at(0).at("scopeLogs").at(0).at("logRecords");
    EXPECT_EQ(logs.as_array().size(), 2U);
}

TEST(MatchesPattern, TakesAStarForAnyText) {
    EXPECT_TRUE(matches_pattern("*", "anything"));
    EXPECT_TRUE(matches_pattern("token.*", "token.issued"));
    EXPECT_TRUE(matches_pattern("*.failed", "sign_in.failed"));
    EXPECT_TRUE(matches_pattern("a*b*c", "a-b-b-c"));
    EXPECT_FALSE(matches_pattern("token.*", "tokens"));
    EXPECT_FALSE(matches_pattern("token", "token.issued"));
}

}  // namespace
}  // namespace gatehouse::exports
