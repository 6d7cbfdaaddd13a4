// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/exchange.h"

namespace gatehouse::http::internal {

/// The head of a request, gathered field by field from a header block. What comes in was decoded
/// and checked by the protocol library: pseudo-fields come first, once and complete, names are
/// lower case, nothing belongs to a connection. The rest, in which HTTP/1 heads are strict too, is
/// checked here. The result looks as an HTTP/1 head does: with Host, one Cookie, no pseudo-fields.
class Http2Head {
  public:
    enum class Fault : std::uint8_t { kNone, kBad, kTooLarge };
    enum class Body : std::uint8_t { kNone, kFollows };

    /// `max_size` as SETTINGS_MAX_HEADER_LIST_SIZE counts: 32 bytes for each field, and its bytes.
    /// Above it nothing is kept, only counted.
    explicit Http2Head(std::size_t max_size) : max_size_(max_size) {}

    void add(std::string_view name, std::string_view value);

    /// The library found a field that must not be.
    void mark_bad() { bad_ = true; }

    [[nodiscard]] std::size_t size() const { return size_; }

    /// All fields are there. Once; from now on `head` and `fields` are good, as long as this lives.
    [[nodiscard]] Fault finish(Body body);

    [[nodiscard]] RequestHead& head() { return head_; }

    [[nodiscard]] const RequestHead& head() const { return head_; }

  private:
    /// Where something lies in bytes_.
    struct Place {
        std::uint32_t at = 0, size = 0;
    };

    struct Field {
        Place name, value;
    };

    [[nodiscard]] Place keep(std::string_view text);
    [[nodiscard]] std::string_view view(Place place) const;
    void add_pseudo(std::string_view name, std::string_view value);
    void bind_fields();
    [[nodiscard]] bool read_fields();
    [[nodiscard]] bool read_field(const HeaderView& field);
    [[nodiscard]] bool read_target();

    const std::size_t max_size_;
    std::size_t size_ = 0;
    std::string bytes_, cookie_;
    std::vector<Field> gathered_;
    std::vector<HeaderView> fields_;
    Place method_, scheme_, authority_, path_;
    std::uint64_t seen_ = 0;
    RequestHead head_;
    bool bad_ = false, dpop_seen_ = false;
};

}  // namespace gatehouse::http::internal
