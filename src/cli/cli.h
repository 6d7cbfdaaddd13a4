// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "http/client.h"

/// The command line (contract.md §2, §8).
namespace gatehouse::cli {

inline constexpr int kExitOk = 0, kExitFailed = 1, kExitUsage = 2;

/// One command as it was typed, checked against the table of commands.
struct Invocation {
    enum class Kind { kCommand, kHelp, kVersion, kUsageError };

    Kind kind = Kind::kCommand;
    std::string command;                         ///< "serve", "users add"; for kHelp maybe empty
    std::map<std::string, std::string> options;  ///< without dashes; flags hold ""
    std::map<std::string, std::vector<std::string>> lists;  ///< of options that may repeat
    std::vector<std::string> arguments;
    std::string message;  ///< of kUsageError

    [[nodiscard]] bool has(std::string_view option) const;
    [[nodiscard]] std::string get(std::string_view option) const;
    /// `--config`, or gatehouse.yaml in the current folder.
    [[nodiscard]] std::filesystem::path config_file() const;
};

/// `arguments` without the program's name.
[[nodiscard]] Invocation parse(std::span<const std::string_view> arguments);
[[nodiscard]] Invocation parse(int argc, const char* const* argv);

/// Waits for a browser that comes back from a sign-in.
class BrowserReturn {
  public:
    BrowserReturn() = default;
    BrowserReturn(const BrowserReturn&) = delete;
    BrowserReturn& operator=(const BrowserReturn&) = delete;
    BrowserReturn(BrowserReturn&&) = delete;
    BrowserReturn& operator=(BrowserReturn&&) = delete;
    virtual ~BrowserReturn() = default;

    /// Where it is to come back to, on this machine.
    [[nodiscard]] virtual std::string redirect_uri() const = 0;
    /// The query that it brings; kTimeout when nobody comes.
    [[nodiscard]] virtual Result<std::string> wait(std::chrono::seconds limit) = 0;
};

/// What a command works on. Everything must outlive the call.
struct Environment {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    http::Client& client;
    const Clock& clock;
    config::Environment files;
    /// Waits a second; false ends `logs --follow`.
    std::function<bool()> wait;
    bool shows_progress = false;  ///< `err` is a terminal
    /// For commands that sign in like any client.
    std::function<Result<std::unique_ptr<BrowserReturn>>()> expect_browser = {};
    /// Shows a page to the person; false when there is no browser to be found.
    std::function<bool(const std::string& url)> open_browser = {};

    /// What the terminal of `in` and `out` is like; nothing where there is none.
    struct Terminal {
        std::size_t columns = 80;
        bool colours = false;
    };

    std::optional<Terminal> terminal = {};
};

/// Runs the command and gives the exit code. Nothing for `serve` with a configuration file that
/// exists: the caller starts the gateway.
[[nodiscard]] std::optional<int> run(const Invocation& invocation, Environment& environment);

}  // namespace gatehouse::cli
