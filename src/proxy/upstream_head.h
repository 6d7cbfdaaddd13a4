// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "grants/grant_broker.h"
#include "http/exchange.h"
#include "proxy/head_buffer.h"
#include "proxy/route_table.h"

namespace gatehouse::proxy {

/// What the gateway puts into a request besides what the client sent. Empty members are left out.
struct Additions {
    std::string_view accept;
    std::string_view session_id;  ///< the runtime's own
    std::string_view request_id, traceparent;
    bool keep_tracestate = false;  ///< the client's traceparent was valid
    bool keep_last_event_id = false;
    const grants::DownstreamToken* token = nullptr;
    std::string_view identity;  ///< lines of IdentityFields
    std::size_t body_size = 0;
};

/// Writes the head that the runtime receives (requirements H03, H04; contract.md section 6): of the
/// client's fields everything but credentials, hop-by-hop and proxy fields, fields that would make
/// another request of it, and whatever name the gateway itself uses, in any spelling.
void build_upstream_head(HeadBuffer& out,
                         const http::RequestHead& request,
                         const Route& route,
                         const Replica& replica,
                         const Additions& additions);

/// A query without its `access_token` parameters (requirements A14).
[[nodiscard]] std::string strip_access_token(std::string_view query);

}  // namespace gatehouse::proxy
