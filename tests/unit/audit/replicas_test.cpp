// SPDX-License-Identifier: Apache-2.0
// Several gateways write into one store.
#include <gtest/gtest.h>

#include <set>

#include "audit/ingester.h"
#include "audit/journal.h"
#include "storage/sql_chain_store.h"
#include "storage/sql_record_store.h"
#include "support/fake_clock.h"
#include "support/open_store.h"
#include "support/temp_dir.h"

namespace gatehouse::audit {
namespace {

TEST(JournalsOfReplicas, NeverGiveTwoRecordsTheSameIdThoughTheyWriteAtTheSameMoment) {
    const test::TempDir dir;
    const test::FakeClock clock;
    const auto database = test::open_store(dir / "a.db").value();
    storage::SqlRecordStore store(*database);
    storage::SqlChainStore chains(*database);
    const ChainSeal seal(Secret(std::string(32, 'k')));
    std::set<std::uint64_t> ids;
    for (const std::uint32_t replica : {0U, 1U, 255U}) {
        const JournalOptions options{.directory = dir.path() / std::to_string(replica),
                                     .replica = replica};
        ASSERT_TRUE(prepare_journal(options));
        for (const std::uint32_t loop : {0U, 30U}) {
            LoopJournal journal(options, loop, clock);
            for (int i = 0; i < 300; ++i) {
                const auto id = journal.intent({.request_id = std::to_string(i), .server = "todo"});
                ASSERT_TRUE(id);
                ids.insert(*id);
            }
        }
        Ingester ingester({.directory = options.directory,
                           .replica = std::to_string(replica),
                           .records = store,
                           .chains = chains,
                           .seal = seal,
                           .on_stored = {}});
        const auto taken = ingester.run();
        ASSERT_TRUE(taken) << describe(taken.error());
    }
    EXPECT_EQ(ids.size(), 1800U);
    EXPECT_EQ(store.find({.limit = 5000})->records.size(), 1800U);
}

}  // namespace
}  // namespace gatehouse::audit
