// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "policy/list_filter.h"

namespace gatehouse::policy {

/// Puts the events of a text/event-stream through a filter, each as soon as it is whole. Events
/// that stay as they are keep their bytes; of a changed one, all fields but the data do. What is
/// unreadable, and an event that the stream's end cuts short, is left out. Understands LF, CR and
/// CRLF, whatever the pieces.
class EventFilter {
  public:
    /// A longer event ends the stream.
    static constexpr std::size_t kMaxEvent = 8U << 20U;

    using Rewrite = std::function<Filtered(std::string_view data, std::string& out)>;

    enum class State { kFine, kTooLong };
    enum class Part { kMore, kLast };

    /// Appends to `out` what may go out now. kLast: the stream ends behind these bytes.
    [[nodiscard]] State pass(std::string_view bytes,
                             Part part,
                             const Rewrite& rewrite,
                             std::string& out);

  private:
    void put_event(std::string_view event, const Rewrite& rewrite, std::string& out);

    std::string held_;         ///< of an event that has begun
    std::size_t scanned_ = 0;  ///< of held_: up to the start of a line
    bool begun_ = false;       ///< something of the stream was seen
    std::string data_, rewritten_;
};

}  // namespace gatehouse::policy
