// SPDX-License-Identifier: Apache-2.0
#include "audit/ingester.h"

#include <gtest/gtest.h>

#include <deque>
#include <fstream>
#include <iterator>
#include <set>

#include "audit/journal.h"
#include "storage/sql_chain_store.h"
#include "storage/sql_record_store.h"
#include "support/fake_clock.h"
#include "support/open_store.h"
#include "support/temp_dir.h"

namespace gatehouse::audit {
namespace {

/// Fails on demand, to stand for a store that is down.
class FlakyStore final : public RecordStore {
  public:
    explicit FlakyStore(RecordStore& inner) : inner_(inner) {}

    Result<ChainHead> take_over(const std::vector<Entry>& entries,
                                const std::vector<JournalPosition>& positions,
                                const ChainHead& head,
                                const std::function<std::string(const ChainHead&)>& seal) override {
        return down ? fail(ErrorCode::kUnavailable, "down")
                    : inner_.take_over(entries, positions, head, seal);
    }

    Result<std::uint64_t> newest_id() override { return inner_.newest_id(); }

    Result<std::vector<JournalPosition>> positions() override { return inner_.positions(); }

    Result<void> forget_position(std::string_view segment) override {
        return inner_.forget_position(segment);
    }

    Result<RecordPage> find(const RecordFilter& filter) override { return inner_.find(filter); }

    bool down = false;

  private:
    RecordStore& inner_;
};

class IngesterTest : public testing::Test {
  protected:
    void SetUp() override {
        auto opened = test::open_store(dir_ / "test.db");
        ASSERT_TRUE(opened) << describe(opened.error());
        database_ = std::move(*opened);
        sql_ = std::make_unique<storage::SqlRecordStore>(*database_);
        store_ = std::make_unique<FlakyStore>(*sql_);
        chains_ = std::make_unique<storage::SqlChainStore>(*database_);
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
        return found ? found->records : std::vector<StoredRecord>{};
    }

    Result<void> ingest() {
        return Ingester({.directory = options_.directory,
                         .replica = "r1",
                         .records = *store_,
                         .chains = *chains_,
                         .seal = seal_,
                         .on_stored = nullptr})
            .run();
    }

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
    std::unique_ptr<storage::SqlChainStore> chains_;
    ChainSeal seal_{Secret("a key that only gateways hold")};
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

TEST_F(IngesterTest, StoresTheRestOfABatchWhenAnIdIsThereAlready) {
    const auto take = [this](const std::vector<Entry>& entries, std::uint64_t end) {
        const auto head = chains_->open_chain("r1");
        return head && sql_->take_over(entries, {{.segment = "s", .offset = end}}, *head,
                                       [](const ChainHead&) { return std::string("seal"); });
    };
    ASSERT_TRUE(take({IntentEntry{.id = 1, .item = "first"}}, 1));
    ASSERT_TRUE(take({IntentEntry{.id = 1, .item = "again"}, IntentEntry{.id = 2, .item = "second"},
                      IntentEntry{.id = 2, .item = "twice"}, IntentEntry{.id = 3, .item = "third"}},
                     2));
    std::vector<std::string> items;
    for (const StoredRecord& record : all()) {
        items.push_back(std::get<IntentEntry>(record.what).item);
    }
    EXPECT_EQ(items, (std::vector<std::string>{"third", "second", "first"}));
    EXPECT_EQ(chains_->open_chain("r1")->seq, 3U);
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
    EXPECT_EQ(store_->find({.limit = 1000})->records.size(), 200U);
}

TEST_F(IngesterTest, FindsEventsByNameAndCallsByTool) {
    LoopJournal journal(options_, 0, clock_);
    JournalEventLog events(options_, clock_);
    ASSERT_TRUE(journal.intent(intent("one")));
    ASSERT_TRUE(journal.intent(intent("two")));
    ASSERT_TRUE(events.record({.name = "sign_in", .user = "u1", .detail = {{"source", "local"}}}));
    ASSERT_TRUE(ingest());
    EXPECT_EQ(store_->find({.tool = "two"})->records.size(), 1U);
    EXPECT_EQ(store_->find({.kind = "call"})->records.size(), 2U);
    const auto found = store_->find({.event = "sign_in"});
    ASSERT_EQ(found->records.size(), 1U);
    EXPECT_EQ(to_json(found->records[0]).at("detail").at("source").as_string(), "local");
}

TEST_F(IngesterTest, PagesBackwardsFromTheNewestAndForwardsAfterAnId) {
    LoopJournal journal(options_, 0, clock_);
    std::vector<std::uint64_t> ids;
    for (int i = 0; i < 5; ++i) {
        ids.push_back(*journal.intent(intent("add_todo")));
    }
    ASSERT_TRUE(ingest());
    const auto newest = store_->find({.limit = 2});
    EXPECT_EQ(std::get<IntentEntry>(newest->records[0].what).id, ids[4]);
    const auto older = store_->find({.before_id = ids[3], .limit = 2});
    EXPECT_EQ(std::get<IntentEntry>(older->records[0].what).id, ids[2]);
    const auto newer = store_->find({.after_id = ids[2], .limit = 10});
    ASSERT_EQ(newer->records.size(), 2U);
    EXPECT_EQ(std::get<IntentEntry>(newer->records[0].what).id, ids[3]);
}

TEST_F(IngesterTest, RefusesIntentsWhenTheDirectoryIsGone) {
    std::filesystem::remove_all(options_.directory);
    LoopJournal journal(options_, 0, clock_);
    EXPECT_EQ(journal.intent(intent("one")).error().code, ErrorCode::kUnavailable);
}

TEST_F(IngesterTest, GoesOnUnrecordedWhereTheOperatorWantsThat) {
    options_.on_failure = OnFailure::kContinue;
    std::filesystem::remove_all(options_.directory);
    LoopJournal journal(options_, 0, clock_);
    const auto call = journal.intent(intent("one"));
    ASSERT_TRUE(call);
    EXPECT_TRUE(journal.outcome(*call, {.http_status = 200}));
    EXPECT_EQ(options_.health->unrecorded, 2U);
    EXPECT_EQ(options_.health->failures, 2U);
}

TEST_F(IngesterTest, RefusesWhenTheJournalIsFullUntilTheStoreIsBack) {
    options_.max_bytes = 3 * options_.segment_size;
    LoopJournal journal(options_, 0, clock_);
    store_->down = true;
    std::size_t taken = 0;
    while (taken < 1000 && journal.intent(intent("one"))) {
        ++taken;
    }
    EXPECT_LT(taken, 1000U);
    EXPECT_LE(journal_bytes(options_.directory), options_.max_bytes);
    EXPECT_EQ(journal.intent(intent("one")).error().code, ErrorCode::kUnavailable);
    EXPECT_GT(options_.health->failures, 0U);
    store_->down = false;
    ASSERT_TRUE(ingest());
    EXPECT_TRUE(journal.intent(intent("one")));
    EXPECT_EQ(store_->find({.limit = 1000})->records.size(), taken);
}

TEST_F(IngesterTest, SetsADamagedSegmentAsideAndGoesOnWithTheNext) {
    {
        LoopJournal journal(options_, 0, clock_);
        ASSERT_TRUE(journal.intent(intent("one")));
        ASSERT_TRUE(journal.intent(intent("two")));
    }
    const auto path = std::filesystem::directory_iterator(options_.directory)->path();
    {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(300);  // inside the second entry
        file.put('\x7f');
    }
    clock_.advance(std::chrono::seconds(1));
    LoopJournal next(options_, 0, clock_);
    ASSERT_TRUE(next.intent(intent("three")));
    ASSERT_TRUE(ingest());
    EXPECT_EQ(all().size(), 2U);
    EXPECT_TRUE(std::filesystem::exists(path.string() + ".damaged"));
    EXPECT_FALSE(std::filesystem::exists(path));
}

// A process may die at any instruction of `append`: whatever of the last entry is there, the ones
// before are found and the half one is not.
TEST_F(IngesterTest, RecoversEverythingBeforeATornEntry) {
    {
        LoopJournal journal(options_, 0, clock_);
        ASSERT_TRUE(journal.intent(intent("one")));
        ASSERT_TRUE(journal.intent(intent("two")));
    }
    const auto path = std::filesystem::directory_iterator(options_.directory)->path();
    std::ifstream file(path, std::ios::binary);
    const std::string whole((std::istreambuf_iterator<char>(file)), {});
    const auto reader = SegmentReader::open(path);
    const std::size_t second = reader->read(8).next;
    const std::size_t end = reader->read(second).next;
    for (std::size_t cut = second; cut < end; ++cut) {
        // The bytes behind are still zero, and so is the length, which is stored last.
        std::string torn = whole.substr(0, cut) + std::string(whole.size() - cut, '\0');
        std::fill_n(torn.begin() + static_cast<std::ptrdiff_t>(second), 4, '\0');
        const std::string name = dir_ / "torn.seg";
        std::ofstream(name, std::ios::binary) << torn;
        const auto found = SegmentReader::open(name);
        ASSERT_TRUE(found);
        EXPECT_EQ(found->read(8).found, SegmentReader::Found::kRecord) << cut;
        EXPECT_EQ(found->read(second).found, SegmentReader::Found::kEnd) << cut;
    }
}

TEST_F(IngesterTest, NeverMakesAnIdTwiceAlsoWhenTheClockGoesBack) {
    std::uint64_t newest = 0;
    {
        LoopJournal journal(options_, 0, clock_);
        newest = *journal.intent(intent("one"));
    }
    clock_.advance(-std::chrono::hours(1));
    options_.newest_id = newest;
    LoopJournal journal(options_, 0, clock_);
    EXPECT_GT(*journal.intent(intent("two")), newest);
    JournalOptions elsewhere{.directory = dir_.path() / "other", .replica = 7};
    ASSERT_TRUE(prepare_journal(elsewhere));
    LoopJournal other(elsewhere, 0, clock_);
    EXPECT_NE(*other.intent(intent("three")), *journal.intent(intent("four")));
}

class FindTest : public IngesterTest {
  protected:
    void SetUp() override {
        IngesterTest::SetUp();
        LoopJournal journal(options_, 0, clock_);
        for (int i = 0; i < 40; ++i) {
            CallIntent call = intent(i % 2 == 0 ? "add_todo" : "list_todos");
            call.request_id = requests_.emplace_back("request-" + std::to_string(i));
            call.user = i % 4 == 0 ? "anna" : "bert";
            call.client = "desktop";
            call.rule = i == 6 ? "no-milk" : "";
            call.effect = i == 6 ? "deny" : "allow";
            call.arguments = i == 8 ? R"({"title":"Oat_Milk 100%"})" : R"({"title":"tea"})";
            const auto id = journal.intent(call);
            ASSERT_TRUE(id);
            if (i != 10) {
                ASSERT_TRUE(journal.outcome(
                    *id, {.http_status = i == 12 ? 502 : 200,
                          .rpc_code = i == 14 ? std::optional<std::int64_t>(-32602) : std::nullopt,
                          .is_error = i == 16,
                          .error = i == 14 ? "Unknown thing" : ""}));
            }
            clock_.advance(std::chrono::minutes(1));
        }
        JournalEventLog events(options_, clock_);
        ASSERT_TRUE(events.record({.name = "sign_in", .user = "anna"}));
        ASSERT_TRUE(ingest());
    }

    std::size_t count(RecordFilter filter) {
        filter.limit = 1000;
        const auto found = store_->find(filter);
        EXPECT_TRUE(found);
        return found ? found->records.size() : 0;
    }

    Timestamp start_ = clock_.now();
    std::deque<std::string> requests_;
};

TEST_F(FindTest, FindsByEachFact) {
    EXPECT_EQ(count({}), 41U);
    EXPECT_EQ(count({.server = "todo"}), 40U);
    EXPECT_EQ(count({.user = "anna"}), 11U);
    EXPECT_EQ(count({.client = "desktop"}), 40U);
    EXPECT_EQ(count({.tool = "add_todo"}), 20U);
    EXPECT_EQ(count({.effect = "deny"}), 1U);
    EXPECT_EQ(count({.effect = "allow"}), 39U);
    EXPECT_EQ(count({.kind = "event"}), 1U);
    EXPECT_EQ(count({.kind = "call"}), 40U);
    EXPECT_EQ(count({.event = "sign_in"}), 1U);
    EXPECT_EQ(count({.method = "tools/call"}), 40U);
    EXPECT_EQ(count({.request_id = "request-3"}), 1U);
    EXPECT_EQ(count({.rule = "no-milk"}), 1U);
    EXPECT_EQ(count({.outcome = OutcomeFilter::kError}), 3U);
    EXPECT_EQ(count({.outcome = OutcomeFilter::kOpen}), 1U);
    EXPECT_EQ(count({.outcome = OutcomeFilter::kOk}), 36U);
}

TEST_F(FindTest, FindsByAllOfThemTogether) {
    EXPECT_EQ(count({.server = "todo",
                     .user = "anna",
                     .client = "desktop",
                     .tool = "add_todo",
                     .effect = "allow",
                     .kind = "call",
                     .method = "tools/call",
                     .text = "oat_milk",
                     .outcome = OutcomeFilter::kOk}),
              1U);
    EXPECT_EQ(count({.user = "anna", .tool = "list_todos"}), 0U);
}

TEST_F(FindTest, FindsTextsAsTheyAreWritten) {
    EXPECT_EQ(count({.text = "OAT_milk 100%"}), 1U);
    EXPECT_EQ(count({.text = "oat%milk"}), 0U);
    EXPECT_EQ(count({.text = "oatxmilk"}), 0U);
    EXPECT_EQ(count({.text = "unknown THING"}), 1U);
    EXPECT_EQ(count({.text = "add_todo"}), 20U);
}

TEST_F(FindTest, FindsBetweenTimes) {
    EXPECT_EQ(count({.since = start_ + std::chrono::minutes(10)}), 31U);
    EXPECT_EQ(count({.until = start_ + std::chrono::minutes(10)}), 10U);
    EXPECT_EQ(count({.since = start_ + std::chrono::minutes(10),
                     .until = start_ + std::chrono::minutes(11)}),
              1U);
}

TEST_F(FindTest, PagesGiveEverythingOnce) {
    for (const RecordFilter& filter :
         {RecordFilter{.limit = 7}, RecordFilter{.user = "bert", .limit = 7},
          RecordFilter{.text = "tea", .limit = 7}}) {
        RecordFilter page = filter;
        std::set<std::uint64_t> seen;
        std::size_t total = 0;
        do {
            const auto found = store_->find(page);
            ASSERT_TRUE(found);
            for (const StoredRecord& record : found->records) {
                const auto* call = std::get_if<IntentEntry>(&record.what);
                seen.insert(call != nullptr ? call->id : 1);
                ++total;
            }
            page.before_id = found->next;
        } while (page.before_id != 0);
        EXPECT_EQ(seen.size(), total);
        EXPECT_EQ(total, count(filter));
    }
}

}  // namespace
}  // namespace gatehouse::audit
