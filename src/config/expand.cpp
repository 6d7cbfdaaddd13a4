// SPDX-License-Identifier: Apache-2.0
#include "config/internal/expand.h"

#include <algorithm>

#include "base/strings.h"

namespace gatehouse::config {
namespace {

constexpr std::string_view kFilePrefix = "file:";

bool is_variable_name(std::string_view name) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    return !name.empty() && is_letter(name.front()) && std::ranges::all_of(name, [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9');
    });
}

std::expected<std::string, std::string> file_content(std::string_view name,
                                                     const std::filesystem::path& folder,
                                                     const Environment& environment) {
    auto content = environment.read_file(folder / name);
    if (!content) {
        return std::unexpected("the file " + std::string(name) + " cannot be read");
    }
    if (content->ends_with('\n')) {
        content->pop_back();
    }
    if (content->ends_with('\r')) {
        content->pop_back();
    }
    return *std::move(content);
}

std::expected<std::string, std::string> replacement(std::string_view inner,
                                                    const std::filesystem::path& folder,
                                                    const Environment& environment) {
    if (inner.starts_with(kFilePrefix) && inner.size() > kFilePrefix.size()) {
        return file_content(inner.substr(kFilePrefix.size()), folder, environment);
    }
    if (!is_variable_name(inner)) {
        return std::unexpected("write ${NAME}, ${file:PATH}, or $${ for the two characters");
    }
    if (auto value = environment.variable(inner)) {
        return *std::move(value);
    }
    return std::unexpected("the environment variable " + std::string(inner) + " is not set");
}

}  // namespace

std::expected<std::string, std::string> expand(std::string_view written,
                                               const std::filesystem::path& folder,
                                               const Environment& environment) {
    std::string text;
    while (true) {
        const auto start = written.find("${");
        text += written.substr(0, start);
        if (start == std::string_view::npos) {
            return text;
        }
        if (start > 0 && written[start - 1] == '$') {
            text += '{';
            written.remove_prefix(start + 2);
            continue;
        }
        const auto end = written.find('}', start);
        const auto inner = end == std::string_view::npos
                               ? std::string_view()
                               : written.substr(start + 2, end - start - 2);
        auto value = replacement(inner, folder, environment);
        if (!value) {
            return value;
        }
        text += *value;
        written.remove_prefix(end + 1);
    }
}

}  // namespace gatehouse::config
