// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::policy {

/// A pattern over the whole of a text: `*` stands for any characters, `?` for one (a code point of
/// UTF-8). Time is linear in the text for each piece between stars.
class Glob {
  public:
    explicit Glob(std::string_view pattern);

    [[nodiscard]] static bool is_glob(std::string_view text) {
        return text.find_first_of("*?") != std::string_view::npos;
    }

    [[nodiscard]] bool matches(std::string_view text) const;

  private:
    std::vector<std::string> pieces_;  ///< between stars, in order
    bool open_start_ = false, open_end_ = false;
};

}  // namespace gatehouse::policy
