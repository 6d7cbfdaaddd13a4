// SPDX-License-Identifier: Apache-2.0
#include "oauth/trust_publisher.h"

#include <iterator>

namespace gatehouse::oauth {

TrustPublisher::TrustPublisher(const SigningKeys& keys,
                               ConnectionStore& connections,
                               const Clock& clock,
                               std::chrono::seconds longest_token)
    : keys_(keys),
      connections_(connections),
      clock_(clock),
      longest_token_(longest_token),
      trust_(std::make_shared<const Trust>()) {}

Result<void> TrustPublisher::refresh() {
    std::uint64_t ticket = 0;
    {
        const std::lock_guard lock(mutex_);
        ticket = next_ticket_++;
    }
    const Timestamp now = clock_.now();
    auto connections = connections_.revoked_since(now - longest_token_);
    if (!connections) {
        return std::unexpected(connections.error());
    }
    auto tokens = connections_.revoked_tokens(now);
    if (!tokens) {
        return std::unexpected(tokens.error());
    }
    auto next = std::make_shared<Trust>();
    next->keys = keys_.current()->public_keys;
    next->revoked_connections.insert(std::make_move_iterator(connections->begin()),
                                     std::make_move_iterator(connections->end()));
    next->revoked_tokens.insert(std::make_move_iterator(tokens->begin()),
                                std::make_move_iterator(tokens->end()));

    const std::lock_guard lock(mutex_);
    if (ticket < published_ticket_) {
        return {};  // a refresh that began later has read at least as much
    }
    published_ticket_ = ticket;
    std::erase_if(recent_, [&](const Recent& recent) { return recent.ticket < ticket; });
    for (const Recent& recent : recent_) {
        (recent.kind == Kind::kConnection ? next->revoked_connections : next->revoked_tokens)
            .insert(recent.id);
    }
    trust_.set(std::move(next));
    return {};
}

void TrustPublisher::publish_one(Kind kind, std::string_view id) {
    const std::lock_guard lock(mutex_);
    recent_.push_back({.ticket = next_ticket_++, .kind = kind, .id = std::string(id)});
    auto next = std::make_shared<Trust>(*trust_.get());
    (kind == Kind::kConnection ? next->revoked_connections : next->revoked_tokens).emplace(id);
    trust_.set(std::move(next));
}

Result<bool> TrustPublisher::revoke_connection(std::string_view id) {
    auto revoked = connections_.revoke(id, clock_.now());
    if (revoked && *revoked) {
        publish_one(Kind::kConnection, id);
    }
    return revoked;
}

Result<std::size_t> TrustPublisher::revoke_connections(const ConnectionFilter& filter) {
    auto connections = connections_.list(filter);
    if (!connections) {
        return std::unexpected(connections.error());
    }
    std::size_t count = 0;
    for (const Connection& connection : *connections) {
        auto revoked = revoke_connection(connection.id);
        if (!revoked) {
            return std::unexpected(revoked.error());
        }
        count += *revoked ? 1U : 0U;
    }
    return count;
}

Result<void> TrustPublisher::revoke_token(std::string_view jti, Timestamp expires_at) {
    if (auto revoked = connections_.revoke_token(jti, expires_at); !revoked) {
        return revoked;
    }
    publish_one(Kind::kToken, jti);
    return {};
}

}  // namespace gatehouse::oauth
