// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::grants {

/// The gateway's redirect URI at the server of `profile`, one per profile (G04). It is on the
/// origin that the person's browser is on, so that the leg's cookie comes back with the callback.
[[nodiscard]] inline std::string callback_url(std::string_view origin, std::string_view profile) {
    std::string url(origin);
    url += "/connect/";
    url += profile;
    url += "/callback";
    return url;
}

}  // namespace gatehouse::grants
