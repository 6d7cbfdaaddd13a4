// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <set>

#include "base/strings.h"
#include "cli/internal/commands.h"
#include "cli/internal/handlers.h"

namespace gatehouse::cli {
namespace {

/// The second words of each first word; the empty one stands for "none is needed".
std::map<std::string, std::set<std::string>, std::less<>> words() {
    std::map<std::string, std::set<std::string>, std::less<>> all;
    for (const Command& command : commands()) {
        const auto space = command.name.find(' ');
        auto& second = all[std::string(command.name.substr(0, space))];
        if (space != std::string_view::npos) {
            second.emplace(command.name.substr(space + 1));
        }
    }
    return all;
}

std::string joined(const std::set<std::string>& parts) {
    return join({parts.begin(), parts.end()}, " ");
}

std::string options_of(const Command& command) {
    std::set<std::string> names;
    for (const Option& option : command.options) {
        names.insert("--" + std::string(option.name));
    }
    for (const Option& option : common_options()) {
        names.insert("--" + std::string(option.name));
    }
    return joined(names);
}

std::string first_words() {
    std::set<std::string> first;
    for (const auto& [word, second] : words()) {
        first.insert(word);
    }
    return joined(first);
}

/// A sentence for a shell that puts it in single quotes.
std::string single_quoted(std::string_view sentence) {
    std::string text;
    for (const char c : sentence) {
        text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return "'" + text + "'";
}

/// `"servers list") words="--json …" ;;` of every command with a space in its name, or without.
std::string bash_cases(bool two_words) {
    std::string cases;
    for (const Command& command : commands()) {
        if (command.name.contains(' ') == two_words) {
            cases +=
                fmt::format("        \"{}\") words=\"{}\" ;;\n", command.name, options_of(command));
        }
    }
    return cases;
}

std::string bash_script() {
    std::string seconds;
    for (const auto& [word, second] : words()) {
        if (!second.empty()) {
            seconds += fmt::format("        {}) words=\"{}\" ;;\n", word, joined(second));
        }
    }
    return fmt::format(
        R"(# bash completion of gatehouse: source it, or put it into bash-completion's folder.
_gatehouse() {{
    local words="" current="${{COMP_WORDS[COMP_CWORD]}}"
    local first="${{COMP_WORDS[1]}}" second="${{COMP_WORDS[2]}}"
    if [[ "${{COMP_WORDS[COMP_CWORD-1]}}" == --config ]]; then
        COMPREPLY=($(compgen -f -- "$current"))
        return
    fi
    if [[ $COMP_CWORD == 1 ]]; then
        words="{0} --help --version"
    elif [[ $COMP_CWORD == 2 && $current != -* ]]; then
        case "$first" in
{1}        esac
    else
        case "$first $second" in
{2}        *) case "$first" in
{3}        esac ;;
        esac
    fi
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -F _gatehouse gatehouse
)",
        first_words(), seconds, bash_cases(true), bash_cases(false));
}

std::string zsh_script() {
    std::string lines;
    for (const Command& command : commands()) {
        lines += fmt::format("        {}\n",
                             single_quoted(fmt::format("{}:{}", command.name, command.sentence)));
    }
    std::string options;
    for (const Command& command : commands()) {
        options += fmt::format("        {}) compadd -- {} ;;\n", single_quoted(command.name),
                               options_of(command));
    }
    std::string seconds;
    for (const auto& [word, second] : words()) {
        if (!second.empty()) {
            seconds += fmt::format("        {}) compadd -- {} ;;\n", word, joined(second));
        }
    }
    return fmt::format(R"(#compdef gatehouse
# zsh completion of gatehouse: put it as _gatehouse into a folder of $fpath.
_gatehouse() {{
    local name="${{words[2]}} ${{words[3]}}"
    if (( CURRENT == 2 )); then
        local -a known
        known=(
{0}        )
        compadd -- ${{(u)${{known%%[ :]*}}}} --help --version
    elif (( CURRENT == 3 )) && [[ ${{words[3]}} != -* ]]; then
        case ${{words[2]}} in
{1}        *) _files ;;
        esac
    elif [[ ${{words[CURRENT]}} == -* ]]; then
        case $name in
{2}        *) case ${{words[2]}} in
{2}        esac ;;
        esac
    else
        _files
    fi
}}
_gatehouse "$@"
)",
                       lines, seconds, options);
}

std::string fish_script() {
    std::string text =
        "# fish completion of gatehouse: put it into ~/.config/fish/completions/gatehouse.fish.\n"
        "complete -c gatehouse -f\n";
    const auto all = words();
    std::set<std::string> seen;
    for (const Command& command : commands()) {
        const std::string name(command.name);
        const auto space = name.find(' ');
        const std::string first = name.substr(0, space);
        if (seen.insert(first).second) {
            text += fmt::format("complete -c gatehouse -n __fish_use_subcommand -a {} -d {}\n",
                                first, single_quoted(command.sentence));
        }
        std::string where = fmt::format("__fish_seen_subcommand_from {}", first);
        if (space != std::string::npos) {
            const std::string second = name.substr(space + 1);
            text += fmt::format(
                "complete -c gatehouse -n '{}; and not __fish_seen_subcommand_from {}' -a {} -d "
                "{}\n",
                where, joined(all.at(first)), second, single_quoted(command.sentence));
            where += "; and __fish_seen_subcommand_from " + second;
        }
        for (const Option& option : command.options) {
            text += fmt::format("complete -c gatehouse -n '{}' -l {}{} -d {}\n", where, option.name,
                                option.value.empty() ? "" : " -r", single_quoted(option.sentence));
        }
    }
    for (const Option& option : common_options()) {
        text += fmt::format("complete -c gatehouse -l {}{} -d {}\n", option.name,
                            option.value.empty()      ? ""
                            : option.name == "config" ? " -r -F"
                                                      : " -r",
                            single_quoted(option.sentence));
    }
    return text;
}

/// A line for roff: a leading dot or quote and every dash and backslash would mean something.
std::string roff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c == '\\' ? "\\e" : c == '-' ? "\\-" : std::string(1, c);
    }
    return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

std::string roff_options(std::span<const Option> options) {
    std::string text;
    for (const Option& option : options) {
        text += fmt::format(".TP\n.B {}\\fR {}\n{}\n", roff("--" + std::string(option.name)),
                            option.value.empty() ? "" : "\\fI" + roff(option.value) + "\\fR",
                            roff(option.sentence));
    }
    return text;
}

}  // namespace

std::string manual_page() {
    std::string text =
        ".TH GATEHOUSE 1\n.SH NAME\ngatehouse \\- the public edge for MCP servers\n"
        ".SH SYNOPSIS\n.B gatehouse\n.I COMMAND\n[options]\n"
        ".SH DESCRIPTION\nGatehouse stands in front of MCP runtimes that already run: it owns the "
        "public URL, sign\\-in, consent, the tokens of downstream accounts, rules, budgets and "
        "the log. Commands other than\n.BR serve ,\n.B init\nand\n.B check\ntalk to the admin API "
        "of a gateway that runs.\n.SH COMMANDS\n";
    for (const Command& command : commands()) {
        text += fmt::format(".SS {}{}{}\n{}.\n", roff(command.name),
                            command.arguments.empty() ? "" : " ", roff(command.arguments),
                            roff(command.sentence));
        text += roff_options(command.options);
    }
    text += ".SH OPTIONS OF EVERY COMMAND\n" + roff_options(common_options());
    text +=
        ".SH EXIT STATUS\n0: fine. 1: failed. 2: wrong usage or configuration.\n"
        ".SH FILES\n.TP\n.I gatehouse.yaml\nthe configuration, in the current folder\n"
        ".TP\n.I data/admin.token\nwhat commands sign in with\n";
    return text;
}

int run_completion(const Invocation& invocation, Environment& environment) {
    const std::string& shell = invocation.arguments.front();
    if (shell == "bash") {
        environment.out << bash_script();
    } else if (shell == "zsh") {
        environment.out << zsh_script();
    } else if (shell == "fish") {
        environment.out << fish_script();
    } else {
        return misused(environment, "completion is there for bash, zsh and fish");
    }
    return kExitOk;
}

int run_manual(const Invocation&, Environment& environment) {
    environment.out << manual_page();
    return kExitOk;
}

}  // namespace gatehouse::cli
