// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The table that the parser and `--help` come from.
namespace gatehouse::cli {

/// `value` names what follows; empty for a flag.
struct Option {
    std::string_view name, value, sentence;
    bool repeats = false;  ///< may be given several times
};

/// `arguments` as the usage line shows them: `NAME` is needed, `[PATH]` is not.
struct Command {
    std::string_view name, arguments, sentence;
    std::vector<Option> options;
};

[[nodiscard]] std::span<const Command> commands();
/// Taken by every command.
[[nodiscard]] std::span<const Option> common_options();
/// Null for an unknown one.
[[nodiscard]] const Command* find_command(std::string_view name);

/// Help for one command, for a noun with several, or, with an empty name, for all.
[[nodiscard]] std::string help_text(std::string_view name);

}  // namespace gatehouse::cli
