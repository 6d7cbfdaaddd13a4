// SPDX-License-Identifier: Apache-2.0
#include "mcp/headers.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/strings.h"

namespace gatehouse::mcp {
namespace {

constexpr std::string_view kSentinelStart = "=?base64?";
constexpr std::string_view kSentinelEnd = "?=";

using Verdict = std::expected<void, Fault>;

std::unexpected<Fault> refuse(RpcCode code, std::string message, const Message& about) {
    return std::unexpected(
        Fault{.code = code, .message = std::move(message), .id = std::string(about.id)});
}

std::unexpected<Fault> unsupported(std::string_view requested, std::string_view id) {
    return std::unexpected(Fault{.code = RpcCode::kUnsupportedVersion,
                                 .message = "Unsupported protocol version",
                                 .id = std::string(id),
                                 .data = R"({"supported":["2026-07-28"],"requested":)" +
                                         quote(sanitize_text(requested, 64)) + "}"});
}

bool is_clean(std::string_view value) {
    return std::ranges::all_of(value, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte >= 0x20 && byte < 0x7F) || byte == '\t';
    });
}

bool is_sentinel(std::string_view value) {
    return value.starts_with(kSentinelStart) && value.ends_with(kSentinelEnd) &&
           value.size() >= kSentinelStart.size() + kSentinelEnd.size();
}

bool is_plain(std::string_view value) {
    return is_clean(value) && !is_sentinel(value);
}

Verdict check_method(const Message& message, const RoutingHeaders& headers) {
    if (headers.method && trim(*headers.method) != message.method) {
        return refuse(RpcCode::kHeaderMismatch, "Mcp-Method differs from the body", message);
    }
    return {};
}

Verdict check_name(const Message& message, const RoutingHeaders& headers) {
    if (!headers.name || (message.item.empty() && !needs_name_header(message.method))) {
        return {};
    }
    const auto value = trim(*headers.name);
    // Nearly always it is the plain name, and then nothing has to be decoded or copied.
    if (value == message.item && is_plain(value)) {
        return {};
    }
    const auto name = decode_header_value(value);
    if (!name) {
        return refuse(RpcCode::kHeaderMismatch, "Mcp-Name is not encoded correctly", message);
    }
    if (*name != message.item) {
        return refuse(RpcCode::kHeaderMismatch, "Mcp-Name differs from the body", message);
    }
    return {};
}

std::expected<Revision, Fault> agree_modern(const Message& message, const RoutingHeaders& headers) {
    if (message.has_meta_version && !headers.version) {
        return refuse(RpcCode::kHeaderMismatch, "MCP-Protocol-Version is missing", message);
    }
    const auto version = trim(*headers.version);
    if (message.has_meta_version && version != message.meta_version) {
        return refuse(RpcCode::kHeaderMismatch, "MCP-Protocol-Version differs from the body",
                      message);
    }
    const auto revision = parse_revision(version);
    if (!revision || !is_modern(*revision)) {
        return unsupported(version, message.id);
    }
    // Notifications carry no metadata of their own (H21 speaks of requests).
    if (message.kind == MessageKind::kRequest &&
        (!message.has_meta_version || !message.has_meta_capabilities)) {
        return refuse(RpcCode::kInvalidParams,
                      "params._meta lacks the protocol version or the client's capabilities",
                      message);
    }
    if (message.kind == MessageKind::kRequest && !headers.method) {
        return refuse(RpcCode::kHeaderMismatch, "Mcp-Method is missing", message);
    }
    if (message.kind == MessageKind::kRequest && !headers.name &&
        needs_name_header(message.method)) {
        return refuse(RpcCode::kHeaderMismatch, "Mcp-Name is missing", message);
    }
    return *revision;
}

bool speaks_modern(const Message& message, const RoutingHeaders& headers) {
    if (message.has_meta_version) {
        return true;
    }
    const auto named = headers.version ? parse_revision(trim(*headers.version)) : std::nullopt;
    return named && is_modern(*named);
}

std::expected<Revision, Fault> agree_legacy(const Message& message,
                                            const RoutingHeaders& headers,
                                            std::optional<Revision> session) {
    if (message.method == "initialize") {
        // The handshake negotiates: what the client asks for may well be unknown to us.
        return parse_revision(message.initialize_version).value_or(Revision::k2025_11_25);
    }
    auto revision = revision_of(headers.version, session);
    if (!revision) {
        revision.error().id = message.id;
    }
    return revision;
}

}  // namespace

std::optional<std::string> decode_header_value(std::string_view value) {
    if (!is_clean(value)) {
        return std::nullopt;
    }
    if (!is_sentinel(value)) {
        return std::string(value);
    }
    value.remove_prefix(kSentinelStart.size());
    value.remove_suffix(kSentinelEnd.size());
    auto decoded = base64_decode(value);
    return decoded && is_valid_utf8(*decoded) ? decoded : std::nullopt;
}

std::expected<Revision, Fault> revision_of(std::optional<std::string_view> version,
                                           std::optional<Revision> session) {
    if (!version) {
        return session.value_or(Revision::k2025_03_26);
    }
    if (const auto revision = parse_revision(trim(*version))) {
        return *revision;
    }
    return unsupported(trim(*version), {});
}

std::expected<Revision, Fault> agree(const Body& body,
                                     const RoutingHeaders& headers,
                                     std::optional<Revision> session) {
    const Message& message = body.messages.front();
    if (body.batch) {
        const auto revision = revision_of(headers.version, session);
        const bool modern = std::ranges::any_of(body.messages, &Message::has_meta_version);
        // Header fields that name one method or item cannot agree with several.
        const bool names_one = headers.method.has_value() || headers.name.has_value();
        if (revision && *revision == Revision::k2025_03_26 && !modern && !names_one) {
            return revision;
        }
        return std::unexpected(
            Fault{.code = RpcCode::kInvalidRequest,
                  .message = "Invalid request: batches are part of 2025-03-26 only"});
    }
    if (auto good = check_method(message, headers);
        !good && message.kind != MessageKind::kResponse) {
        return std::unexpected(std::move(good.error()));
    }
    if (auto good = check_name(message, headers); !good) {
        return std::unexpected(std::move(good.error()));
    }
    return speaks_modern(message, headers) ? agree_modern(message, headers)
                                           : agree_legacy(message, headers, session);
}

}  // namespace gatehouse::mcp
