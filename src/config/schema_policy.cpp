// SPDX-License-Identifier: Apache-2.0
#include <deque>
#include <string>

#include "config/internal/schema.h"

namespace gatehouse::config {
namespace {

/// Of one rule; paths go behind that of the list.
constexpr Key kRuleKeys[] = {
    {.path = "name",
     .need = Need::kRequired,
     .sentence = "Its name in records and refusals, unique on each server.",
     .example = "interns-read-only"},
    {.path = "effect",
     .type = Type::kChoice,
     .bounds = "allow|deny|require_scope|shadow_deny",
     .need = Need::kRequired,
     .sentence = "What follows when the rule matches; `shadow_deny` only records it.",
     .example = "deny"},
    {.path = "scope",
     .shape = Shape::kOneOrList,
     .type = Type::kScope,
     .sentence = "What `require_scope` wants; with a list, all of it.",
     .example = "todos.write"},
    {.path = "message",
     .sentence = "Said to whoever is refused visibly.",
     .example = "Transfers over 1000 need a person.",
     .fallback_words = "a sentence with the rule's name"},
    {.path = "when",
     .shape = Shape::kSection,
     .sentence = "When the rule matches: all keys must hold, of a list any entry; `*` and `?` "
                 "match any characters and one. Without keys it always matches."},
    {.path = "when.users",
     .shape = Shape::kOneOrList,
     .sentence = "People, by id or name.",
     .example = "[alice]"},
    {.path = "when.emails",
     .shape = Shape::kOneOrList,
     .sentence = "Verified e-mail addresses, in any case.",
     .example = "[\"*@example.com\"]"},
    {.path = "when.groups",
     .shape = Shape::kOneOrList,
     .sentence = "Groups of the person.",
     .example = "[interns]"},
    {.path = "when.clients",
     .shape = Shape::kOneOrList,
     .sentence = "Client ids.",
     .example = "[\"https://claude.ai/*\"]"},
    {.path = "when.scopes",
     .shape = Shape::kOneOrList,
     .sentence = "Scopes of the access token.",
     .example = "[todos.write]"},
    {.path = "when.tools",
     .shape = Shape::kOneOrList,
     .sentence = "Tools.",
     .example = "[\"delete_*\"]"},
    {.path = "when.not_tools",
     .shape = Shape::kOneOrList,
     .sentence = "Any tool but these.",
     .example = "[\"get_*\", \"list_*\"]"},
    {.path = "when.resources",
     .shape = Shape::kOneOrList,
     .sentence = "URIs of resources, and the text of templates.",
     .example = "[\"file:///private/*\"]"},
    {.path = "when.prompts",
     .shape = Shape::kOneOrList,
     .sentence = "Prompts.",
     .example = "[review]"},
    {.path = "when.methods",
     .shape = Shape::kOneOrList,
     .sentence = "JSON-RPC methods.",
     .example = "[\"resources/*\"]"},
    {.path = "when.annotations",
     .shape = Shape::kPairs,
     .type = Type::kSwitch,
     .sentence = "What the runtime says of a tool: `readOnlyHint`, `destructiveHint`, "
                 "`idempotentHint`, `openWorldHint`.",
     .example = "{readOnlyHint: false}"},
    {.path = "when.arguments",
     .shape = Shape::kConditions,
     .sentence = "Comparisons of arguments by JSON pointer: `eq`, `ne`, `in`, `gt`, `ge`, `lt`, "
                 "`le`, `matches` (an RE2 expression found anywhere in the text), `exists`.",
     .example = "{/amount: {gt: 1000}}"},
    {.path = "when.source_ips",
     .shape = Shape::kOneOrList,
     .type = Type::kCidr,
     .sentence = "Where the request comes from.",
     .example = "[10.0.0.0/8]"},
    {.path = "when.hours",
     .shape = Shape::kOneOrList,
     .type = Type::kHours,
     .sentence = "Hours of the week, in UTC or at an offset such as `+02:00`.",
     .example = "[\"Mon-Fri 08:00-18:00 UTC\"]"},
};

}  // namespace

std::vector<Key> policy_keys(std::string_view list) {
    // The table lives as long as the process, and so do its texts.
    static std::deque<std::string> paths;
    std::vector<Key> keys;
    for (Key key : kRuleKeys) {
        key.path = paths.emplace_back(std::string(list) + ".[]." + std::string(key.path));
        keys.push_back(key);
    }
    return keys;
}

}  // namespace gatehouse::config
