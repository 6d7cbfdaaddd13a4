// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::oauth {

/// Which program an unknown client probably is, and how it is made to register again. For people:
/// nothing is decided by it.
struct ClientGuess {
    std::string_view program, remedy;  ///< both empty: no idea
};

/// From where the client wants the browser to go back to, else from the browser itself, as some
/// programs bring their own. Both may be empty, and are anybody's text.
[[nodiscard]] ClientGuess guess_client(std::string_view redirect_uri, std::string_view user_agent);

}  // namespace gatehouse::oauth
