// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "http/client.h"

namespace gatehouse::runtimes {

/// Where a runtime is, and what every request to it carries.
struct Peer {
    std::string url;
    http::Headers headers;
    std::chrono::milliseconds timeout{10'000};  ///< of each request
};

/// What a handshake told.
struct Hello {
    std::string revision;                ///< spoken from now on
    std::vector<std::string> revisions;  ///< that the peer says it speaks
    std::string name, version;
    bool sessions = false;
};

/// A blocking client of one MCP server, for whatever asks on its own behalf: the probe and the
/// command line. One thread. The peer is not trusted: answers are bounded and read strictly.
class McpClient {
  public:
    enum class Era : std::uint8_t {
        kModern,  ///< 2026-07-28, by server/discover
        kLegacy,  ///< by initialize, at most 2025-11-25
    };

    /// kUnauthorized when the peer wants (other) credentials; kNotFound when it does not know the
    /// handshake of this era; kPeer for nonsense; as http::Client otherwise.
    [[nodiscard]] static Result<McpClient> connect(http::Client& client, Peer peer, Era era);

    [[nodiscard]] const Hello& hello() const { return hello_; }

    /// The JSON-RPC response as it came; an error in it is an answer. Errors as `connect`, and
    /// kForbidden for a scope that the token lacks.
    [[nodiscard]] Result<std::string> ask(std::string_view method, json::Object params);

    /// Ends the session, if there is one.
    void close();

  private:
    McpClient(http::Client& client, Peer peer, Era era)
        : client_(&client), peer_(std::move(peer)), era_(era) {}

    [[nodiscard]] Result<void> discover();
    [[nodiscard]] Result<void> initialize();
    [[nodiscard]] http::ClientRequest make_request(std::string_view method,
                                                   const json::Object& params,
                                                   std::string_view id) const;
    [[nodiscard]] Result<std::string> send(std::string_view method, json::Object params);

    http::Client* client_;
    Peer peer_;
    Era era_;
    Hello hello_;
    std::string session_;
    std::uint64_t next_id_ = 1;
};

/// `result` of a JSON-RPC response; kPeer with the error's message when it holds an error.
[[nodiscard]] Result<json::Object> result_of(std::string_view response);

/// True when a GET of the URL opens the event stream of 2024-11-05.
[[nodiscard]] bool offers_sse_endpoint(http::Client& client, const Peer& peer);

}  // namespace gatehouse::runtimes
