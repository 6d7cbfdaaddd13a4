// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "base/strings.h"
#include "cli/internal/commands.h"
#include "cli/internal/handlers.h"
#include "cli/internal/table.h"
#include "support/config_environment.h"
#include "support/fake_clock.h"
#include "support/scripted_client.h"

namespace gatehouse::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::array kColumns{Column{"NAME", "name"}, Column{"WHAT", "what"}, Column{"ID", "id"}};

std::vector<json::Object> rows() {
    return {{{"name", "todo"}, {"what", std::string(60, 'x')}, {"id", std::string(20, 'i')}},
            {{"name", "ü"}, {"what", "-"}, {"id", "2"}}};
}

std::size_t widest_line(const std::string& text) {
    std::size_t widest = 0;
    for (const std::string_view line : split(text, '\n')) {
        const auto width = static_cast<std::size_t>(std::ranges::count_if(
            line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
        widest = std::max(widest, width);
    }
    return widest;
}

TEST(Table, FitsTheTerminalAndKeepsWhatPeopleCopy) {
    const Environment::Terminal narrow{.columns = 50, .colours = false};
    const std::string text = table(kColumns, rows(), narrow);
    EXPECT_EQ(widest_line(text), 50U) << text;
    EXPECT_THAT(text, HasSubstr(std::string(20, 'i')));
    EXPECT_THAT(text, HasSubstr("…"));
    EXPECT_THAT(table(kColumns, rows()), HasSubstr(std::string(60, 'x')))
        << "what goes into a file or a pipe is whole";
}

TEST(Table, CutsEvenNamesWhereNothingElseIsLeft) {
    EXPECT_LE(widest_line(table(kColumns, rows(), Environment::Terminal{.columns = 30})), 30U);
    EXPECT_FALSE(table(kColumns, rows(), Environment::Terminal{.columns = 1}).empty());
}

TEST(Table, HasColourOnlyOnATerminalThatWantsIt) {
    EXPECT_THAT(table(kColumns, rows(), Environment::Terminal{.columns = 99, .colours = true}),
                StartsWith("\x1b[1m"));
    EXPECT_THAT(table(kColumns, rows(), Environment::Terminal{.columns = 99, .colours = false}),
                Not(HasSubstr("\x1b")));
}

class TerminalTest : public testing::Test {
  protected:
    std::optional<int> run(std::initializer_list<std::string_view> arguments,
                           const std::string& typed = {},
                           std::optional<Environment::Terminal> terminal = {}) {
        std::istringstream in(typed);
        Environment environment{.in = in,
                                .out = out_,
                                .err = err_,
                                .client = client_,
                                .clock = clock_,
                                .files = files_.get(),
                                .wait = [] { return false; },
                                .terminal = terminal};
        std::vector<std::string_view> all(arguments);
        for (const char* more : {"--admin-url", "http://127.0.0.1:1", "--admin-token", "t"}) {
            all.emplace_back(more);
        }
        return cli::run(parse(all), environment);
    }

    test::ConfigEnvironment files_;
    test::ScriptedClient client_;
    test::FakeClock clock_;
    std::ostringstream out_, err_;
};

TEST_F(TerminalTest, AsksBeforeItDestroysOnATerminalOnly) {
    EXPECT_EQ(run({"servers", "remove", "todo"}, "n\n", Environment::Terminal{}), kExitFailed);
    EXPECT_THAT(err_.str(), HasSubstr("[y/N]"));
    EXPECT_THAT(err_.str(), HasSubstr("Nothing was changed."));
    client_.answer(204, "");
    EXPECT_EQ(run({"servers", "remove", "todo"}, "y\n", Environment::Terminal{}), kExitOk);
    client_.answer(204, "");
    EXPECT_EQ(run({"servers", "remove", "todo", "--yes"}, "", Environment::Terminal{}), kExitOk);
    client_.answer(204, "");
    EXPECT_EQ(run({"servers", "remove", "todo"}), kExitOk) << "a script is not asked";
}

TEST_F(TerminalTest, NamesWhatWasMeant) {
    client_.answer(404, R"({"detail":"no"})");
    client_.answer(200, R"({"items":[{"id":"todo","name":"todo"}],"next":null})");
    EXPECT_EQ(run({"servers", "remove", "tod"}), kExitFailed);
    EXPECT_THAT(err_.str(), HasSubstr("there is no tod; did you mean `todo`?"));
    EXPECT_EQ(run({"profile"}), kExitUsage);
    EXPECT_THAT(err_.str(), HasSubstr("unknown command `profile`; did you mean `profiles`?"));
    EXPECT_EQ(run({"servers", "exprt"}), kExitUsage);
    EXPECT_THAT(err_.str(), HasSubstr("did you mean `export`?"));
    EXPECT_EQ(run({"servers", "--jsn"}), kExitUsage);
    EXPECT_THAT(err_.str(), HasSubstr("did you mean `json`?"));
}

TEST_F(TerminalTest, CompletesEveryCommandAndOption) {
    for (const char* shell : {"bash", "zsh", "fish"}) {
        out_.str("");
        ASSERT_EQ(run({"completion", shell}), kExitOk);
        for (const Command& command : commands()) {
            const auto last = command.name.substr(command.name.rfind(' ') + 1);
            EXPECT_THAT(out_.str(), HasSubstr(std::string(last))) << shell;
            for (const Option& option : command.options) {
                EXPECT_THAT(out_.str(), HasSubstr(std::string(option.name))) << shell;
            }
        }
    }
    EXPECT_EQ(run({"completion", "tcsh"}), kExitUsage);
}

TEST_F(TerminalTest, TheManualHasEveryCommand) {
    ASSERT_EQ(run({"manual"}), kExitOk);
    EXPECT_THAT(out_.str(), StartsWith(".TH GATEHOUSE 1\n"));
    for (const Command& command : commands()) {
        EXPECT_THAT(out_.str(), HasSubstr(".SS ")) << command.name;
    }
    EXPECT_THAT(out_.str(), HasSubstr(".SS users set\\-password NAME"));
}

}  // namespace
}  // namespace gatehouse::cli
