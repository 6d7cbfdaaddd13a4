// SPDX-License-Identifier: Apache-2.0
#include "oauth/trust_publisher.h"

#include <algorithm>
#include <iterator>

namespace gatehouse::oauth {
namespace {

constexpr std::chrono::hours kReadAgain{1};

std::shared_ptr<const AccessToken> to_access_token(PersonalToken& token) {
    Connection& connection = token.connection;
    return std::make_shared<const AccessToken>(
        AccessToken{.subject = std::move(connection.user_id),
                    .client_id = std::string(kPersonalTokenClient),
                    .connection = connection.id,
                    .token_id = connection.id,
                    .scopes = std::move(connection.scopes),
                    .expires_at = to_unix_seconds(connection.expires_at),
                    .personal = std::make_shared<const PersonalLimits>(PersonalLimits{
                        .server = std::move(connection.server), .tools = std::move(token.tools)})});
}

bool holds_revoked(const PersonalTokens& tokens, const Trust& trust) {
    return !trust.revoked_connections.empty() &&
           std::ranges::any_of(tokens.by_digest, [&](const auto& known) {
               return trust.revoked_connections.contains(known.second->connection);
           });
}

}  // namespace

TrustPublisher::TrustPublisher(const SigningKeys& keys,
                               ConnectionStore& connections,
                               PersonalTokenStore& personal_tokens,
                               const Clock& clock,
                               std::chrono::seconds longest_token)
    : keys_(keys),
      connections_(connections),
      personal_tokens_(personal_tokens),
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
    auto personal = read_personal(*next);
    if (!personal) {
        return std::unexpected(personal.error());
    }
    next->personal = *std::move(personal);

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

/// As they were, unless there are new ones or one must go: revocations are forgotten in the end,
/// and a token that nobody removed by then would live again. Where nothing could be read for long,
/// one may have come and been forgotten meanwhile.
Result<std::shared_ptr<const PersonalTokens>> TrustPublisher::read_personal(const Trust& next) {
    const auto before = trust_.get();
    const auto known = before->personal;
    const Timestamp now = clock_.now();
    const auto version = personal_tokens_.version();
    if (!version) {
        return std::unexpected(version.error());
    }
    if (known->version == *version && now - known->read_at < kReadAgain &&
        !holds_revoked(*known, *before) && !holds_revoked(*known, next)) {
        return known;
    }
    auto living = personal_tokens_.living({}, now);
    if (!living) {
        return std::unexpected(living.error());
    }
    auto tokens = std::make_shared<PersonalTokens>();
    tokens->version = *version;
    tokens->generation = ++generation_;
    tokens->read_at = now;
    for (PersonalToken& token : *living) {
        const auto same = known->by_digest.find(token.digest);
        auto entry = same != known->by_digest.end() ? same->second : to_access_token(token);
        tokens->by_digest.emplace(std::move(token.digest), std::move(entry));
    }
    return tokens;
}

void TrustPublisher::publish(Kind kind, const std::vector<std::string>& ids) {
    if (ids.empty()) {
        return;
    }
    const std::lock_guard lock(mutex_);
    auto next = std::make_shared<Trust>(*trust_.get());
    auto& revoked = kind == Kind::kConnection ? next->revoked_connections : next->revoked_tokens;
    for (const std::string& id : ids) {
        recent_.push_back({.ticket = next_ticket_, .kind = kind, .id = id});
        revoked.insert(id);
    }
    ++next_ticket_;
    trust_.set(std::move(next));
}

Result<bool> TrustPublisher::revoke_connection(std::string_view id) {
    const auto count = revoke_all({std::string(id)});
    if (!count) {
        return std::unexpected(count.error());
    }
    return *count == 1;
}

Result<std::size_t> TrustPublisher::revoke_all(const std::vector<std::string>& ids) {
    std::vector<std::string> revoked;
    Result<void> failure;
    for (const std::string& id : ids) {
        const auto done = connections_.revoke(id, clock_.now());
        if (!done) {
            failure = std::unexpected(done.error());
            break;
        }
        if (*done) {
            revoked.push_back(id);
        }
    }
    publish(Kind::kConnection, revoked);
    if (!failure) {
        return std::unexpected(failure.error());
    }
    return revoked.size();
}

Result<std::size_t> TrustPublisher::revoke_connections(const ConnectionFilter& filter) {
    const auto connections = connections_.list(filter);
    if (!connections) {
        return std::unexpected(connections.error());
    }
    std::vector<std::string> ids;
    for (const Connection& connection : *connections) {
        ids.push_back(connection.id);
    }
    return revoke_all(ids);
}

Result<void> TrustPublisher::revoke_token(std::string_view jti, Timestamp expires_at) {
    if (auto revoked = connections_.revoke_token(jti, expires_at); !revoked) {
        return revoked;
    }
    publish(Kind::kToken, {std::string(jti)});
    return {};
}

}  // namespace gatehouse::oauth
