// SPDX-License-Identifier: Apache-2.0
#include "app/run.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>

#include "app/browser_return.h"
#include "app/serve.h"
#include "base/clock.h"
#include "cli/cli.h"
#include "http/client.h"

namespace gatehouse::app {
namespace {

std::optional<std::string> environment_variable(std::string_view name) {
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Result<std::string> read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file || std::filesystem::is_directory(path)) {
        return fail(ErrorCode::kNotFound, path.string() + " cannot be read");
    }
    return std::string((std::istreambuf_iterator<char>(file)), {});
}

bool wait_a_second() {
    const timespec second{.tv_sec = 1, .tv_nsec = 0};
    return ::nanosleep(&second, nullptr) == 0;
}

/// What standard input and output are, if both are a terminal.
std::optional<cli::Environment::Terminal> find_terminal() {
    if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0) {
        return std::nullopt;
    }
    winsize size{};
    const bool is_known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    const bool is_plain = environment_variable("NO_COLOR").value_or("") != "" ||
                          environment_variable("TERM").value_or("dumb") == "dumb";
    return cli::Environment::Terminal{.columns = is_known ? size.ws_col : std::size_t{80},
                                      .colours = !is_plain};
}

int run_command(int argc, char** argv) {
    const SystemClock clock;
    const config::Environment files{.variable = environment_variable, .read_file = read_file};
    const auto client = http::make_curl_client({});
    cli::Environment environment{.in = std::cin,
                                 .out = std::cout,
                                 .err = std::cerr,
                                 .client = *client,
                                 .clock = clock,
                                 .files = files,
                                 .wait = wait_a_second,
                                 .shows_progress = ::isatty(STDERR_FILENO) == 1,
                                 .expect_browser = expect_browser,
                                 .open_browser = open_browser,
                                 .terminal = find_terminal()};
    const cli::Invocation invocation = cli::parse(argc, argv);
    if (const auto code = cli::run(invocation, environment)) {
        return *code;
    }
    block_signals();
    return serve(invocation.config_file(), files, clock, std::cout, std::cerr);
}

}  // namespace

int run(int argc, char** argv) {
    try {
        return run_command(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "gatehouse: " << error.what() << '\n';
        return cli::kExitFailed;
    }
}

}  // namespace gatehouse::app
