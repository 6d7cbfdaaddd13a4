// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "audit/event_log.h"
#include "base/json.h"

namespace gatehouse::admin {

/// What an admin did to one thing, as the API shows it: secrets are fingerprints there already.
struct Change {
    std::string_view action;  ///< "users.add"
    std::string_view kind;    ///< "user"
    std::string id;
    std::optional<json::Object> before, after;  ///< absent: it did not exist
    std::string server, user, client;           ///< what the record can be found by
};

/// Records an `admin.action` with what was and what is.
[[nodiscard]] Result<void> record_change(audit::EventLog& events, Change change);

}  // namespace gatehouse::admin
