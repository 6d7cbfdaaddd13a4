// SPDX-License-Identifier: Apache-2.0
// uses: config
#include "config/config.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"

/// Any text is a configuration or a list of problems.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const gatehouse::config::Environment environment{
        .variable = [](std::string_view name) -> std::optional<std::string> {
            return name == "UNSET" ? std::nullopt : std::optional<std::string>("value");
        },
        .read_file = [](const std::filesystem::path&) -> gatehouse::Result<std::string> {
            return "content";
        }};
    const auto outcome = gatehouse::config::parse({reinterpret_cast<const char*>(data), size},
                                                  "/g.yaml", environment);
    GATEHOUSE_ASSERT(outcome || !outcome.error().empty());
    return 0;
}
