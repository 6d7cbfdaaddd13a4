// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "base/strings.h"
#include "cli/internal/handlers.h"

namespace gatehouse::cli {

bool confirmed(const Invocation& invocation,
               Environment& environment,
               const std::string& question) {
    if (invocation.has("yes") || !environment.terminal) {
        return true;
    }
    environment.err << question << " [y/N] ";
    environment.err.flush();
    std::string answer;
    std::getline(environment.in, answer);
    const std::string word = to_lower(trim(answer));
    if (word == "y" || word == "yes") {
        return true;
    }
    environment.err << "Nothing was changed.\n";
    return false;
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
    const std::string* found = nullptr;
    std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const std::string& candidate : candidates) {
        const std::size_t distance = edit_distance(word.substr(0, 64), candidate);
        if (distance < least) {
            least = distance;
            found = &candidate;
        }
    }
    return found == nullptr ? std::string() : "; did you mean `" + sanitize_text(*found, 80) + "`?";
}

}  // namespace gatehouse::cli
