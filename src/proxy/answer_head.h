// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/exchange.h"
#include "http/upstream.h"

namespace gatehouse::proxy {

/// The head of an answer as the client gets it. Points at the runtime's head, which lives only
/// during the callback that brings it; `keep` copies what an answer needs that is held back longer.
class AnswerHead {
  public:
    int status = 200;
    bool event_stream = false;

    /// Takes over what may pass (requirements H05): no cookies, challenges, CORS, locations, fields
    /// that make a browser load or go somewhere, or hop-by-hop fields of the runtime's.
    void take(const http::UpstreamHead& head);
    /// Both texts must live until the head is sent.
    void add(std::string_view name, std::string_view value);
    void keep();
    void clear();
    /// The head is sent, and a stream may rest for hours now: gives back all but what it was.
    void forget_fields();

    /// The runtime's own, not yet sealed.
    [[nodiscard]] std::string_view session_id() const { return session_id_; }

    [[nodiscard]] std::span<const http::HeaderView> views() const { return fields_; }

  private:
    std::vector<http::HeaderView> fields_;
    std::string_view session_id_;
    std::string kept_;  ///< what the views point at after `keep`
};

}  // namespace gatehouse::proxy
