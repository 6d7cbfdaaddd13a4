// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "http/exchange.h"

namespace gatehouse::proxy {

/// A field's name in lower case, and `_` as `-`: names are compared like this before they are
/// dropped, because some servers behind us treat both alike.
class NormalName {
  public:
    explicit NormalName(std::string_view name);

    [[nodiscard]] std::string_view view() const {
        return long_.empty() ? std::string_view(short_.data(), size_) : long_;
    }

    /// What the field is, also when it was spelled with `_`.
    [[nodiscard]] http::HeaderId id() const { return id_; }

  private:
    std::array<char, 64> short_;
    std::size_t size_ = 0;
    std::string long_;  ///< a name that does not fit
    http::HeaderId id_ = http::HeaderId::kOther;
};

/// The names listed in a message's Connection fields: those fields belong to that connection only
/// (RFC 9110 section 7.6.1). Fields that say what the body is, or that the gateway judged, are
/// never among them: a sender must not list them, and dropping them would change the message.
class HopByHop {
  public:
    explicit HopByHop(std::span<const http::HeaderView> headers);

    [[nodiscard]] bool any() const { return any_; }

    /// `name` as NormalName gives it.
    [[nodiscard]] bool names(std::string_view name) const;

  private:
    std::span<const http::HeaderView> headers_;
    bool any_ = false;
};

}  // namespace gatehouse::proxy
