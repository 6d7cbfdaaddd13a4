// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "export/sink.h"
#include "http/client.h"

namespace gatehouse::app {

/// The sinks that the configuration names. `client` and `clock` must outlive them.
[[nodiscard]] std::vector<std::unique_ptr<exports::Sink>> make_export_sinks(
    const config::Config& config,
    const std::string& replica,
    http::Client& client,
    const Clock& clock);

}  // namespace gatehouse::app
