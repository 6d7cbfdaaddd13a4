// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string_view>

#include "mcp/error_body.h"

namespace gatehouse::mcp {

enum class MessageKind : std::uint8_t { kRequest, kNotification, kResponse };

/// What `ref` of completion/complete names.
enum class Reference : std::uint8_t {
    kNone,
    kPrompt,
    kResource,
    kUnclear,  ///< of an unknown type, or without the member that its type wants
};

/// What the gateway needs to know of one JSON-RPC message. Views point into the body or the
/// classifier and live until its next `classify`.
struct Message {
    MessageKind kind = MessageKind::kRequest;
    std::string_view method;
    std::string_view id;    ///< JSON text exactly as sent; empty when there is none
    std::string_view item;  ///< the tool, prompt, resource or task that the method names
    Reference reference = Reference::kNone;
    std::string_view arguments;  ///< JSON text of params.arguments, or empty
    bool odd_arguments = false;  ///< params.arguments is neither an object nor null
    /// params.protocolVersion of `initialize`
    std::string_view initialize_version;
    std::string_view client_name, client_version;  ///< params.clientInfo, or that of `_meta`
    std::string_view meta_version;  ///< `_meta`'s io.modelcontextprotocol/protocolVersion
    bool has_meta = false;
    bool has_meta_version = false;
    bool has_meta_capabilities = false;
    bool declares_url_elicitation = false;  ///< capabilities.elicitation.url
    /// What a retry carries (MRTR): JSON text of params.inputResponses, an object;
    /// params.requestState as JSON text, a string.
    std::string_view input_responses, request_state;
};

struct Body {
    bool batch = false;
    std::span<const Message> messages;  ///< at least one; exactly one unless `batch`
};

inline constexpr std::size_t kMaxDepth = 64;
inline constexpr std::size_t kMaxBatch = 100;
/// Bytes that must be readable behind a body.
inline constexpr std::size_t kPadding = 64;

/// Reads request bodies strictly: valid UTF-8, one JSON value and nothing behind it, no byte order
/// mark, no member name twice in any object, bounded depth, JSON-RPC 2.0 (requirements H09, H10).
/// What it accepts means the same to every correct parser behind it. One thread; reused.
class Classifier {
  public:
    Classifier();
    ~Classifier();
    Classifier(const Classifier&) = delete;
    Classifier& operator=(const Classifier&) = delete;
    Classifier(Classifier&&) = delete;
    Classifier& operator=(Classifier&&) = delete;

    /// kPadding bytes behind `body` must be readable. Faults: kParseError, kInvalidRequest.
    [[nodiscard]] std::expected<Body, Fault> classify(std::string_view body);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// True for methods whose modern requests must name the item in `Mcp-Name` (requirements H23).
[[nodiscard]] bool needs_name_header(std::string_view method);

}  // namespace gatehouse::mcp
