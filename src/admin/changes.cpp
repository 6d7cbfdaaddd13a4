// SPDX-License-Identifier: Apache-2.0
#include "admin/changes.h"

#include <utility>

namespace gatehouse::admin {

Result<void> record_change(audit::EventLog& events, Change change) {
    json::Object detail{{"action", change.action}, {"kind", change.kind}, {"id", change.id}};
    if (change.before) {
        detail["before"] = *std::move(change.before);
    }
    if (change.after) {
        detail["after"] = *std::move(change.after);
    }
    return events.record({.name = "admin.action",
                          .server = std::move(change.server),
                          .user = std::move(change.user),
                          .client = std::move(change.client),
                          .detail = std::move(detail)});
}

}  // namespace gatehouse::admin
