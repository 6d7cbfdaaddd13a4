// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/policy_service.h"
#include "http/message.h"
#include "mcp/message.h"
#include "mcp/revision.h"
#include "policy/facts.h"
#include "proxy/route_table.h"
#include "proxy/session_cache.h"
#include "proxy/token_cache.h"
#include "proxy/trace.h"

namespace gatehouse::proxy {

/// What is decided about a message or a call, as recorded. Views live as long as the route.
struct Decision {
    std::string_view effect = "allow", rule, reason;
    std::string_view runtime = {};  ///< the replica that the call goes to, if it goes
};

/// One message of a call, for rules and records.
struct MessageFacts {
    mcp::MessageKind kind = mcp::MessageKind::kRequest;
    policy::ItemKind item_kind = policy::ItemKind::kNone;
    std::string method, item, id;
    std::string arguments;  ///< as recorded
    /// Where the arguments stand in the body.
    std::size_t arguments_at = 0, arguments_size = 0;
    bool odd_arguments = false;  ///< there, and no object
    bool refused = false;        ///< of a batch whose other messages run
    Decision decision;
};

/// The messages of a call, in order. Uses its memory again for the next call.
class MessageList {
  public:
    /// A new last message; its members are empty.
    [[nodiscard]] MessageFacts& add();
    void clear();
    /// Keeps what an answer needs, the kinds and ids, and gives the memory of the rest back.
    void forget_contents();

    [[nodiscard]] auto begin() const { return kept_.begin(); }

    [[nodiscard]] auto end() const { return begin() + static_cast<std::ptrdiff_t>(size_); }

    [[nodiscard]] std::size_t size() const { return size_; }

    [[nodiscard]] bool empty() const { return size_ == 0; }

    [[nodiscard]] const MessageFacts& front() const { return kept_.front(); }

    [[nodiscard]] MessageFacts& operator[](std::size_t i) { return kept_[i]; }

    [[nodiscard]] const MessageFacts& operator[](std::size_t i) const { return kept_[i]; }

    /// How many of them want an answer of the runtime.
    [[nodiscard]] std::size_t requests() const;

  private:
    std::vector<MessageFacts> kept_;
    std::size_t size_ = 0;
};

/// Texts that only records need; most calls have few of them, and a stream at rest none.
struct RecordedTexts {
    std::string software;       ///< the client's name and version as it gives them
    std::string error, result;  ///< of the answer, as they may be recorded
};

/// What a person answered when we asked to connect the account.
enum class Answer : std::uint8_t { kAccepted, kDeclined };

/// A request that comes again with answers (MRTR). The runtime's own parts are JSON text.
struct Retry {
    Answer answer = Answer::kAccepted;
    std::string runtime_state, runtime_responses;
};

/// What the stages find out about a call. Owns its texts: a call may be parked.
struct CallFacts {
    enum class Verb : std::uint8_t { kPost, kGet, kDelete };

    std::shared_ptr<const RouteTable> routes;  ///< keeps `route` alive
    const Route* route = nullptr;
    SharedToken caller;
    std::string page;                ///< the allowed Origin, or empty
    std::string public_path;         ///< as asked, for challenges
    std::string_view public_origin;  ///< the route's
    std::string http_method;
    Verb verb = Verb::kPost;
    Id request_id, trace_id;
    bool continues_trace = false;  ///< the client's traceparent is valid and goes on
    std::shared_ptr<const catalog::PolicyService> service;  ///< to be asked, or null

    bool batch = false;
    bool initialize = false;
    bool url_elicitation = false;  ///< declared by `initialize` or the modern request
    std::string_view accept;       ///< what the runtime reads in Accept; of static storage

    std::unique_ptr<RecordedTexts> texts;
    std::unique_ptr<const Retry> retry;  ///< null: nothing to retry
    std::string body;                    ///< what the runtime gets instead of the client's
    MessageList messages;
    std::optional<mcp::Revision> revision;
    SharedSession session;

    /// Made when they are needed.
    [[nodiscard]] RecordedTexts& recorded();

    [[nodiscard]] std::string_view software() const {
        return texts == nullptr ? std::string_view() : std::string_view(texts->software);
    }

    /// For the next call: everything is as at first, but memory that is not large is kept.
    void clear();
    /// A streamed answer began: gives back what only the way there needed.
    void forget_request();
};

/// The answer to a call that does not run.
struct Refusal {
    http::Response response;
    std::optional<std::int64_t> rpc_code;
    std::optional<bool> is_error;
    std::string_view effect = "deny";
    std::string_view rule, reason;  ///< as recorded
};

/// A refusal whose body is a JSON-RPC error.
[[nodiscard]] Refusal rpc_refusal(int status, const mcp::Fault& fault, std::string_view reason);

}  // namespace gatehouse::proxy
