// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admin/api.h"

namespace gatehouse::admin {

/// POST /api/v1/policies/replay: {"policy": text of a file, "since": time, "cursor", "limit"} runs
/// the proposed rules over one batch of recorded calls, newest first. The answer's `next` is the
/// cursor of the next batch, null after the last; answers of all batches add up.
void add_replay_route(http::Router& router, const Dependencies& dependencies);

}  // namespace gatehouse::admin
