// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <iosfwd>

#include "base/clock.h"
#include "config/config.h"

namespace gatehouse::app {

/// Runs the gateway until SIGTERM or SIGINT; SIGHUP or a changed file reloads. Gives the exit code.
/// `block_signals` must have been called before any thread was made.
[[nodiscard]] int serve(const std::filesystem::path& file,
                        const config::Environment& environment,
                        const Clock& clock,
                        std::ostream& out,
                        std::ostream& err);

/// Makes the signals above wait for `serve`, and SIGPIPE harmless.
void block_signals();

}  // namespace gatehouse::app
