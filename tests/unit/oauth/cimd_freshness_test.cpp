// SPDX-License-Identifier: Apache-2.0
#include "oauth/cimd_freshness.h"

#include <gtest/gtest.h>

namespace gatehouse::oauth {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

// 2026-11-24 12:00:00 UTC
constexpr Timestamp kNow{std::chrono::milliseconds{1'795'521'600'000}};

std::optional<seconds> fresh(const http::Headers& headers) {
    return freshness_of(headers, kNow);
}

TEST(FreshnessTest, GoesByTheAnswerWithinItsBounds) {  // C28

    struct Case {
        http::Headers headers;
        seconds wanted;
    };

    for (const auto& [headers, wanted] : std::vector<Case>{
             {{}, 5min},
             {{{"Cache-Control", "max-age=3600"}}, 1h},
             {{{"Cache-Control", "public, MAX-AGE=\"3600\""}}, 1h},
             {{{"Cache-Control", "max-age=10"}}, 5min},
             {{{"Cache-Control", "max-age=31536000"}}, 24h},
             {{{"Cache-Control", "max-age=99999999999999999999"}}, 5min},
             {{{"Cache-Control", "max-age=-1"}}, 5min},
             {{{"Cache-Control", "no-cache"}}, 5min},
             {{{"Cache-Control", "max-age=60, s-maxage=7200"}}, 2h},
             {{{"Cache-Control", "max-age=3600"}, {"Age", "600"}}, 50min},
             {{{"Cache-Control", "max-age=3600"}, {"Age", "99999999999"}}, 5min},
             {{{"Cache-Control", "max-age=3600"}, {"Expires", "0"}}, 1h},
             {{{"Expires", "Tue, 24 Nov 2026 13:00:00 GMT"}}, 1h},
             {{{"Expires", "Tue, 24 Nov 2026 13:00:00 GMT"},
               {"Date", "Tue, 24 Nov 2026 12:30:00 GMT"}},
              30min},
             {{{"Expires", "Tue, 24 Nov 2026 11:00:00 GMT"}}, 5min},
             {{{"Expires", "0"}}, 5min},
             {{{"Expires", "Tue, 24 Nov 2026 13:00:00 GMT"}, {"Date", "yesterday"}}, 24h}}) {
        std::string shown;
        for (const auto& field : headers) {
            shown += field.name + ": " + field.value + "; ";
        }
        EXPECT_EQ(fresh(headers), wanted) << shown;
    }
}

TEST(FreshnessTest, HonoursNoStore) {  // C28
    EXPECT_FALSE(fresh({{"Cache-Control", "no-store"}}));
    EXPECT_FALSE(
        fresh({{"Cache-Control", "max-age=3600"}, {"Cache-Control", "private, No-Store"}}));
}

}  // namespace
}  // namespace gatehouse::oauth
