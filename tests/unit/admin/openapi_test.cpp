// SPDX-License-Identifier: Apache-2.0
#include "admin/openapi.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "admin/internal/operations.h"
#include "base/strings.h"
#include "support/admin_fixture.h"

namespace gatehouse::admin {
namespace {

using OpenApiTest = test::DefinitionsFixture;

TEST_F(OpenApiTest, DescribesEveryRouteThatThereIs) {
    const auto all = operations();
    for (const auto& [method, pattern] : router_.names()) {
        if (!pattern.starts_with("/api/v1/")) {
            continue;
        }
        EXPECT_TRUE(std::ranges::any_of(
            all,
            [&](const Operation& one) { return one.method == method && one.pattern == pattern; }))
            << method << " " << pattern
            << " has no line in src/admin/operations.cpp: say there what it does";
    }
}

TEST_F(OpenApiTest, NamesOnlySchemasThatThereAre) {
    const auto known = [](std::string_view type) {
        if (type.starts_with("list of ")) {
            type.remove_prefix(8);
        }
        if (type.starts_with('[')) {
            type = type.substr(1, type.size() - 2);
        }
        constexpr std::array<std::string_view, 7> kTypes{"",        "any",    "string", "time",
                                                         "integer", "number", "boolean"};
        return std::ranges::find(kTypes, type) != kTypes.end() ||
               std::ranges::find(schemas(), type, &Schema::name) != schemas().end();
    };
    for (const Operation& one : operations()) {
        EXPECT_TRUE(known(one.answer)) << one.answer;
        EXPECT_TRUE(known(one.body)) << one.body;
    }
    for (const Schema& schema : schemas()) {
        for (const std::string& member : split_words(schema.members)) {
            std::string type = member.substr(member.find(':') + 1);
            if (type.ends_with('?')) {
                type.pop_back();
            }
            EXPECT_TRUE(known(type)) << schema.name << " " << member;
        }
    }
}

TEST_F(OpenApiTest, IsServedToWhoeverMayRead) {
    const auto served = send("GET", "/api/v1/openapi.json");
    ASSERT_EQ(served.status, 200);
    const auto document = json::parse_object(served.body);
    ASSERT_TRUE(document) << describe(document.error());
    EXPECT_EQ(json::get_string(*document, "openapi"), "3.1.0");
    const auto& paths = document->at("paths").as_object();
    EXPECT_TRUE(paths.at("/api/v1/servers").as_object().contains("post"));
    EXPECT_TRUE(paths.at("/api/v1/api-keys/{id}").as_object().contains("delete"));
    EXPECT_FALSE(paths.contains("/api/*"));
}

TEST_F(OpenApiTest, TrafficIsCountedInSteps) {
    const auto empty = send("GET", "/api/v1/traffic", {}, "window=1h");
    ASSERT_EQ(empty.status, 200) << empty.body;
    const auto view = json::parse_object(empty.body);
    EXPECT_EQ(view->at("buckets").as_array().size(), 60U);
    EXPECT_EQ(json::get_int(*view, "step_s"), 60);
    const auto at = to_unix_millis(clock_.now() - std::chrono::minutes(30));
    for (const auto& [id, effect, status, duration] :
         {std::tuple{1, "allow", 200, 4'000}, std::tuple{2, "allow", 502, 90'000},
          std::tuple{3, "deny", 200, 100}}) {
        ASSERT_TRUE(database_->execute(
            "INSERT INTO audit_records (id, kind, time, effect, http_status, duration_us) "
            "VALUES (?, 'call', ?, ?, ?, ?)",
            {(at << 20) + id, at, std::string(effect), std::int64_t{status},
             std::int64_t{duration}}));
    }
    const auto counted = json::parse_object(send("GET", "/api/v1/traffic").body);
    EXPECT_EQ(json::get_int(*counted, "calls"), 3);
    EXPECT_EQ(json::get_int(*counted, "errors"), 1);
    EXPECT_EQ(json::get_int(*counted, "refused"), 1);
    EXPECT_EQ(json::get_int(*counted, "p50_ms"), 5);
    EXPECT_EQ(json::get_int(*counted, "p95_ms"), 100);
    EXPECT_EQ(counted->at("buckets").as_array()[30].as_object().at("calls").as_int64(), 3);
    EXPECT_EQ(send("GET", "/api/v1/traffic", {}, "window=2h").status, 400);
}

}  // namespace
}  // namespace gatehouse::admin
