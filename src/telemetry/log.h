// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace gatehouse::telemetry {

enum class Level { kDebug, kInfo, kWarn, kError };

/// One JSON object a line on standard error: time, level, module, message. Thread-safe. Never pass
/// a secret: the Secret type does not format, keep it that way.
void log(Level level, std::string_view module, std::string_view message);
void set_level(Level level);

template <typename... Args>
void info(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
    log(Level::kInfo, module, fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
void warn(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
    log(Level::kWarn, module, fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
void error(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
    log(Level::kError, module, fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
void debug(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
    log(Level::kDebug, module, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace gatehouse::telemetry
