// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "http/exchange.h"

namespace gatehouse::proxy {

/// Content-Type is application/json in UTF-8 (requirements H07).
[[nodiscard]] bool is_json_content(std::string_view content_type);
[[nodiscard]] bool is_event_stream(std::string_view content_type);

/// The client can take JSON or events; no Accept at all is fine for a POST. A GET must name
/// text/event-stream (requirements H07, H45).
[[nodiscard]] bool accept_is_usable(const http::RequestHead& head);

/// What the runtime reads in Accept: the client's own where it says something, else both types.
[[nodiscard]] std::string_view complete_accept(const http::RequestHead& head);

}  // namespace gatehouse::proxy
