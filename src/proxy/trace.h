// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::proxy {

/// Ids of requests and traces: unique, not secret. One thread.
class IdSource {
  public:
    IdSource();

    /// 32 lower-case hexadecimal digits.
    [[nodiscard]] std::string next();

  private:
    [[nodiscard]] std::uint64_t step();

    std::array<std::uint64_t, 2> state_;
};

/// The trace id of a W3C traceparent, empty unless the value is valid (requirements H11).
[[nodiscard]] std::string_view trace_id_of(std::string_view traceparent);
/// A new traceparent for a trace that begins here; `ids`: 32 digits each.
[[nodiscard]] std::string make_traceparent(std::string_view trace_id, std::string_view span_source);

}  // namespace gatehouse::proxy
