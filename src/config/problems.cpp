// SPDX-License-Identifier: Apache-2.0
#include "config/internal/problems.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/strings.h"

namespace gatehouse::config {

void Problems::add(Position at, std::string path, std::string message) {
    problems_.push_back({.file = file_,
                         .line = at.line,
                         .column = at.column,
                         .path = std::move(path),
                         .message = std::move(message)});
}

std::vector<Problem> Problems::take() {
    std::ranges::sort(problems_, {}, [](const Problem& problem) {
        return std::tie(problem.line, problem.column, problem.message);
    });
    return std::exchange(problems_, {});
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates) {
    std::string_view nearest;
    std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const std::string_view candidate : candidates) {
        const std::size_t distance = edit_distance(word.substr(0, 64), candidate);
        if (distance < least) {
            least = distance;
            nearest = candidate;
        }
    }
    return nearest.empty() ? std::string() : "; did you mean " + in_ticks(nearest) + "?";
}

std::string in_ticks(std::string_view text) {
    constexpr std::size_t kMaxShown = 80;
    return "`" + sanitize_text(text, kMaxShown) + (text.size() > kMaxShown ? "…`" : "`");
}

std::string describe(const Problem& problem) {
    std::string place = problem.file;
    if (problem.line != 0) {
        place += ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column);
    }
    return place + ": " + problem.message;
}

}  // namespace gatehouse::config
