// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "unit/policy/reference.h"

/// Random policies, callers and requests, and requests as JSON in one of their many spellings.
namespace gatehouse::test {

using catalog::ArgumentTest;
using catalog::ArgumentValue;
using catalog::PolicyEffect;
using catalog::PolicyMatch;
using catalog::PolicyRule;
using policy::Hints;
using policy::ItemKind;
using policy::kHintNames;
using policy::kind_of;

/// Everything random.
class Maker {
  public:
    explicit Maker(std::uint64_t seed) : random_(seed) {}

    std::size_t below(std::size_t limit) { return random_() % limit; }

    bool one_in(std::size_t n) { return below(n) == 0; }

    template <std::size_t N>
    std::string pick(const std::array<const char*, N>& from) {
        return from.at(below(N));
    }

    template <std::size_t N>
    std::vector<std::string> some(const std::array<const char*, N>& from, std::size_t most = 3) {
        std::vector<std::string> list(1 + below(most));
        for (auto& entry : list) {
            entry = pick(from);
        }
        return list;
    }

    PolicyRule rule(std::size_t number) {
        static constexpr std::array kEffects{PolicyEffect::kAllow, PolicyEffect::kDeny,
                                             PolicyEffect::kDeny, PolicyEffect::kRequireScope,
                                             PolicyEffect::kShadowDeny};
        PolicyRule rule{.name = "rule-" + std::to_string(number),
                        .effect = kEffects.at(below(kEffects.size())),
                        .scopes = {},
                        .message = {},
                        .when = match()};
        if (rule.effect == PolicyEffect::kRequireScope) {
            rule.scopes = some(kNeededScopes, 2);
        }
        return rule;
    }

    catalog::Catalog catalog() {
        catalog::Catalog catalog;
        catalog::Server server{.name = "s"};
        server.scopes = {"admin", "read", "write"};
        server.default_policy =
            one_in(3) ? catalog::DefaultPolicy::kDeny : catalog::DefaultPolicy::kAllow;
        if (one_in(2)) {
            server.scope_includes = {{"admin", {"write"}}, {"write", {"read"}}};
        }
        const std::size_t rules = below(9);
        for (std::size_t i = 0; i < rules; ++i) {
            (one_in(3) ? catalog.policies : server.policies).push_back(rule(i));
        }
        catalog.servers.push_back(std::move(server));
        return catalog;
    }

    ModelCaller caller() {
        ModelCaller caller{.id = pick(kIds),
                           .name = pick(kNames),
                           .email = pick(kEmails),
                           .client = pick(kClients)};
        if (!one_in(4)) {
            caller.groups = some(kGroups);
        }
        if (!one_in(4)) {
            caller.scopes = some(kScopes);
        }
        caller.source_ip = pick(kAddresses);
        return caller;
    }

    ModelRequest request() {
        ModelRequest request{.method = pick(kMethods)};
        request.kind = kind_of(request.method);
        if (request.method == "completion/complete") {
            static constexpr std::array kKinds{ItemKind::kPrompt, ItemKind::kResource,
                                               ItemKind::kUnclear};
            request.kind = kKinds.at(below(kKinds.size()));
        }
        if (request.kind != ItemKind::kNone) {
            request.item = pick(kItems);
        }
        if (request.method == "completion/complete" && request.item.empty()) {
            request.kind = ItemKind::kUnclear;  // a reference to nothing
        }
        request.odd_arguments = one_in(20);
        if (!request.odd_arguments && !one_in(4)) {
            fill(request.arguments);
        }
        return request;
    }

    /// Arguments as for any request.
    std::map<std::string, ModelValue> arguments() {
        std::map<std::string, ModelValue> made;
        fill(made);
        return made;
    }

    std::map<std::string, Hints> hints() {
        std::map<std::string, Hints> hints;
        for (const char* const item : kItems) {
            if (one_in(2)) {
                auto& known = hints[item];
                for (auto& hint : known) {
                    hint = one_in(4) ? std::nullopt : std::optional(one_in(2));
                }
            }
        }
        return hints;
    }

  private:
    static constexpr std::array kIds{"u1", "u2", "u10"};
    // Composed and decomposed, and Cyrillic letters that look like Latin ones.
    static constexpr std::array kNames{"", "ann", "Bob", "jos\xC3\xA9", "jose\xCC\x81"};
    static constexpr std::array kEmails{"", "ann@Example.com", "bob@evil.example"};
    static constexpr std::array kClients{"c1", "https://c.example/x"};
    static constexpr std::array kGroups{"staff", "interns", "ops", "\xD1\x81taff",
                                        "\xF0\x9F\x8E\x89"};
    static constexpr std::array kScopes{"read", "write", "admin", "other"};
    static constexpr std::array kNeededScopes{"read", "write", "admin", "write", "of-nobody"};
    static constexpr std::array kAddresses{"10.1.2.3", "192.0.2.7", "172.16.0.9", "2001:db8::7",
                                           ""};
    static constexpr std::array kMethods{
        "tools/call",          "tools/call", "prompts/get", "resources/read", "resources/subscribe",
        "completion/complete", "tools/list", "initialize",  "tasks/get",      "notifications/x"};
    static constexpr std::array kItems{"get_a",
                                       "get_b",
                                       "delete_a",
                                       "a",
                                       "caf\xC3\xA9",
                                       "cafe\xCC\x81",
                                       "",
                                       "file:///a",
                                       "delete%5Fa",
                                       "d\xD0\xB5"
                                       "lete_a",
                                       "\xEF\xBD\x84"
                                       "elete_a",
                                       "\xF0\x9F\x97\x91_a",
                                       "delete_a\xE2\x80\x8B",
                                       "get\"_a\\"};
    static constexpr std::array kItemPatterns{
        "get_*", "delete_a", "*",  "?",     "caf?",   "caf\xC3\xA9", "cafe\xCC\x81",
        "*_a",   "get_a",    "*a", "g*t_?", "file:*", "?elete_a",    "\xF0\x9F\x97\x91*"};
    static constexpr std::array kMethodPatterns{"tools/*",    "tools/call",      "resources/*", "*",
                                                "initialize", "notifications/*", "tasks/get"};
    static constexpr std::array kPointers{"/a", "/b", "/c/d", "/l/0"};
    static constexpr std::array kNumbers{"1", "1.5", "1000.0", "1e3", "-2"};
    static constexpr std::array kTexts{
        "",          "x",          "xy",       "1",          "true",
        "x\xC3\xA9", "xe\xCC\x81", "x\"\\/\n", "[redacted]", "\xF0\x9F\x8E\x89"};
    static constexpr std::array kHours{"Mon-Fri 08:00-18:00 UTC", "22:00-06:00", "Sun 00:00-24:00"};

    PolicyMatch match() {
        PolicyMatch when;
        const auto maybe = [&](std::size_t n, std::vector<std::string>& key, auto make) {
            if (one_in(n)) {
                key = make();
            }
        };
        maybe(8, when.users,
              [&] { return some(std::array{"u1", "u*", "ann", "u?", "jos?", "nobody"}); });
        maybe(8, when.emails, [&] { return some(std::array{"*@example.com", "bob@*", "*"}); });
        maybe(6, when.groups, [&] { return some(std::array{"staff", "int*", "ops"}); });
        maybe(8, when.clients, [&] { return some(std::array{"c1", "https://*", "*"}); });
        maybe(8, when.scopes, [&] { return some(std::array{"read", "w*", "admin"}); });
        maybe(3, when.tools, [&] { return some(kItemPatterns); });
        maybe(8, when.not_tools, [&] { return some(kItemPatterns); });
        maybe(8, when.resources, [&] { return some(kItemPatterns); });
        maybe(8, when.prompts, [&] { return some(kItemPatterns); });
        maybe(6, when.methods, [&] { return some(kMethodPatterns); });
        maybe(10, when.source_ips,
              [&] { return some(std::array{"10.0.0.0/8", "192.0.0.0/8", "2001:db8::/32"}); });
        maybe(10, when.hours, [&] { return some(kHours); });
        if (one_in(10)) {
            const std::size_t first = below(kHintNames.size());
            when.annotations.emplace_back(kHintNames.at(first), one_in(2));
            if (one_in(3)) {
                when.annotations.emplace_back(kHintNames.at((first + 1) % kHintNames.size()),
                                              one_in(2));
            }
        }
        if (one_in(4)) {
            const std::size_t count = 1 + below(2);
            for (std::size_t i = 0; i < count; ++i) {
                when.arguments.push_back({.pointer = pick(kPointers), .tests = {comparison()}});
            }
        }
        return when;
    }

    ArgumentValue scalar() {
        switch (below(4)) {
            case 0:
                return {.kind = ArgumentValue::Kind::kNull, .text = {}};
            case 1:
                return {.kind = ArgumentValue::Kind::kBool, .text = one_in(2) ? "true" : "false"};
            case 2:
                return {.kind = ArgumentValue::Kind::kNumber, .text = pick(kNumbers)};
            default:
                return {.kind = ArgumentValue::Kind::kString, .text = pick(kTexts)};
        }
    }

    ArgumentTest comparison() {
        using Op = ArgumentTest::Op;
        ArgumentTest test{.op = static_cast<Op>(below(9)), .values = {}};
        if (test.op == Op::kExists) {
            test.values = {
                {.kind = ArgumentValue::Kind::kBool, .text = one_in(2) ? "true" : "false"}};
        } else if (test.op == Op::kMatches) {
            test.values = {{.kind = ArgumentValue::Kind::kString, .text = "^x"}};
        } else if (test.op == Op::kEq || test.op == Op::kNe) {
            test.values = {scalar()};
        } else if (test.op == Op::kIn) {
            test.values = {scalar(), scalar()};
        } else {
            test.values = {{.kind = ArgumentValue::Kind::kNumber, .text = pick(kNumbers)}};
        }
        return test;
    }

    ModelValue value() {
        const auto made = scalar();
        return {.kind = static_cast<ModelValue::Kind>(made.kind), .text = made.text};
    }

    void fill(std::map<std::string, ModelValue>& arguments) {
        for (const char* const name : {"/a", "/b"}) {
            if (!one_in(3)) {
                arguments[name] = value();
            }
        }
        for (const auto& [outer, inner] : {std::pair("/c", "/c/d"), std::pair("/l", "/l/0")}) {
            if (one_in(3)) {
                arguments[outer] = value();
            } else if (!one_in(3)) {
                arguments[outer] = {.kind = ModelValue::Kind::kContainer, .text = {}};
                arguments[inner] = value();
            }
        }
    }

    std::mt19937_64 random_;
};

/// JSON text in a spelling that no two calls share.
class Speller {
  public:
    explicit Speller(Maker& maker) : maker_(maker) {}

    std::string text(std::string_view characters) {
        std::string out = "\"";
        for (std::size_t at = 0; at < characters.size();) {
            const std::size_t size = size_of(characters[at]);
            spell(characters.substr(at, size), out);
            at += size;
        }
        return out + '"';
    }

    std::string value(const ModelValue& value) {
        switch (value.kind) {
            case ModelValue::Kind::kNull:
                return "null";
            case ModelValue::Kind::kString:
                return text(value.text);
            default:
                return value.text;
        }
    }

    /// With what nobody asks about in between.
    std::string arguments(const std::map<std::string, ModelValue>& arguments) {
        std::string json = "{" + text("z") + R"(:[{"a":1}],"/a":"x")";
        for (const auto& [pointer, found] : arguments) {
            const std::string name = pointer.substr(1);
            if (name.contains('/')) {
                continue;
            }
            json += space() + "," + space() + text(name) + space() + ":" + space();
            if (found.kind != ModelValue::Kind::kContainer) {
                json += value(found);
            } else if (name == "c") {
                json += R"({"e":0,)" + text("d") + ":" + value(arguments.at("/c/d")) + "}";
            } else {
                json += "[" + value(arguments.at("/l/0")) + ",7]";
            }
        }
        return json + "}";
    }

    std::string space() { return maker_.one_in(4) ? maker_.pick(std::array{" ", "\n", "\t"}) : ""; }

  private:
    static std::size_t size_of(char lead) {
        const auto byte = static_cast<unsigned char>(lead);
        return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    }

    static std::string hex(unsigned unit, bool capital) {
        const char* const digits = capital ? "0123456789ABCDEF" : "0123456789abcdef";
        std::string text = "\\u";
        for (int shift = 12; shift >= 0; shift -= 4) {
            text += digits[unit >> static_cast<unsigned>(shift) & 15U];
        }
        return text;
    }

    void spell(std::string_view character, std::string& out) {
        const char first = character.front();
        const bool must = first == '"' || first == '\\' || static_cast<unsigned char>(first) < 0x20;
        if (!must && !maker_.one_in(6)) {
            out += character;
            return;
        }
        unsigned code = static_cast<unsigned char>(first);
        if (character.size() > 1) {
            code &= 0x7FU >> character.size();
        }
        for (const char next : character.substr(1)) {
            code = code << 6U | (static_cast<unsigned char>(next) & 0x3FU);
        }
        const bool capital = maker_.one_in(2);
        if (code < 0x10000) {
            out += hex(code, capital);
        } else {
            out += hex(0xD800 + ((code - 0x10000) >> 10U), capital);
            out += hex(0xDC00 + ((code - 0x10000) & 0x3FFU), capital);
        }
    }

    Maker& maker_;
};

}  // namespace gatehouse::test
