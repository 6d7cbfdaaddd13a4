// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "mcp/sse.h"

namespace gatehouse::proxy {

/// Passes a runtime's event stream on byte for byte, but an event only once it is whole: so the
/// gateway may end the stream, or say something of its own, between any two writes.
class EventRelay {
  public:
    /// An event longer than this is passed on in pieces.
    static constexpr std::size_t kMaxHeld = 256U << 10U;

    /// What may go out now; valid until the next call. `complete`: everything.
    [[nodiscard]] std::string_view pass(std::string_view bytes,
                                        bool complete,
                                        const mcp::SseScanner::OnEvent& on_event);

    /// What `pass` said went out: its memory is given back.
    void sent() { std::string().swap(out_); }

    /// A part of an event went out, and its rest did not yet.
    [[nodiscard]] bool inside_event() const { return inside_event_; }

    [[nodiscard]] bool saw_id() const { return scanner_.saw_id(); }

  private:
    mcp::SseScanner scanner_;
    std::string held_, out_;
    bool inside_event_ = false;
};

}  // namespace gatehouse::proxy
