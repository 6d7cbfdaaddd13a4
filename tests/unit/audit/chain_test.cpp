// SPDX-License-Identifier: Apache-2.0
#include "audit/chain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "audit/anchors.h"
#include "audit/ingester.h"
#include "audit/journal.h"
#include "audit/retention.h"
#include "audit/verifier.h"
#include "crypto/jwt.h"
#include "storage/internal/record_columns.h"
#include "storage/sql_chain_store.h"
#include "storage/sql_record_store.h"
#include "support/fake_clock.h"
#include "support/recording_event_log.h"
#include "support/temp_dir.h"

namespace gatehouse::audit {
namespace {

/// A store with calls, events, a call that got its outcome later, and one that never did; each test
/// spoils one thing about it, as somebody with a hand on the database could.
class ChainTest : public testing::Test {
  protected:
    void SetUp() override {
        auto opened = storage::open_sqlite(dir_ / "test.db");
        ASSERT_TRUE(opened) << describe(opened.error());
        database_ = std::move(*opened);
        records_ = std::make_unique<storage::SqlRecordStore>(*database_);
        chains_ = std::make_unique<storage::SqlChainStore>(*database_);
        ASSERT_TRUE(prepare_journal(options_));
        restart();
        write_records();
    }

    /// As a new process of the same replica would begin.
    void restart() {
        ingester_ = std::make_unique<Ingester>(Ingester::Parts{.directory = options_.directory,
                                                               .replica = "r1",
                                                               .records = *records_,
                                                               .chains = *chains_,
                                                               .seal = seal_,
                                                               .on_stored = nullptr});
        anchors_ = std::make_unique<Anchors>(Anchors::Parts{
            .ingester = *ingester_,
            .store = *chains_,
            .events = events_,
            .file = dir_.path() / "anchors.jsonl",
            .sign = [this](
                        std::string_view typ,
                        const json::Object& claims) { return crypto::sign_jwt(key_, typ, claims); },
            .public_keys = [this] { return crypto::KeySet{{key_.public_key()}}; },
            .issuer = [] { return std::string("https://mcp.example.com"); },
            .clock = clock_});
    }

    void write_records() {
        LoopJournal journal(options_, 0, clock_);
        for (int i = 0; i < 3; ++i) {
            const auto call = journal.intent(intent("add_todo"));
            ASSERT_TRUE(call);
            ASSERT_TRUE(journal.outcome(*call, {.http_status = 200, .is_error = false}));
        }
        const auto late = journal.intent(intent("slow_todo"));
        ASSERT_TRUE(late);
        ASSERT_TRUE(journal.intent(intent("lost_todo")));
        ASSERT_TRUE(ingester_->run());
        ASSERT_TRUE(journal.outcome(*late, {.http_status = 504, .error = "too late"}));
        write_event("sign_in");
        ASSERT_TRUE(ingester_->run());
        late_ = *late;
    }

    /// By a process that began just now.
    void write_event(std::string name) {
        clock_.advance(std::chrono::seconds(1));
        JournalEventLog log(options_, clock_);
        ASSERT_TRUE(
            log.record({.name = std::move(name), .user = "u1", .detail = {{"source", "local"}}}));
    }

    CallIntent intent(std::string_view item) const {
        return {.time = clock_.now(),
                .request_id = "0123",
                .server = "todo",
                .user = "u1",
                .client = "desktop",
                .method = "tools/call",
                .item = item,
                .client_version = "desktop 1.2",
                .runtime = "http://127.0.0.1:9000/mcp",
                .effect = "allow",
                .arguments = R"({"title":"milk"})"};
    }

    VerifyReport verify() {
        auto exported = anchors_->exported();
        EXPECT_TRUE(exported);
        auto report =
            Verifier({.store = *chains_,
                      .seal = seal_,
                      .judge = [this](const StoredAnchor& a) { return anchors_->judge(a); },
                      .exported = *exported,
                      .own = std::nullopt})
                .run();
        EXPECT_TRUE(report);
        return report.value_or(VerifyReport{});
    }

    void sql(std::string_view text, const std::vector<storage::Field>& fields = {}) {
        const auto done = database_->execute(text, fields);
        ASSERT_TRUE(done) << describe(done.error());
    }

    std::vector<storage::Row> rows(std::string_view text) {
        auto found = database_->query(text, {});
        EXPECT_TRUE(found);
        return std::move(*found);
    }

    std::uint64_t id_at(std::int64_t seq) {
        auto found = database_->query("SELECT id FROM audit_records WHERE seq = ?", {seq});
        EXPECT_TRUE(found && found->size() == 1);
        return static_cast<std::uint64_t>(found->front().integer(0));
    }

    static bool names(const VerifyReport& report, std::uint64_t record) {
        return std::ranges::find(report.findings, record, &Finding::record) !=
               report.findings.end();
    }

    test::TempDir dir_;
    test::FakeClock clock_;
    JournalOptions options_{.directory = dir_.path() / "journal", .segment_size = 8192};
    std::unique_ptr<storage::Database> database_;
    std::unique_ptr<storage::SqlRecordStore> records_;
    std::unique_ptr<storage::SqlChainStore> chains_;
    ChainSeal seal_{Secret("a key that only gateways hold")};
    crypto::SigningKey key_ = crypto::SigningKey::generate();
    test::RecordingEventLog events_;
    std::unique_ptr<Ingester> ingester_;
    std::unique_ptr<Anchors> anchors_;
    std::uint64_t late_ = 0;
};

TEST_F(ChainTest, FindsNothingWrongWithWhatWasStored) {
    const VerifyReport report = verify();
    EXPECT_EQ(report.found, 0U) << json::dump(report.to_json());
    EXPECT_EQ(report.records, 6U);
    EXPECT_EQ(report.links, 7U);  // one record was changed once
}

TEST_F(ChainTest, GoesOnWhereAnEarlierProcessStopped) {
    restart();
    write_event("sign_out");
    ASSERT_TRUE(ingester_->run());
    const VerifyReport report = verify();
    EXPECT_EQ(report.found, 0U) << json::dump(report.to_json());
    EXPECT_EQ(report.links, 8U);
    EXPECT_EQ(chains_->chains()->size(), 1U);
}

TEST_F(ChainTest, KeepsTheChainsOfReplicasApart) {
    Ingester other({.directory = options_.directory,
                    .replica = "r2",
                    .records = *records_,
                    .chains = *chains_,
                    .seal = seal_,
                    .on_stored = nullptr});
    const auto head = other.head();
    ASSERT_TRUE(head);
    EXPECT_EQ(head->number, 1U);
    EXPECT_EQ(head->seq, 0U);
    EXPECT_EQ(verify().found, 0U);
}

TEST_F(ChainTest, DoesNotGoOnWithAChainThatAnotherProcessMovedOn) {
    write_event("sign_out");
    sql("UPDATE audit_chains SET seq = seq + 1");
    EXPECT_EQ(ingester_->run().error().code, ErrorCode::kConflict);
}

// Every column of every record, changed by one byte or one unit.
TEST_F(ChainTest, FindsAndNamesAnyByteOfARecordThatChanged) {
    std::vector<std::string> columns(storage::kRecordColumns.begin() + 1,
                                     storage::kRecordColumns.end());
    const auto stored = rows("SELECT id, " + storage::record_columns() + " FROM audit_records");
    ASSERT_EQ(stored.size(), 6U);
    std::size_t changed = 0;
    for (const storage::Row& row : stored) {
        const auto id = row.integer(0);
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const storage::Field before = row.fields()[i + 2];
            std::vector<storage::Field> spoilt;
            if (const auto* text = std::get_if<std::string>(&before)) {
                for (std::size_t at = 0; at < text->size(); ++at) {
                    std::string other = *text;
                    other[at] = static_cast<char>(other[at] ^ 1);
                    spoilt.emplace_back(other);
                }
                spoilt.emplace_back(*text + "x");
            } else if (const auto* number = std::get_if<std::int64_t>(&before)) {
                spoilt.emplace_back(*number + 1);
            } else {
                spoilt.emplace_back(std::int64_t{0});
            }
            for (const storage::Field& value : spoilt) {
                sql("UPDATE audit_records SET " + columns[i] + " = ? WHERE id = ?", {value, id});
                const VerifyReport report = verify();
                EXPECT_EQ(report.found, 1U) << columns[i];
                EXPECT_TRUE(names(report, static_cast<std::uint64_t>(id))) << columns[i];
                ++changed;
            }
            sql("UPDATE audit_records SET " + columns[i] + " = ? WHERE id = ?", {before, id});
        }
    }
    EXPECT_GT(changed, 500U);
    EXPECT_EQ(verify().found, 0U);
}

TEST_F(ChainTest, FindsChangesOfWhatHoldsTheChainTogether) {
    const std::uint64_t id = id_at(2);
    for (const char* change : {"UPDATE audit_records SET hash = X'00' WHERE seq = 2",
                               "UPDATE audit_records SET hash = 'text' WHERE seq = 2",
                               "UPDATE audit_records SET previous = previous + 1 WHERE seq = 2",
                               "UPDATE audit_records SET seq = NULL WHERE seq = 2",
                               "UPDATE audit_records SET seq = 99 WHERE seq = 2",
                               "UPDATE audit_records SET replica = 'r9' WHERE seq = 2",
                               "UPDATE audit_records SET id = id + 1 WHERE seq = 2"}) {
        sql("CREATE TABLE kept AS SELECT * FROM audit_records");
        sql(change);
        const VerifyReport report = verify();
        EXPECT_GE(report.found, 1U) << change;
        EXPECT_TRUE(names(report, id) || names(report, id + 1)) << change;
        sql("DELETE FROM audit_records");
        sql("INSERT INTO audit_records SELECT * FROM kept");
        sql("DROP TABLE kept");
    }
    EXPECT_EQ(verify().found, 0U);
}

TEST_F(ChainTest, NamesARecordThatWasRemoved) {
    const std::uint64_t gone = id_at(3);
    sql("DELETE FROM audit_records WHERE seq = 3");
    const VerifyReport report = verify();
    ASSERT_EQ(report.found, 1U);
    EXPECT_EQ(report.findings[0].kind, "removed");
    EXPECT_EQ(report.findings[0].record, gone);
}

TEST_F(ChainTest, FindsThatTheLastRecordsWereRemoved) {
    const std::uint64_t gone = id_at(7);
    sql("DELETE FROM audit_records WHERE seq = 7");
    const VerifyReport report = verify();
    EXPECT_EQ(report.findings.at(0).kind, "removed");
    EXPECT_TRUE(names(report, gone));
}

TEST_F(ChainTest, FindsThatTheEndWasRemovedTogetherWithTheHead) {
    ASSERT_TRUE(*anchors_->make());
    const auto before = chains_->chains()->front();
    write_event("sign_out");
    ASSERT_TRUE(ingester_->run());
    ASSERT_TRUE(*anchors_->make() == false);  // one more record is the anchor's own event
    write_event("sign_out");
    ASSERT_TRUE(ingester_->run());
    ASSERT_TRUE(*anchors_->make());
    // An old head fits its seal, but something later was signed.
    sql("DELETE FROM audit_records WHERE seq > 7");
    sql("DELETE FROM audit_anchors WHERE seq > 7");
    sql("UPDATE audit_chains SET seq = ?, record = ?, hash = ?, seal = ?",
        {static_cast<std::int64_t>(before.seq), static_cast<std::int64_t>(before.record),
         storage::Blob{before.hash}, storage::Blob{before.seal}});
    const VerifyReport report = verify();
    ASSERT_EQ(report.found, 1U) << json::dump(report.to_json());
    EXPECT_EQ(report.findings[0].kind, "removed");
}

TEST_F(ChainTest, FindsARecordThatIsGoneAlthoughItsOldLinkIsThere) {
    sql("DELETE FROM audit_records WHERE id = ?", {static_cast<std::int64_t>(late_)});
    EXPECT_TRUE(names(verify(), late_));
}

TEST_F(ChainTest, NamesRecordsThatChangedPlaces) {
    const std::uint64_t first = id_at(1);
    const std::uint64_t second = id_at(2);
    sql("UPDATE audit_records SET seq = 0 WHERE seq = 1");
    sql("UPDATE audit_records SET seq = 1 WHERE seq = 2");
    sql("UPDATE audit_records SET seq = 2 WHERE seq = 0");
    const VerifyReport report = verify();
    EXPECT_TRUE(names(report, first));
    EXPECT_TRUE(names(report, second));
}

TEST_F(ChainTest, NamesARecordThatWasSlippedIn) {
    const auto id = static_cast<std::int64_t>(id_at(2)) + 5;
    sql("INSERT INTO audit_records (id, kind, time, event) VALUES (?, 'event', 1, 'sign_in')",
        {id});
    const VerifyReport report = verify();
    ASSERT_EQ(report.found, 1U);
    EXPECT_EQ(report.findings[0].kind, "inserted");
    EXPECT_TRUE(names(report, static_cast<std::uint64_t>(id)));
}

/// Changes a record and then makes every hash anew, as somebody could who knows how it is done.
void rewrite(storage::Database& database, ChainStore& chains, std::uint64_t record) {
    ASSERT_TRUE(database.execute("UPDATE audit_records SET item = 'delete_todo' WHERE id = ?",
                                 {static_cast<std::int64_t>(record)}));
    std::string hash = chain_origin();
    const auto links = chains.links("r1", 0, 1000);
    ASSERT_TRUE(links);
    for (const StoredLink& stored : *links) {
        hash = link_hash(hash, stored.link);
        const auto seq = static_cast<std::int64_t>(stored.link.seq);
        for (const char* table : {"audit_records", "audit_links"}) {
            ASSERT_TRUE(
                database.execute(std::string("UPDATE ") + table + " SET hash = ? WHERE seq = ?",
                                 {storage::Blob{hash}, seq}));
        }
    }
    ASSERT_TRUE(database.execute("UPDATE audit_chains SET hash = ?", {storage::Blob{hash}}));
}

TEST_F(ChainTest, FindsThatTheWholeChainWasMadeAnewBecauseOfTheSeal) {
    rewrite(*database_, *chains_, id_at(2));
    const VerifyReport report = verify();
    ASSERT_EQ(report.found, 1U);
    EXPECT_EQ(report.findings[0].kind, "rewritten");
}

TEST_F(ChainTest, FindsThatTheWholeChainWasMadeAnewBecauseOfAnAnchor) {
    ASSERT_TRUE(*anchors_->make());
    rewrite(*database_, *chains_, id_at(2));
    sql("DELETE FROM audit_anchors");  // the exported one is left
    // Somebody who even has the key of the seal.
    auto head = chains_->chains()->front();
    sql("UPDATE audit_chains SET seal = ?", {storage::Blob{seal_.of_head(head)}});
    const VerifyReport report = verify();
    ASSERT_EQ(report.found, 1U) << json::dump(report.to_json());
    EXPECT_EQ(report.findings[0].kind, "rewritten");
}

TEST_F(ChainTest, FindsAnAnchorThatNobodySigned) {
    ASSERT_TRUE(*anchors_->make());
    sql("UPDATE audit_anchors SET hash = X'00'");
    EXPECT_GE(verify().found, 1U);
    sql("UPDATE audit_anchors SET statement = 'x.y.z'");
    EXPECT_GE(verify().found, 1U);
}

TEST_F(ChainTest, FindsThatAWholeChainIsGone) {
    ASSERT_TRUE(*anchors_->make());
    sql("DELETE FROM audit_records");
    sql("DELETE FROM audit_links");
    sql("DELETE FROM audit_chains");
    EXPECT_EQ(verify().findings.at(0).kind, "removed");
}

TEST_F(ChainTest, ExportsAnchorsToAFileAndAsAnEvent) {
    ASSERT_TRUE(*anchors_->make());
    EXPECT_FALSE(*anchors_->make());  // nothing new
    const auto exported = anchors_->exported();
    ASSERT_EQ(exported->size(), 1U);
    EXPECT_EQ(anchors_->judge(exported->front()), AnchorTrust::kGood);
    EXPECT_EQ(exported->front().seq, 7U);
    ASSERT_EQ(events_.events.size(), 1U);
    EXPECT_EQ(events_.events[0].name, "audit.anchored");
}

TEST_F(ChainTest, ReadsAnchorsBehindALineThatACrashCutOff) {
    std::ofstream(dir_.path() / "anchors.jsonl") << R"({"v":1,"time":"2026-)";
    ASSERT_TRUE(*anchors_->make());
    EXPECT_EQ(anchors_->exported()->size(), 1U);
    EXPECT_EQ(verify().found, 0U);
}

TEST_F(ChainTest, CountsAnchorsOfKeysThatArePublishedNoMore) {
    ASSERT_TRUE(*anchors_->make());
    key_ = crypto::SigningKey::generate();
    const VerifyReport report = verify();
    EXPECT_EQ(report.unknown_keys, 1U);
    EXPECT_EQ(report.found, 0U);
}

TEST_F(ChainTest, RetentionLeavesTheRestVerifiable) {
    clock_.advance(std::chrono::hours(24 * 30));
    LoopJournal journal(options_, 0, clock_);
    ASSERT_TRUE(journal.intent(intent("add_todo")));
    ASSERT_TRUE(ingester_->run());
    Retention retention(*chains_, *ingester_, seal_, clock_);
    // The event is of no server and stays as long as the longest.
    const RetentionPlan plan{.servers = {{.server = "todo", .keep = std::chrono::hours(24)},
                                         {.server = "other", .keep = std::chrono::hours(24 * 90)}}};
    EXPECT_EQ(*retention.run(plan, 1000), 5U);
    VerifyReport report = verify();
    EXPECT_EQ(report.found, 0U) << json::dump(report.to_json());
    EXPECT_EQ(report.records, 2U);
    EXPECT_EQ(chains_->chains()->front().start_seq, 5U);
    EXPECT_EQ(rows("SELECT 1 FROM audit_links").size(), 1U);  // behind the event
    // And goes on.
    ASSERT_TRUE(journal.intent(intent("add_todo")));
    ASSERT_TRUE(ingester_->run());
    EXPECT_EQ(verify().found, 0U);
}

TEST_F(ChainTest, FindsARecordThatSomebodyElseRetired) {
    const std::uint64_t id = id_at(2);
    const auto link = chains_->links("r1", 1, 1)->front().link;
    ASSERT_EQ(*chains_->retire({{.replica = "r1", .link = link, .proof = "not a proof"}}), 1U);
    const VerifyReport report = verify();
    ASSERT_EQ(report.found, 1U);
    EXPECT_EQ(report.findings[0].kind, "removed");
    EXPECT_TRUE(names(report, id));
}

}  // namespace
}  // namespace gatehouse::audit
