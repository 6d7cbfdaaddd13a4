// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "config/config.h"

namespace gatehouse::test {

/// Variables and files of a test's own. `everything` answers what is not listed.
struct ConfigEnvironment {
    std::map<std::string, std::string, std::less<>> variables;
    std::map<std::string, std::string, std::less<>> files;
    std::optional<std::string> everything;

    [[nodiscard]] config::Environment get() const {
        return {.variable = [*this](std::string_view name) -> std::optional<std::string> {
                    const auto it = variables.find(name);
                    return it == variables.end() ? everything : std::optional(it->second);
                },
                .read_file = [*this](const std::filesystem::path& path) -> Result<std::string> {
                    const auto it = files.find(path.string());
                    if (it != files.end()) {
                        return it->second;
                    }
                    return everything ? Result<std::string>(*everything)
                                      : fail(ErrorCode::kNotFound, "there is no such file");
                }};
    }
};

}  // namespace gatehouse::test
