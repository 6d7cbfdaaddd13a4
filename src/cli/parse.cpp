// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>

#include "base/strings.h"
#include "cli/cli.h"
#include "cli/internal/commands.h"
#include "cli/internal/handlers.h"

namespace gatehouse::cli {
namespace {

using Arguments = std::span<const std::string_view>;

Invocation usage_error(Invocation invocation, std::string message) {
    invocation.kind = Invocation::Kind::kUsageError;
    invocation.message = std::move(message);
    return invocation;
}

std::string safe(std::string_view text) {
    return "`" + sanitize_text(text, 80) + "`";
}

const Option* find_in(std::span<const Option> options, std::string_view name) {
    const auto it = std::ranges::find(options, name, &Option::name);
    return it == options.end() ? nullptr : &*it;
}

/// Options may stand before the command, so every command's are known until there is one.
const Option* find_option(const Command* command, std::string_view name) {
    if (const Option* common = find_in(common_options(), name)) {
        return common;
    }
    if (command != nullptr) {
        return find_in(command->options, name);
    }
    for (const Command& any : commands()) {
        if (const Option* option = find_in(any.options, name)) {
            return option;
        }
    }
    return nullptr;
}

std::vector<std::string> option_names() {
    std::vector<std::string> names;
    for (const Option& option : common_options()) {
        names.emplace_back(option.name);
    }
    for (const Command& command : commands()) {
        for (const Option& option : command.options) {
            names.emplace_back(option.name);
        }
    }
    return names;
}

/// First words of commands.
std::vector<std::string> command_words() {
    std::vector<std::string> words;
    for (const Command& command : commands()) {
        words.emplace_back(command.name.substr(0, command.name.find(' ')));
    }
    return words;
}

std::vector<std::string> second_words(std::string_view first) {
    std::vector<std::string> words;
    for (const Command& command : commands()) {
        if (command.name.starts_with(std::string(first) + " ")) {
            words.emplace_back(command.name.substr(first.size() + 1));
        }
    }
    return words;
}

/// What was typed, sorted into words and options; which of both fit is seen later.
struct Typed {
    std::vector<std::string_view> words;
    std::vector<std::pair<std::string_view, std::string_view>> options;
    std::string error;
};

void take_option(Arguments arguments, std::size_t& at, Typed& typed) {
    const std::string_view whole = arguments[at].substr(2);
    const auto equals = whole.find('=');
    const std::string_view name = whole.substr(0, equals);
    const Option* option = find_option(nullptr, name);
    if (option == nullptr) {
        typed.error =
            "unknown option " + safe("--" + std::string(name)) + nearest(name, option_names());
    } else if (option->value.empty() && equals != std::string_view::npos) {
        typed.error = "--" + std::string(name) + " takes no value";
    } else if (option->value.empty()) {
        typed.options.emplace_back(name, "");
    } else if (equals != std::string_view::npos) {
        typed.options.emplace_back(name, whole.substr(equals + 1));
    } else if (at + 1 == arguments.size()) {
        typed.error = "--" + std::string(name) + " needs a value";
    } else {
        typed.options.emplace_back(name, arguments[++at]);
    }
}

Typed sort_arguments(Arguments arguments) {
    Typed typed;
    bool options_may_follow = true;
    for (std::size_t at = 0; at < arguments.size() && typed.error.empty(); ++at) {
        const std::string_view text = arguments[at];
        if (options_may_follow && text == "--") {
            options_may_follow = false;
        } else if (options_may_follow && text == "-h") {
            typed.options.emplace_back("help", "");
        } else if (options_may_follow && text.starts_with("--")) {
            if (text == "--version" && typed.words.empty()) {
                typed.options.emplace_back("version", "");
            } else {
                take_option(arguments, at, typed);
            }
        } else if (options_may_follow && text.size() > 1 && text.starts_with('-')) {
            typed.error = "unknown option " + safe(text);
        } else {
            typed.words.push_back(text);
        }
    }
    return typed;
}

bool is_noun(std::string_view word) {
    return std::ranges::any_of(commands(), [&](const Command& command) {
        return command.name.starts_with(std::string(word) + " ");
    });
}

/// Takes the command's one or two words; `servers` and `servers list` are one command, and so are
/// `users` and `users list`.
std::string take_command(std::vector<std::string_view>& words) {
    std::string first(words.front());
    words.erase(words.begin());
    if (words.empty()) {
        const std::string list = first + " list";
        return find_command(list) != nullptr ? list : first;
    }
    const std::string both = first + " " + std::string(words.front());
    if (find_command(both) != nullptr) {
        words.erase(words.begin());
        return both;
    }
    if (words.front() == "list" && find_command(first) != nullptr && first.ends_with('s') &&
        first != "logs" && first != "status") {
        words.erase(words.begin());
    }
    return first;
}

std::string unknown_command(std::string_view command, const std::vector<std::string_view>& rest) {
    if (!is_noun(command)) {
        return "unknown command " + safe(command) + nearest(command, command_words());
    }
    return rest.empty()
               ? safe(command) + " needs a second word"
               : "unknown command " + safe(std::string(command) + " " + std::string(rest.front())) +
                     nearest(rest.front(), second_words(command));
}

std::string check_words(const Command& command, const std::vector<std::string_view>& words) {
    const bool is_needed = !command.arguments.empty() && !command.arguments.starts_with('[');
    // Of the alternatives that an argument lists, each has as many words as the others.
    const auto words_of_one = split_words(command.arguments.substr(0, command.arguments.find('|')));
    const std::size_t most = words_of_one.size();
    if (words.size() > most) {
        return "unexpected argument " + safe(words[most]);
    }
    if (is_needed && words.empty()) {
        return std::string(command.name) + " needs " + std::string(command.arguments);
    }
    return {};
}

std::string check_options(const Command& command,
                          const std::map<std::string, std::string>& options) {
    for (const auto& [name, value] : options) {
        const Option* option = find_option(&command, name);
        if (option == nullptr) {
            return safe(command.name) + " has no option --" + name;
        }
        if (!option->value.empty() && value.empty()) {
            return "--" + name + " needs a value";
        }
    }
    return {};
}

bool can_explain(std::string_view command) {
    return command.empty() || find_command(command) != nullptr || is_noun(command);
}

/// `users --help` is about every `users` command, not about the list alone.
Invocation ask_for_help(Invocation invocation, Arguments arguments) {
    if (invocation.command.ends_with(" list") &&
        std::ranges::find(arguments, "list") == arguments.end()) {
        invocation.command.resize(invocation.command.find(' '));
    }
    invocation.kind = Invocation::Kind::kHelp;
    return invocation;
}

/// Holds what was typed against the command's line of the table.
Invocation complete(Invocation invocation, const std::vector<std::string_view>& words) {
    if (invocation.command.empty()) {
        return usage_error(std::move(invocation), "a command is missing");
    }
    const Command* command = find_command(invocation.command);
    if (command == nullptr) {
        auto message = unknown_command(invocation.command, words);
        return usage_error(std::move(invocation), std::move(message));
    }
    std::string problem = check_options(*command, invocation.options);
    if (problem.empty()) {
        problem = check_words(*command, words);
    }
    invocation.arguments.assign(words.begin(), words.end());
    return problem.empty() ? invocation : usage_error(std::move(invocation), std::move(problem));
}

}  // namespace

bool Invocation::has(std::string_view option) const {
    return options.contains(std::string(option));
}

std::string Invocation::get(std::string_view option) const {
    const auto it = options.find(std::string(option));
    return it == options.end() ? std::string() : it->second;
}

std::filesystem::path Invocation::config_file() const {
    return has("config") ? get("config") : "gatehouse.yaml";
}

Invocation parse(std::span<const std::string_view> arguments) {
    Invocation invocation;
    Typed typed = sort_arguments(arguments);
    for (const auto& [name, value] : typed.options) {
        if (const Option* option = find_option(nullptr, name);
            option != nullptr && option->repeats) {
            invocation.lists[std::string(name)].emplace_back(value);
            invocation.options.insert_or_assign(std::string(name), std::string(value));
            continue;
        }
        if (!invocation.options.emplace(name, value).second && typed.error.empty()) {
            typed.error = "--" + std::string(name) + " is given twice";
        }
    }
    if (!typed.words.empty()) {
        invocation.command = take_command(typed.words);
    }
    if (!typed.error.empty()) {
        return usage_error(std::move(invocation), std::move(typed.error));
    }
    if (invocation.has("version")) {
        invocation.kind = Invocation::Kind::kVersion;
        return invocation;
    }
    if (invocation.has("help") && can_explain(invocation.command)) {
        return ask_for_help(std::move(invocation), arguments);
    }
    return complete(std::move(invocation), typed.words);
}

Invocation parse(int argc, const char* const* argv) {
    std::vector<std::string_view> arguments;
    for (int i = 1; i < argc; ++i) {
        arguments.emplace_back(argv[i]);
    }
    return parse(arguments);
}

}  // namespace gatehouse::cli
