// SPDX-License-Identifier: Apache-2.0
#include "identity/password_resets.h"

#include <gtest/gtest.h>

#include <future>

#include "crypto/digest.h"
#include "storage/database.h"
#include "storage/sql_password_reset_store.h"
#include "support/fake_clock.h"
#include "support/temp_dir.h"

namespace gatehouse::identity {
namespace {

class PasswordResetsTest : public testing::Test {
  protected:
    PasswordResetsTest() : database_(storage::open_sqlite(dir_ / "gatehouse.db").value()) {}

    std::string make(std::string_view user_id) {
        return std::string(resets_.make(user_id).value().token.reveal());
    }

    test::TempDir dir_;
    test::FakeClock clock_;
    std::unique_ptr<storage::Database> database_;
    storage::SqlPasswordResetStore store_{*database_};
    PasswordResets resets_{store_, clock_};
};

TEST_F(PasswordResetsTest, NameTheirPersonUntilTheyAreTaken) {
    const std::string token = make("u1");
    EXPECT_EQ(resets_.find(token).value(), "u1");
    EXPECT_EQ(resets_.find(token).value(), "u1");
    EXPECT_EQ(resets_.take(token).value(), "u1");
    EXPECT_EQ(resets_.find(token).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(resets_.take(token).error().code, ErrorCode::kNotFound);
}

TEST_F(PasswordResetsTest, AreTakenByOneOfManyAtOnce) {
    const std::string token = make("u1");
    std::vector<std::future<bool>> callers;
    for (int i = 0; i < 8; ++i) {
        callers.push_back(
            std::async(std::launch::async, [&] { return resets_.take(token).has_value(); }));
    }
    int taken = 0;
    for (auto& caller : callers) {
        taken += caller.get() ? 1 : 0;
    }
    EXPECT_EQ(taken, 1);
}

TEST_F(PasswordResetsTest, EndAfterADay) {
    const std::string token = make("u1");
    clock_.advance(kResetLife - std::chrono::milliseconds{1});
    EXPECT_TRUE(resets_.find(token));
    clock_.advance(std::chrono::milliseconds{1});
    EXPECT_FALSE(resets_.find(token));
    EXPECT_FALSE(resets_.take(token));
    ASSERT_TRUE(resets_.tidy());
    EXPECT_FALSE(store_.find(crypto::token_digest(token)));
}

TEST_F(PasswordResetsTest, ANewerOneEndsTheOlderOneOfThatPersonOnly) {
    const std::string old = make("u1");
    const std::string other = make("u2");
    const std::string next = make("u1");
    EXPECT_FALSE(resets_.find(old));
    EXPECT_TRUE(resets_.find(next));
    ASSERT_TRUE(resets_.forget("u1"));
    EXPECT_FALSE(resets_.find(next));
    EXPECT_TRUE(resets_.find(other));
}

TEST_F(PasswordResetsTest, AreStoredAsDigests) {
    const std::string token = make("u1");
    EXPECT_EQ(token.size(), 43U);
    EXPECT_FALSE(store_.find(token));
    EXPECT_TRUE(store_.find(crypto::token_digest(token)));
    EXPECT_FALSE(resets_.find(""));
}

}  // namespace
}  // namespace gatehouse::identity
