// SPDX-License-Identifier: Apache-2.0
#include "base/pause.h"

#include <condition_variable>
#include <mutex>

namespace gatehouse {

void pause(std::chrono::microseconds time) {
    std::mutex unshared;
    std::condition_variable never;
    std::unique_lock lock(unshared);
    never.wait_for(lock, time, [] { return false; });
}

}  // namespace gatehouse
