// SPDX-License-Identifier: Apache-2.0
#include "oauth/connect_link.h"

#include "base/encoding.h"
#include "base/strings.h"
#include "crypto/digest.h"

namespace gatehouse::oauth {
namespace {

constexpr std::string_view kContext = "connect-link";
constexpr std::size_t kMaxId = 2048;

}  // namespace

std::string ConnectLinks::make(std::string_view user_id, const catalog::Server& server) const {
    std::string plain = std::to_string(to_unix_seconds(clock_.now() + kLife));
    plain += '\n';
    plain += server.name;
    plain += '\n';
    plain += user_id;
    return server.origin + "/connect/" + percent_encode(server.name) +
           "?e=" + base64url_encode(sealer_.seal(plain, kContext));
}

std::optional<ConnectLinks::Link> ConnectLinks::open(std::string_view id,
                                                     std::string_view server) const {
    const auto box = id.size() <= kMaxId ? base64url_decode(id) : std::nullopt;
    if (!box) {
        return std::nullopt;
    }
    const auto plain = sealer_.open(*box, kContext);
    if (!plain) {
        return std::nullopt;
    }
    const auto fields = split(plain->reveal(), '\n');
    const auto seconds = fields.size() == 3 ? parse_uint(fields[0]) : std::nullopt;
    if (!seconds || fields[1] != server || fields[2].empty()) {
        return std::nullopt;
    }
    Link link{.user_id = std::string(fields[2]),
              .server = std::string(fields[1]),
              .digest = crypto::token_digest(id),
              .expires_at = Timestamp{std::chrono::seconds{static_cast<std::int64_t>(*seconds)}}};
    return link.expires_at > clock_.now() ? std::optional(std::move(link)) : std::nullopt;
}

}  // namespace gatehouse::oauth
