// SPDX-License-Identifier: Apache-2.0
#include <deque>
#include <string>

#include "config/internal/schema.h"

namespace gatehouse::config {
namespace {

constexpr Key kMembers[] = {
    {.path = "[].name",
     .type = Type::kName,
     .need = Need::kRequired,
     .sentence = "Its name, unique in its list; refusals name it.",
     .example = "per-user-minute"},
    {.path = "[].per",
     .shape = Shape::kList,
     .type = Type::kChoice,
     .fallback = "",
     .bounds = "user|client|server|tool|group",
     .sentence =
         "Each combination of these has a count of its own; without any, there is one. Of a "
         "person in several groups, `group` counts in each.",
     .example = "[user]"},
    {.path = "[].when",
     .shape = Shape::kSection,
     .sentence = "What counts; all keys must hold, lists are any of, `*` and `?` are wildcards. "
                 "Without one, every tool call."},
    {.path = "[].when.users",
     .shape = Shape::kList,
     .fallback = "",
     .sentence = "Users, by id or name.",
     .example = "[ada]"},
    {.path = "[].when.emails",
     .shape = Shape::kList,
     .fallback = "",
     .sentence = "Verified e-mail addresses.",
     .example = "[\"*@example.com\"]"},
    {.path = "[].when.groups",
     .shape = Shape::kList,
     .fallback = "",
     .sentence = "Groups of the user.",
     .example = "[interns]"},
    {.path = "[].when.clients",
     .shape = Shape::kList,
     .fallback = "",
     .sentence = "MCP clients, by id.",
     .example = "[reporting]"},
    {.path = "[].when.scopes",
     .shape = Shape::kList,
     .fallback = "",
     .sentence = "Scopes that the client was granted.",
     .example = "[todos.write]"},
    {.path = "[].when.tools",
     .shape = Shape::kList,
     .fallback = "",
     .sentence = "Calls of these tools.",
     .example = "[run_report]"},
    {.path = "[].when.not_tools",
     .shape = Shape::kList,
     .fallback = "",
     .sentence = "No calls of these tools.",
     .example = "[\"get_*\"]"},
    {.path = "[].when.resources",
     .shape = Shape::kList,
     .fallback = "",
     .sentence = "Reads of and subscriptions to these resources.",
     .example = "[\"file://*\"]"},
    {.path = "[].when.prompts",
     .shape = Shape::kList,
     .fallback = "",
     .sentence = "Requests for these prompts.",
     .example = "[\"*\"]"},
    {.path = "[].when.methods",
     .shape = Shape::kList,
     .fallback = "",
     .sentence = "Requests of these methods instead of tool calls.",
     .example = "[\"resources/read\"]"},
    {.path = "[].limit",
     .need = Need::kRequired,
     .sentence = "How much: `60 calls`, `500 units`, `1MiB bytes` (of requests and answers "
                 "together), or `5 concurrent`.",
     .example = "60 calls"},
    {.path = "[].window",
     .type = Type::kChoice,
     .bounds = "1m|1h|1d|1w|1mo",
     .sentence = "For how long, aligned in UTC; weeks begin on Monday. Required, except for "
                 "`concurrent`, which has none.",
     .example = "1m"},
    {.path = "[].warn_at",
     .sentence = "Records the event `budget.warned`, once for each count and window, when this "
                 "much of it is used.",
     .example = "80%"},
};

std::vector<Key> members_of(std::string_view parent) {
    // Keys hold views: the paths made here live as long as the program.
    static std::deque<std::string> paths;
    std::vector<Key> keys;
    for (Key key : kMembers) {
        key.path = paths.emplace_back(join_path(parent, key.path));
        keys.push_back(key);
    }
    return keys;
}

}  // namespace

std::span<const Key> budget_keys(std::string_view parent) {
    static const std::vector<Key> of_all = members_of("budgets");
    static const std::vector<Key> of_server = members_of("servers.*.budgets");
    if (parent == "budgets") {
        return of_all;
    }
    return parent == "servers.*.budgets" ? std::span<const Key>(of_server) : std::span<const Key>();
}

}  // namespace gatehouse::config
