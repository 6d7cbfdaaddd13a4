// SPDX-License-Identifier: Apache-2.0
#include "telemetry/log.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>

#include "base/clock.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"

namespace gatehouse::telemetry {

namespace {

constexpr std::size_t kMaxMessage = 8UL * 1024;

std::atomic<Level> lowest{Level::kInfo};

std::string_view name_of(Level level) {
    switch (level) {
        case Level::kDebug:
            return "debug";
        case Level::kInfo:
            return "info";
        case Level::kWarn:
            return "warn";
        case Level::kError:
            break;
    }
    return "error";
}

// A line that cannot be written is lost: there is nobody left to tell.
void write_line(std::string_view line) {
    static std::mutex mutex;  // keeps lines whole
    const std::lock_guard lock(mutex);
    while (!line.empty()) {
        const auto written = ::write(STDERR_FILENO, line.data(), line.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return;
        }
        line.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace

void log(Level level, std::string_view module, std::string_view message) {
    if (level < lowest.load(std::memory_order_relaxed)) {
        return;
    }
    const json::Object line{{"time", format_time(SystemClock().now())},
                            {"level", name_of(level)},
                            {"module", module},
                            {"message", sanitize_text(message, kMaxMessage)}};
    write_line(json::dump(line) + "\n");
}

void set_level(Level level) {
    lowest.store(level, std::memory_order_relaxed);
}

}  // namespace gatehouse::telemetry
