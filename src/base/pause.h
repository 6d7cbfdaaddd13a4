// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace gatehouse {

/// Keeps the calling thread for a while: between two looks at what another process does, where
/// nobody can wake it. Workers only.
void pause(std::chrono::microseconds time);

}  // namespace gatehouse
