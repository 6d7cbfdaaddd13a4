// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace gatehouse::mcp {

/// Finds the events in a text/event-stream that is relayed byte for byte. Incremental: the pieces
/// may end anywhere. Understands LF, CR and CRLF.
class SseScanner {
  public:
    /// Data of one event is kept up to this many bytes; a longer event is reported without data.
    static constexpr std::size_t kMaxData = 1U << 20U;

    /// Called with each finished event's data; the view lives during the call.
    using OnEvent = std::function<void(std::string_view data)>;

    /// Returns the offset behind the last end of an event (or of a lone comment) in `bytes`; 0 if
    /// none ends there.
    std::size_t feed(std::string_view bytes, const OnEvent& on_event);

    /// Nothing of an event has begun.
    [[nodiscard]] bool at_boundary() const { return at_line_start_ && !in_event_; }

    /// Some event carried an id: the client can resume.
    [[nodiscard]] bool saw_id() const { return saw_id_; }

  private:
    void take(std::string_view text);
    void take_last(std::string_view text, const OnEvent& on_event);
    void end_line(std::string_view line, const OnEvent& on_event);
    void end_event(const OnEvent& on_event);
    void take_data(std::string_view value);
    void keep_data();

    // Both own only what earlier pieces began and this one has to finish: an event that comes in
    // one piece is never copied.
    std::string line_;  ///< the beginning of the current line: enough to know the field and value
    std::string data_;
    std::string_view only_data_;  ///< the event's first line of data, in the piece being fed
    bool at_line_start_ = true;
    bool in_event_ = false;
    bool has_data_ = false;
    bool too_long_ = false;
    bool after_cr_ = false;
    bool saw_id_ = false;
};

}  // namespace gatehouse::mcp
