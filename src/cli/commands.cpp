// SPDX-License-Identifier: Apache-2.0
#include "cli/internal/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gatehouse::cli {
namespace {

constexpr std::array kCommonOptions{
    Option{"config", "FILE", "the configuration file (default: gatehouse.yaml)"},
    Option{"admin-url", "URL", "where the admin API is (default: as the configuration says)"},
    Option{"admin-token", "TOKEN", "what to sign in with (default: admin.token in data_dir)"},
    Option{"json", "", "print JSON"},
    Option{"help", "", "print this"},
};

const Option kYesOption{"yes", "", "do not ask"};
const Option kTokenOption{"token", "T", "an access token, instead of signing in with the browser"};
const Option kNoBrowserOption{"no-browser", "", "only print the address to sign in at"};
const Option kPasswordOption{"password-stdin", "", "read the password from standard input"};

/// What narrows records down.
const std::vector<Option> kRecordFilters{
    {"server", "NAME", "of one server"},
    {"user", "USER", "of one person, by id or name"},
    {"tool", "NAME", "of one tool"},
    {"client", "ID", "of one client"},
    {"method", "NAME", "of one MCP method"},
    {"decision", "EFFECT", "allow, deny, require_scope or shadow_deny"},
    {"rule", "NAME", "decided by one rule"},
    {"outcome", "WHICH", "ok, error or open"},
    {"kind", "KIND", "call or event"},
    {"event", "NAME", "of one kind of event, such as sign_in"},
    {"request-id", "ID", "of one request"},
    {"trace-id", "ID", "of one trace"},
    {"connection", "ID", "of one authorization"},
    {"search", "TEXT", "with a text in item, error, arguments, result or detail"},
    {"since", "WHEN", "30m, 1h, 7d, or 2026-11-24T10:00:00Z"},
    {"until", "WHEN", "before that time"},
};

std::vector<Option> with_filters(std::vector<Option> own) {
    own.insert(own.end(), kRecordFilters.begin(), kRecordFilters.end());
    return own;
}

std::vector<Command> make_commands() {
    return {
        {"init",
         "[PATH]",
         "write a commented configuration file to start from",
         {{"force", "", "replace a file that is there"}}},
        {"serve", "", "run the gateway", {}},
        {"check",
         "",
         "read the configuration file and say what is wrong with it",
         {{"effective", "", "print every key with its value, secrets left out"}}},
        {"completion",
         "SHELL",
         "print the completion of bash, zsh or fish, to be sourced or installed",
         {}},
        {"manual", "", "print this program's man page: gatehouse manual | man -l -", {}},
        {"doctor",
         "URL",
         "look at any MCP server from outside, as one kind of client would",
         {{"as", "CLIENT",
           "claude, claude-code, chatgpt, vscode, cursor, codex, inspector or generic"},
          {"token", "TOKEN", "an access token, to look behind the sign-in, too"}}},
        {"backup",
         "FILE",
         "write everything that the store holds to a file, while it is in use",
         {}},
        {"restore", "FILE", "replace everything in the store by what such a file holds", {}},
        {"status", "", "how the running gateway is", {}},
        {"attach",
         "URL",
         "put a runtime behind the gateway, and print its public URL",
         {{"name", "NAME", "the server's name (default: what the runtime calls itself)"},
          {"profile", "NAME", "the profile whose tokens the runtime gets"},
          {"print", "", "print the YAML for the configuration file instead"}}},
        {"servers list", "", "list the attached runtimes", {}},
        {"servers export", "[NAME]", "print what was made through the API as YAML", {}},
        {"servers remove", "NAME", "detach a runtime", {kYesOption}},
        {"runtimes list", "", "list what is known of the runtimes", {}},
        {"runtimes probe", "URL", "ask a runtime what it speaks and offers", {}},
        {"runtimes refresh", "SERVER", "ask a server's runtime now", {}},
        {"runtimes tools", "SERVER", "list a server's tools as far as the gateway knows them", {}},
        {"runtimes approve",
         "SERVER [TOOL]",
         "a server's tools, or one of them, are what they should be",
         {}},
        {"tools",
         "SERVER",
         "list a server's tools as a user sees them",
         {kTokenOption, kNoBrowserOption}},
        {"call",
         "SERVER TOOL",
         "call a tool as a user",
         {{"arg", "K=V", "an argument: JSON, or else a text; may be given several times", true},
          {"arguments", "JSON", "all arguments, as one JSON object"},
          kTokenOption,
          kNoBrowserOption}},
        {"profiles list", "", "list the downstream auth boundaries", {}},
        {"profiles remove", "NAME", "remove a profile that no server uses", {kYesOption}},
        {"policies list", "", "list the rules, in the order in which they are asked", {}},
        {"policies remove", "ID", "remove a rule", {kYesOption}},
        {"users list", "", "list the people who may sign in", {}},
        {"users add",
         "NAME",
         "make a local account",
         {{"email", "E", "the person's e-mail address, which counts as verified"},
          {"groups", "G,..", "the person's groups"},
          kPasswordOption}},
        {"users remove",
         "NAME",
         "remove an account and everything that is the person's",
         {kYesOption}},
        {"users reset-link", "NAME", "make a link with which a person chooses a new password", {}},
        {"users export", "NAME", "print what is kept of a person, as JSON", {}},
        {"users set-password", "NAME", "give an account another password", {kPasswordOption}},
        {"users disable", "NAME", "keep a person from signing in and calling", {}},
        {"users enable", "NAME", "undo disable", {}},
        {"clients list", "", "list the MCP clients", {}},
        {"clients disable", "ID", "keep a client out; its connections and tokens end", {}},
        {"clients enable", "ID", "undo disable; the client has to authorize again", {}},
        {"clients remove", "ID", "end a client's connections and forget it was approved", {}},
        {"clients blocks", "", "list the hosts whose clients are kept out", {}},
        {"clients block",
         "redirect-host HOST | document-host HOST",
         "keep out clients that answer to a host, or whose document is there",
         {}},
        {"clients unblock",
         "redirect-host HOST | document-host HOST",
         "undo block; ended connections stay ended",
         {}},
        {"connections list", "", "list the clients' authorizations", {}},
        {"connections revoke", "ID", "revoke an authorization and its tokens", {kYesOption}},
        {"connections attempts",
         "",
         "tell how clients tried to connect, and why one did not",
         {{"follow", "", "go on printing what changes"},
          {"server", "NAME", "of one server"},
          {"client", "ID", "of one client, by id or name"},
          {"verdict", "CODE", "with one verdict, such as token_not_used"}}},
        {"grants list", "", "list the downstream tokens that are held for people", {}},
        {"grants remove", "ID", "forget a person's downstream tokens", {kYesOption}},
        {"keys list", "", "list the keys that sign tokens", {}},
        {"keys rotate",
         "",
         "publish a new key, which signs in an hour, when every cache knows it",
         {{"now", "", "sign with it in a few seconds; caches of the key set may not know it yet"}}},
        {"keys remove",
         "ID",
         "remove a key that is not safe any more: what it signed ends at once",
         {}},
        {"tokens list", "", "list the personal access tokens", {}},
        {"tokens add",
         "",
         "make a personal access token, and print it this once",
         {{"user", "NAME", "whose it is"},
          {"server", "NAME", "where it is good"},
          {"name", "TEXT", "what the person sees it under"},
          {"tools", "A,B", "the only tools it may call and see; names or globs (default: all)"},
          {"scopes", "A,B", "its scopes (default: all of the server's)"},
          {"expires", "30d", "how long it lives, up to 366d (default: 30d)"}}},
        {"tokens revoke", "ID", "end a personal access token", {}},
        {"policy test",
         "",
         "say what the rules decide about a tool call, and why",
         {{"server", "NAME", "the server"},
          {"user", "USER", "who calls, by id or name"},
          {"client", "ID", "with which client (default: the person's newest connection)"},
          {"tool", "NAME", "the tool"},
          {"arguments", "JSON", "its arguments"},
          {"scopes", "S,..", "the token's scopes (default: those of the connection)"},
          {"source-ip", "IP", "where the call comes from"},
          {"time", "WHEN", "when, such as 2026-11-24T10:00:00Z (default: now)"}}},
        {"policy replay",
         "FILE",
         "say what the rules of a file would change about recorded calls",
         {{"since", "WHEN", "30m, 1h, 7d, or 2026-11-24T10:00:00Z (default: 7d)"}}},
        {"api-keys list", "", "list the keys of the admin API", {}},
        {"api-keys add",
         "NAME",
         "make a key of the admin API and print it once",
         {{"role", "ROLE", "viewer, operator or admin"},
          {"expires", "DURATION", "when it ends, such as 30d (default: never)"}}},
        {"api-keys revoke", "NAME", "end a key, by name or id", {kYesOption}},
        {"admin-token rotate",
         "",
         "replace admin.token, and end what was signed in with it",
         {kYesOption}},
        {"budgets list", "", "list the budgets and what is used of them", {}},
        {"budgets remove", "ID", "remove a budget", {kYesOption}},
        {"pause",
         "[server NAME | tool SERVER/TOOL | user NAME | client ID]",
         "refuse calls from now on, until resume",
         {{"list", "", "print what is paused"}}},
        {"resume",
         "[server NAME | tool SERVER/TOOL | user NAME | client ID]",
         "let calls go on again",
         {}},
        {"logs", "", "print what was recorded, oldest first",
         with_filters(
             {{"follow", "", "go on printing what comes"}, {"limit", "N", "the newest N only"}})},
        {"logs export", "",
         "print every record that the filters leave, oldest first, as JSON lines",
         with_filters({})},
        {"logs verify", "", "find records that were altered, removed, inserted or moved", {}},
    };
}

std::string option_text(const Option& option) {
    const std::string name = option.value.empty()
                                 ? fmt::format("--{}", option.name)
                                 : fmt::format("--{} {}", option.name, option.value);
    return fmt::format("  {:<24} {}\n", name, option.sentence);
}

std::string usage_line(const Command& command) {
    return fmt::format("gatehouse {}{}{} [options]", command.name,
                       command.arguments.empty() ? "" : " ", command.arguments);
}

std::string options_text(std::span<const Option> own) {
    std::string text = "\nOptions:\n";
    for (const Option& option : own) {
        text += option_text(option);
    }
    for (const Option& option : kCommonOptions) {
        text += option_text(option);
    }
    return text;
}

std::string list_of(std::string_view first_word) {
    std::string text;
    for (const Command& command : commands()) {
        if (first_word.empty() || command.name.starts_with(std::string(first_word) + " ")) {
            const std::string name = fmt::format("{} {}", command.name, command.arguments);
            text += fmt::format("  {:<28} {}\n", name, command.sentence);
        }
    }
    return text;
}

}  // namespace

std::span<const Command> commands() {
    static const std::vector<Command> all = make_commands();
    return all;
}

std::span<const Option> common_options() {
    return kCommonOptions;
}

const Command* find_command(std::string_view name) {
    const auto all = commands();
    const auto it = std::ranges::find(all, name, &Command::name);
    return it == all.end() ? nullptr : &*it;
}

std::string help_text(std::string_view name) {
    if (const Command* command = find_command(name)) {
        return fmt::format("Usage: {}\n\n{}.\n", usage_line(*command), command->sentence) +
               options_text(command->options);
    }
    const std::string commands_here = list_of(name);
    return fmt::format("Usage: gatehouse {}{}COMMAND [options]\n\nCommands:\n{}", name,
                       name.empty() ? "" : " ", commands_here) +
           (name.empty() ? "\n`gatehouse COMMAND --help` tells more; `gatehouse --version` prints "
                           "the version.\n"
                         : "");
}

}  // namespace gatehouse::cli
