// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "crypto/sealer.h"
#include "mcp/revision.h"

namespace gatehouse::proxy {

/// A runtime's session as clients carry it around: sealed, so that no replica needs to remember it
/// and nobody else can use it (contract.md section 6, requirements H42).
struct Session {
    std::string server, replica, user, client, connection;
    mcp::Revision revision = mcp::Revision::k2025_11_25;
    bool url_elicitation = false;
    Timestamp expires_at;
    std::string runtime_id;
    std::string software;  ///< what the client says it is, for records
};

/// Who presents a session id, and where.
struct SessionHolder {
    std::string_view server, user, client;
};

/// The value for `Mcp-Session-Id`. Nothing when the runtime's id is not one (visible ASCII).
[[nodiscard]] std::optional<std::string> seal_session(const crypto::Sealer& sealer,
                                                      const Session& session);
/// What was sealed here, whosoever it is; nothing for anything else.
[[nodiscard]] std::optional<Session> unseal_session(const crypto::Sealer& sealer,
                                                    std::string_view sealed);
/// It has not expired and belongs to this holder.
[[nodiscard]] bool is_open_to(const Session& session, const SessionHolder& holder, Timestamp now);
/// Both. Nothing for anything but a living session of this holder: they all look the same from
/// outside.
[[nodiscard]] std::optional<Session> open_session(const crypto::Sealer& sealer,
                                                  std::string_view sealed,
                                                  const SessionHolder& holder,
                                                  Timestamp now);

}  // namespace gatehouse::proxy
