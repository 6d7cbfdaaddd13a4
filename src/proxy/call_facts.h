// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/message.h"
#include "mcp/message.h"
#include "mcp/revision.h"
#include "proxy/route_table.h"
#include "proxy/session_id.h"
#include "proxy/token_cache.h"

namespace gatehouse::proxy {

/// One message of a call, for its record.
struct MessageFacts {
    mcp::MessageKind kind = mcp::MessageKind::kRequest;
    std::string method, item, id, arguments;
};

/// What the stages find out about a call. Owns its texts: a call may be parked.
struct CallFacts {
    enum class Verb : std::uint8_t { kPost, kGet, kDelete };

    std::shared_ptr<const RouteTable> routes;  ///< keeps `route` alive
    const Route* route = nullptr;
    SharedToken caller;
    std::string page;         ///< the allowed Origin, or empty
    std::string public_path;  ///< as asked, for challenges
    std::string public_origin;
    std::string http_method;
    Verb verb = Verb::kPost;
    std::string request_id, trace_id, traceparent;
    bool continues_trace = false;

    bool batch = false;
    bool initialize = false;
    bool url_elicitation = false;  ///< declared by `initialize`
    std::vector<MessageFacts> messages;
    std::optional<mcp::Revision> revision;
    std::optional<Session> session;
    std::string sealed_session;  ///< as presented, when `session` is there
};

/// The answer to a call that does not run.
struct Refusal {
    http::Response response;
    std::optional<std::int64_t> rpc_code;
    std::string_view effect = "deny";
    std::string_view rule, reason;  ///< as recorded
};

/// A refusal whose body is a JSON-RPC error.
[[nodiscard]] Refusal rpc_refusal(int status, const mcp::Fault& fault, std::string_view reason);

}  // namespace gatehouse::proxy
