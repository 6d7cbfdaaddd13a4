// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace gatehouse::policy {

/// Facts of a past message that nobody kept: a condition on them may have held or not.
struct Blind {
    bool arguments = false;  ///< none of them are known
    std::string_view mask;   ///< a string that stands where a value was taken out, or empty
    bool place = false;      ///< the client's address
};

/// A guess about what is not known: rules that hang on it do not match, but for one.
struct Supposition {
    Blind blind;
    std::optional<std::size_t> matching;       ///< the one
    std::vector<std::size_t>* open = nullptr;  ///< gets the rules that hang on it, if given
};

}  // namespace gatehouse::policy
