// SPDX-License-Identifier: Apache-2.0
#include "proxy/session_id.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/strings.h"

namespace gatehouse::proxy {
namespace {

constexpr std::size_t kMaxRuntimeId = 1024;
constexpr std::size_t kMaxSealed = 8192;
constexpr char kSeparator = '\n';
constexpr std::string_view kContext = "mcp-session";

bool is_session_id(std::string_view text) {
    return !text.empty() && text.size() <= kMaxRuntimeId &&
           std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

std::optional<std::string> seal_session(const crypto::Sealer& sealer, const Session& session) {
    if (!is_session_id(session.runtime_id)) {
        return std::nullopt;
    }
    const std::array<std::string, 10> fields{session.server,
                                             session.replica,
                                             session.user,
                                             session.client,
                                             session.connection,
                                             std::string(mcp::revision_name(session.revision)),
                                             session.url_elicitation ? "1" : "0",
                                             std::to_string(to_unix_seconds(session.expires_at)),
                                             session.runtime_id,
                                             session.software};
    std::string plain;
    for (const auto& field : fields) {
        // A separator inside a field would let one field pass for two.
        if (field.contains(kSeparator)) {
            return std::nullopt;
        }
        plain += field;
        plain += kSeparator;
    }
    plain.pop_back();
    return base64url_encode(sealer.seal(plain, kContext));
}

std::optional<Session> unseal_session(const crypto::Sealer& sealer, std::string_view sealed) {
    if (sealed.size() > kMaxSealed) {
        return std::nullopt;
    }
    const auto box = base64url_decode(sealed);
    if (!box) {
        return std::nullopt;
    }
    const auto plain = sealer.open(*box, kContext);
    if (!plain) {
        return std::nullopt;
    }
    const auto fields = split(plain->reveal(), kSeparator);
    // Ids of an earlier version have one field less.
    if (fields.size() != 9 && fields.size() != 10) {
        return std::nullopt;
    }
    const auto revision = mcp::parse_revision(fields[5]);
    const auto expires_at = parse_uint(fields[7]);
    if (!revision || !expires_at) {
        return std::nullopt;
    }
    return Session{
        .server = std::string(fields[0]),
        .replica = std::string(fields[1]),
        .user = std::string(fields[2]),
        .client = std::string(fields[3]),
        .connection = std::string(fields[4]),
        .revision = *revision,
        .url_elicitation = fields[6] == "1",
        .expires_at = Timestamp{std::chrono::seconds{static_cast<std::int64_t>(*expires_at)}},
        .runtime_id = std::string(fields[8]),
        .software = fields.size() == 10 ? std::string(fields[9]) : std::string()};
}

bool is_open_to(const Session& session, const SessionHolder& holder, Timestamp now) {
    return session.expires_at > now && session.server == holder.server &&
           session.user == holder.user && session.client == holder.client;
}

std::optional<Session> open_session(const crypto::Sealer& sealer,
                                    std::string_view sealed,
                                    const SessionHolder& holder,
                                    Timestamp now) {
    auto session = unseal_session(sealer, sealed);
    return session && is_open_to(*session, holder, now) ? session : std::nullopt;
}

}  // namespace gatehouse::proxy
