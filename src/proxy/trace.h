// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse::proxy {

/// Text of a fixed length that lives where it stands.
template <std::size_t kSize>
struct FixedText {
    std::array<char, kSize> text{};

    // NOLINTNEXTLINE(google-explicit-constructor): it is a text, and used as one.
    operator std::string_view() const { return {text.data(), text.size()}; }

    [[nodiscard]] std::size_t size() const { return text.size(); }

    friend bool operator==(const FixedText&, const FixedText&) = default;
};

using Id = FixedText<32>;  ///< lower-case hexadecimal digits
using Traceparent = FixedText<55>;

/// Ids of requests and traces: unique, not secret. One thread.
class IdSource {
  public:
    IdSource();

    [[nodiscard]] Id next();

  private:
    [[nodiscard]] std::uint64_t step();

    std::array<std::uint64_t, 2> state_;
};

/// The trace id of a W3C traceparent (32 digits), empty unless the value is valid (requirements
/// H11).
[[nodiscard]] std::string_view trace_id_of(std::string_view traceparent);
/// A new traceparent for a trace that begins here.
[[nodiscard]] Traceparent make_traceparent(const Id& trace_id, const Id& span_source);

}  // namespace gatehouse::proxy
