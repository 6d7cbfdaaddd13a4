// SPDX-License-Identifier: Apache-2.0
#include "proxy/event_relay.h"

#include <utility>

namespace gatehouse::proxy {

std::string_view EventRelay::pass(std::string_view bytes,
                                  bool complete,
                                  const mcp::SseScanner::OnEvent& on_event) {
    std::size_t end = scanner_.feed(bytes, on_event);
    inside_event_ = inside_event_ && end == 0;
    // What belongs to an event that has already begun to go out need not wait.
    const bool all =
        complete || inside_event_ || (end == 0 && held_.size() + bytes.size() > kMaxHeld);
    if (all) {
        inside_event_ = !scanner_.at_boundary();
        end = bytes.size();
    } else if (end == 0) {
        held_.append(bytes);
        return {};
    }
    const auto rest = bytes.substr(end);
    if (held_.empty()) {
        held_.assign(rest);
        return bytes.substr(0, end);
    }
    out_ = std::exchange(held_, {});
    out_.append(bytes.substr(0, end));
    held_.assign(rest);
    return out_;
}

}  // namespace gatehouse::proxy
