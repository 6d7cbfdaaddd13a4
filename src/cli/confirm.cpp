// SPDX-License-Identifier: Apache-2.0
#include <istream>
#include <ostream>
#include <string>

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

}  // namespace gatehouse::cli
