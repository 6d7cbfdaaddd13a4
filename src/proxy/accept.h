// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "http/exchange.h"

namespace gatehouse::proxy {

/// Content-Type is application/json in UTF-8 (requirements H07).
[[nodiscard]] bool is_json_content(std::string_view content_type);
[[nodiscard]] bool is_event_stream(std::string_view content_type);

struct Accept {
    /// The client can take JSON or events; no Accept at all is fine for a POST. A GET must name
    /// text/event-stream (requirements H07, H45).
    bool usable = false;
    /// What the runtime reads: the client's own wish where it says something, else both types.
    std::string_view complete;
};

[[nodiscard]] Accept judge_accept(const http::RequestHead& head);

}  // namespace gatehouse::proxy
