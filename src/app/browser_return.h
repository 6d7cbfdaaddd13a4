// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "cli/cli.h"

namespace gatehouse::app {

/// Listens on a loopback port that the system chooses. Blocks while it waits.
[[nodiscard]] Result<std::unique_ptr<cli::BrowserReturn>> expect_browser();

/// Starts the person's browser. False when there is none.
[[nodiscard]] bool open_browser(const std::string& url);

}  // namespace gatehouse::app
