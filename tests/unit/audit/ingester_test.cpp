// SPDX-License-Identifier: Apache-2.0
#include "audit/ingester.h"

#include <gtest/gtest.h>

#include "audit/journal.h"
#include "storage/sql_record_store.h"
#include "support/fake_clock.h"
#include "support/temp_dir.h"

namespace gatehouse::audit {
namespace {

/// Fails on demand, to stand for a store that is down.
class FlakyStore final : public RecordStore {
  public:
    explicit FlakyStore(RecordStore& inner) : inner_(inner) {}

    Result<void> take_over(const std::vector<Entry>& entries,
                           const std::vector<JournalPosition>& positions) override {
        return down ? fail(ErrorCode::kUnavailable, "down") : inner_.take_over(entries, positions);
    }

    Result<std::vector<JournalPosition>> positions() override { return inner_.positions(); }

    Result<void> forget_position(std::string_view segment) override {
        return inner_.forget_position(segment);
    }

    Result<std::vector<StoredRecord>> find(const RecordFilter& filter) override {
        return inner_.find(filter);
    }

    bool down = false;

  private:
    RecordStore& inner_;
};

class IngesterTest : public testing::Test {
  protected:
    void SetUp() override {
        auto opened = storage::open_sqlite(dir_ / "test.db");
        ASSERT_TRUE(opened) << describe(opened.error());
        database_ = std::move(*opened);
        sql_ = std::make_unique<storage::SqlRecordStore>(*database_);
        store_ = std::make_unique<FlakyStore>(*sql_);
        ASSERT_TRUE(prepare_journal(options_));
    }

    CallIntent intent(std::string_view item) const {
        return {.time = clock_.now(),
                .server = "todo",
                .method = "tools/call",
                .item = item,
                .effect = "allow"};
    }

    std::vector<StoredRecord> all() {
        auto found = store_->find({});
        EXPECT_TRUE(found);
        return found.value_or(std::vector<StoredRecord>{});
    }

    Result<void> ingest() { return Ingester(options_.directory, *store_).run(); }

    std::size_t segments() const {
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator(options_.directory), {}));
    }

    test::TempDir dir_;
    test::FakeClock clock_;
    JournalOptions options_{.directory = dir_.path() / "journal", .segment_size = 4096};
    std::unique_ptr<storage::Database> database_;
    std::unique_ptr<storage::SqlRecordStore> sql_;
    std::unique_ptr<FlakyStore> store_;
};

TEST_F(IngesterTest, JoinsIntentAndOutcomeIntoOneRecord) {
    LoopJournal journal(options_, 0, clock_);
    const auto call = journal.intent(intent("add_todo"));
    ASSERT_TRUE(call);
    ASSERT_TRUE(journal.outcome(*call, {.http_status = 200, .is_error = false}));
    ASSERT_TRUE(ingest());
    const auto records = all();
    ASSERT_EQ(records.size(), 1U);
    const json::Object shown = to_json(records[0]);
    EXPECT_EQ(shown.at("item").as_string(), "add_todo");
    EXPECT_EQ(shown.at("http_status").as_int64(), 200);
    EXPECT_EQ(shown.at("is_error").as_bool(), false);
    EXPECT_EQ(shown.at("decision").at("effect").as_string(), "allow");
}

TEST_F(IngesterTest, ShowsACallWhoseOutcomeNeverCame) {
    LoopJournal journal(options_, 0, clock_);
    ASSERT_TRUE(journal.intent(intent("add_todo")));
    ASSERT_TRUE(ingest());
    ASSERT_EQ(all().size(), 1U);
    EXPECT_FALSE(to_json(all()[0]).contains("http_status"));
}

TEST_F(IngesterTest, AddsAnOutcomeThatComesInALaterBatch) {
    LoopJournal journal(options_, 0, clock_);
    const auto call = journal.intent(intent("add_todo"));
    ASSERT_TRUE(call);
    ASSERT_TRUE(ingest());
    ASSERT_TRUE(journal.outcome(*call, {.http_status = 504}));
    ASSERT_TRUE(ingest());
    ASSERT_EQ(all().size(), 1U);
    EXPECT_EQ(to_json(all()[0]).at("http_status").as_int64(), 504);
}

TEST_F(IngesterTest, TakesEachEntryOverOnceAcrossRestarts) {
    {
        LoopJournal journal(options_, 0, clock_);
        ASSERT_TRUE(journal.intent(intent("one")));
        ASSERT_TRUE(ingest());
        ASSERT_TRUE(journal.intent(intent("two")));
    }
    clock_.advance(std::chrono::seconds(1));
    LoopJournal next(options_, 0, clock_);
    ASSERT_TRUE(next.intent(intent("three")));
    ASSERT_TRUE(ingest());
    ASSERT_TRUE(ingest());
    EXPECT_EQ(all().size(), 3U);
}

TEST_F(IngesterTest, LosesNothingWhileTheStoreIsDown) {
    LoopJournal journal(options_, 0, clock_);
    ASSERT_TRUE(journal.intent(intent("one")));
    store_->down = true;
    EXPECT_FALSE(ingest());
    store_->down = false;
    ASSERT_TRUE(ingest());
    EXPECT_EQ(all().size(), 1U);
}

TEST_F(IngesterTest, DeletesSegmentsThatAreDoneAndKeepsTheOpenOne) {
    LoopJournal journal(options_, 0, clock_);
    for (int i = 0; i < 200; ++i) {
        ASSERT_TRUE(journal.intent(intent("add_todo")));
    }
    ASSERT_GT(segments(), 2U);
    ASSERT_TRUE(ingest());
    EXPECT_EQ(segments(), 1U);
    EXPECT_EQ(store_->find({.limit = 1000})->size(), 200U);
}

TEST_F(IngesterTest, FindsEventsByNameAndCallsByTool) {
    LoopJournal journal(options_, 0, clock_);
    JournalEventLog events(options_, clock_);
    ASSERT_TRUE(journal.intent(intent("one")));
    ASSERT_TRUE(journal.intent(intent("two")));
    ASSERT_TRUE(events.record({.name = "sign_in", .user = "u1", .detail = {{"source", "local"}}}));
    ASSERT_TRUE(ingest());
    EXPECT_EQ(store_->find({.tool = "two"})->size(), 1U);
    EXPECT_EQ(store_->find({.kind = "call"})->size(), 2U);
    const auto found = store_->find({.event = "sign_in"});
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(to_json((*found)[0]).at("detail").at("source").as_string(), "local");
}

TEST_F(IngesterTest, PagesBackwardsFromTheNewestAndForwardsAfterAnId) {
    LoopJournal journal(options_, 0, clock_);
    std::vector<std::uint64_t> ids;
    for (int i = 0; i < 5; ++i) {
        ids.push_back(*journal.intent(intent("add_todo")));
    }
    ASSERT_TRUE(ingest());
    const auto newest = store_->find({.limit = 2});
    EXPECT_EQ(std::get<IntentEntry>((*newest)[0].what).id, ids[4]);
    const auto older = store_->find({.before_id = ids[3], .limit = 2});
    EXPECT_EQ(std::get<IntentEntry>((*older)[0].what).id, ids[2]);
    const auto newer = store_->find({.after_id = ids[2], .limit = 10});
    ASSERT_EQ(newer->size(), 2U);
    EXPECT_EQ(std::get<IntentEntry>((*newer)[0].what).id, ids[3]);
}

TEST_F(IngesterTest, RefusesIntentsWhenTheDirectoryIsGone) {
    std::filesystem::remove_all(options_.directory);
    LoopJournal journal(options_, 0, clock_);
    EXPECT_EQ(journal.intent(intent("one")).error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace gatehouse::audit
