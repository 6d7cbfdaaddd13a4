// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/cli.h"
#include "cli/internal/commands.h"

namespace gatehouse::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using Kind = Invocation::Kind;

Invocation parsed(std::initializer_list<std::string_view> arguments) {
    return parse(std::span(arguments.begin(), arguments.size()));
}

TEST(Parse, TakesOptionsBeforeAndAfterTheCommand) {
    const Invocation invocation =
        parsed({"--config", "a.yaml", "users", "add", "ada", "--email=ada@example.com", "--groups",
                "a,b", "--password-stdin", "--json"});
    EXPECT_EQ(invocation.kind, Kind::kCommand) << invocation.message;
    EXPECT_EQ(invocation.command, "users add");
    EXPECT_THAT(invocation.arguments, ElementsAre("ada"));
    EXPECT_THAT(invocation.options,
                ElementsAre(Pair("config", "a.yaml"), Pair("email", "ada@example.com"),
                            Pair("groups", "a,b"), Pair("json", ""), Pair("password-stdin", "")));
    EXPECT_EQ(invocation.config_file(), "a.yaml");
}

TEST(Parse, LooksForTheConfigurationInTheCurrentFolder) {
    const Invocation invocation = parsed({"serve"});
    EXPECT_EQ(invocation.kind, Kind::kCommand);
    EXPECT_EQ(invocation.command, "serve");
    EXPECT_EQ(invocation.config_file(), "gatehouse.yaml");
}

TEST(Parse, ReadsTheArgumentsOfMain) {
    const char* const argv[] = {"gatehouse", "keys", "rotate"};
    EXPECT_EQ(parse(3, argv).command, "keys rotate");
}

TEST(Parse, EndsOptionsAtTwoDashes) {
    const Invocation invocation = parsed({"users", "remove", "--", "--ada"});
    EXPECT_THAT(invocation.arguments, ElementsAre("--ada"));
    EXPECT_EQ(invocation.kind, Kind::kCommand);
}

struct Line {
    std::vector<std::string_view> typed;
    std::string_view command;
};

TEST(Parse, KnowsEveryCommandOfTheContract) {
    const Line lines[] = {
        {{"users"}, "users list"},
        {{"users", "list"}, "users list"},
        {{"servers"}, "servers list"},
        {{"servers", "list"}, "servers list"},
        {{"profiles"}, "profiles list"},
        {{"attach", "http://127.0.0.1", "--name", "x", "--profile", "p", "--print"}, "attach"},
        {{"servers", "export"}, "servers export"},
        {{"servers", "remove", "todo", "--yes"}, "servers remove"},
        {{"policies"}, "policies list"},
        {{"budgets"}, "budgets list"},
        {{"api-keys", "add", "ci", "--role", "viewer", "--json"}, "api-keys add"},
        {{"api-keys"}, "api-keys list"},
        {{"api-keys", "revoke", "ci"}, "api-keys revoke"},
        {{"admin-token", "rotate"}, "admin-token rotate"},
        {{"clients"}, "clients list"},
        {{"clients", "disable", "c1"}, "clients disable"},
        {{"clients", "enable", "c1"}, "clients enable"},
        {{"clients", "remove", "c1"}, "clients remove"},
        {{"clients", "blocks"}, "clients blocks"},
        {{"clients", "block", "redirect-host", "evil.example"}, "clients block"},
        {{"clients", "unblock", "document-host", "evil.example"}, "clients unblock"},
        {{"connections"}, "connections list"},
        {{"connections", "revoke", "c1"}, "connections revoke"},
        {{"grants"}, "grants list"},
        {{"grants", "remove", "g1"}, "grants remove"},
        {{"keys", "list"}, "keys list"},
        {{"keys", "rotate"}, "keys rotate"},
        {{"keys", "rotate", "--now"}, "keys rotate"},
        {{"keys", "remove", "k1"}, "keys remove"},
        {{"tokens"}, "tokens list"},
        {{"tokens", "add", "--user", "ada", "--server", "todo", "--tools", "a,b", "--scopes", "x",
          "--expires", "30d", "--json"},
         "tokens add"},
        {{"tokens", "revoke", "t1"}, "tokens revoke"},
        {{"users", "set-password", "ada", "--password-stdin"}, "users set-password"},
        {{"users", "disable", "ada"}, "users disable"},
        {{"users", "enable", "ada"}, "users enable"},
        {{"users", "remove", "ada"}, "users remove"},
        {{"logs", "--follow", "--server", "s", "--user", "u", "--tool", "t", "--decision", "deny",
          "--since", "1h", "--json"},
         "logs"},
        {{"status"}, "status"},
        {{"check", "--config", "x"}, "check"},
        {{"init", "x", "--force"}, "init"},
    };
    for (const Line& line : lines) {
        const Invocation invocation = parse(line.typed);
        EXPECT_EQ(invocation.kind, Kind::kCommand) << invocation.message;
        EXPECT_EQ(invocation.command, line.command);
    }
}

struct Mistake {
    std::vector<std::string_view> typed;
    std::string_view message;
};

TEST(Parse, SaysWhatIsWrong) {
    const Mistake mistakes[] = {
        {{}, "a command is missing"},
        {{"frobnicate"}, "unknown command `frobnicate`"},
        {{"users", "frobnicate"}, "unknown command `users frobnicate`"},
        {{"users", "add"}, "users add needs NAME"},
        {{"users", "add", "a", "b"}, "unexpected argument `b`"},
        {{"serve", "now"}, "unexpected argument `now`"},
        {{"serve", "--frob"}, "unknown option `--frob`"},
        {{"serve", "-x"}, "unknown option `-x`"},
        {{"serve", "--email", "x"}, "`serve` has no option --email"},
        {{"serve", "--config"}, "--config needs a value"},
        {{"serve", "--config="}, "--config needs a value"},
        {{"serve", "--json=1"}, "--json takes no value"},
        {{"serve", "--config", "a", "--config", "b"}, "--config is given twice"},
        {{"attach"}, "attach needs URL"},
        {{"policy", "replay"}, "policy replay needs FILE"},
        {{"doctor"}, "doctor needs URL"},
    };
    for (const Mistake& mistake : mistakes) {
        const Invocation invocation = parse(mistake.typed);
        EXPECT_EQ(invocation.kind, Kind::kUsageError) << mistake.message;
        EXPECT_EQ(invocation.message, mistake.message);
    }
}

TEST(Parse, AsksForHelpAnywhere) {
    EXPECT_EQ(parsed({"--help"}).kind, Kind::kHelp);
    EXPECT_THAT(parsed({"--help"}).command, IsEmpty());
    EXPECT_EQ(parsed({"users", "add", "--help"}).command, "users add");
    EXPECT_EQ(parsed({"users", "--help"}).command, "users");
    EXPECT_EQ(parsed({"users", "list", "-h"}).command, "users list");
    EXPECT_EQ(parsed({"--version"}).kind, Kind::kVersion);
}

TEST(Parse, TakesTwoWordsWhereACommandNamesThem) {
    EXPECT_THAT(parsed({"pause", "tool", "todo/add"}).arguments, ElementsAre("tool", "todo/add"));
    EXPECT_EQ(parsed({"pause", "--list"}).kind, Kind::kCommand);
    EXPECT_EQ(parsed({"resume", "user", "ada", "bob"}).kind, Kind::kUsageError);
    EXPECT_EQ(parsed({"users", "disable", "ada", "bob"}).kind, Kind::kUsageError);
}

TEST(Help, ListsWhatIsThereAndNothingElse) {
    const std::string text = help_text("");
    for (const Command& command : commands()) {
        EXPECT_TRUE(text.contains(command.name)) << command.name;
    }
    EXPECT_FALSE(text.contains("\n  frobnicate"));
}

TEST(Help, OfACommandShowsItsOptions) {
    EXPECT_TRUE(help_text("users add").contains("--password-stdin"));
    EXPECT_TRUE(help_text("users add").starts_with("Usage: gatehouse users add NAME [options]\n"));
    EXPECT_TRUE(help_text("users").contains("users disable"));
    EXPECT_FALSE(help_text("users").contains("rotate"));
}

}  // namespace
}  // namespace gatehouse::cli
