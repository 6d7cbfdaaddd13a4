// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/exchange.h"
#include "http/upstream.h"

namespace gatehouse::proxy {

/// The head of an answer as the client gets it. Owns its texts, because an answer may be held back
/// longer than the runtime's head lives. Reused from call to call.
class AnswerHead {
  public:
    int status = 200;
    bool event_stream = false;
    std::string session_id;  ///< the runtime's own, not yet sealed

    /// Takes over what may pass (requirements H05): no cookies, challenges, CORS, locations or
    /// hop-by-hop fields of the runtime's.
    void take(const http::UpstreamHead& head);
    void add(std::string_view name, std::string_view value);
    void clear();

    /// Valid until the next change.
    [[nodiscard]] std::vector<http::HeaderView> views() const;

  private:
    struct Field {
        std::size_t name, name_size, value, value_size;
    };

    std::string text_;
    std::vector<Field> fields_;
};

}  // namespace gatehouse::proxy
