// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <utility>

#include "base/json.h"
#include "crypto/random.h"
#include "grants/connector.h"
#include "grants/scopes.h"
#include "telemetry/log.h"

namespace gatehouse::grants {
namespace {

GrantSummary summarize(const Grant& grant) {
    return {.id = grant.id,
            .user_id = grant.user_id,
            .server = grant.server,
            .profile = grant.profile,
            .account_subject = grant.account_subject,
            .account_email = grant.account_email,
            .scopes = grant.scopes,
            .state = grant.state,
            .renewable = grant.renewable,
            .created_at = grant.created_at,
            .updated_at = grant.updated_at,
            .expires_at = grant.token_expires_at};
}

}  // namespace

Result<bool> Connector::has_grant(std::string_view user_id,
                                  std::string_view server_name,
                                  const std::vector<std::string>& scopes) {
    const auto catalog = parts_.catalog.get();
    const auto* server = catalog->find_server(server_name);
    const auto* profile = server == nullptr ? nullptr : catalog->find_profile(server->profile);
    if (profile == nullptr) {
        return false;
    }
    const auto grant = parts_.grants.find(user_id, server_name);
    if (!grant) {
        return grant.error().code == ErrorCode::kNotFound ? Result<bool>(false)
                                                          : std::unexpected(grant.error());
    }
    const bool alive = grant->renewable || grant->token_expires_at > parts_.clock.now();
    if (grant->state != GrantState::kActive || !alive || grant->profile != profile->name ||
        grant->issuer != profile->issuer || !covers(*server, grant->scopes, scopes)) {
        return false;
    }
    const auto client = parts_.clients.of_generation(*profile, grant->client_generation);
    if (!client && client.error().code != ErrorCode::kNotFound) {
        return std::unexpected(client.error());
    }
    return client.has_value();
}

Result<void> Connector::record(std::string_view name, const Grant& grant) {
    return parts_.events.record({.name = std::string(name),
                                 .server = grant.server,
                                 .user = grant.user_id,
                                 .detail = {{"profile", grant.profile},
                                            {"account", grant.account_subject},
                                            {"scopes", json::to_array(grant.scopes)}}});
}

Result<void> Connector::adopt(std::string_view pending_grant, std::string_view user_id) {
    const auto pending = parts_.legs.find_pending(pending_grant);
    if (!pending) {
        return std::unexpected(pending.error());
    }
    const Timestamp now = parts_.clock.now();
    if (pending->expires_at <= now) {
        return fail(ErrorCode::kNotFound, "this connection attempt is over");
    }
    const auto earlier = parts_.grants.find(user_id, pending->server);
    if (!earlier && earlier.error().code != ErrorCode::kNotFound) {
        return std::unexpected(earlier.error());
    }
    const bool same_profile =
        earlier && earlier->profile == pending->profile && earlier->issuer == pending->issuer;
    if (same_profile && !earlier->account_subject.empty() && !pending->account_subject.empty() &&
        earlier->account_subject != pending->account_subject) {
        return fail(ErrorCode::kConflict, "another account is connected; disconnect it first",
                    "server " + pending->server);
    }
    const auto tokens = parts_.vault.open(pending->sealed, {.server = pending->server,
                                                            .profile = pending->profile,
                                                            .user = Owner::pending(pending->id)});
    if (!tokens) {
        return std::unexpected(tokens.error());
    }
    // Versions never repeat, not even after a disconnect: proxies compare them.
    const auto fresh = static_cast<std::uint64_t>(to_unix_millis(now));
    const Grant grant{
        .id = crypto::random_token(16),
        .user_id = std::string(user_id),
        .server = pending->server,
        .profile = pending->profile,
        .issuer = pending->issuer,
        .client_generation = pending->client_generation,
        .scopes = pending->scopes,
        .sealed = parts_.vault.seal(
            *tokens, {.server = pending->server, .profile = pending->profile, .user = user_id}),
        .renewable = pending->renewable,
        .account_subject = pending->account_subject,
        .account_email = pending->account_email,
        .obtained_at = pending->obtained_at,
        .token_expires_at = pending->token_expires_at,
        .created_at = now,
        .updated_at = now,
        .version = earlier ? std::max(earlier->version + 1, fresh) : fresh};
    // Before the fact: a grant that the journal does not know must not come to be.
    if (auto recorded = record("grant.connected", grant); !recorded) {
        return recorded;
    }
    return parts_.grants.adopt(pending->id, grant);
}

void Connector::revoke(std::string_view profile_name,
                       std::string_view generation,
                       const oidc::Tokens& tokens) {
    const auto catalog = parts_.catalog.get();
    const auto* profile = catalog->find_profile(profile_name);
    if (profile == nullptr) {
        return;
    }
    const auto provider = parts_.providers.provider_of(*profile);
    const auto client = parts_.clients.of_generation(*profile, generation);
    if (provider && client) {
        parts_.tokens.revoke({.profile = *profile, .provider = *provider, .client = *client},
                             tokens);
    }
}

void Connector::forget(const PendingGrant& pending) {
    const auto removed = parts_.legs.remove_pending(pending.id);
    // Whoever removed it has its tokens now.
    if (!removed || !*removed) {
        return;
    }
    const auto tokens = parts_.vault.open(
        pending.sealed,
        {.server = pending.server, .profile = pending.profile, .user = Owner::pending(pending.id)});
    if (tokens) {
        revoke(pending.profile, pending.client_generation, *tokens);
    }
}

void Connector::discard(std::string_view pending_grant) {
    if (const auto pending = parts_.legs.find_pending(pending_grant)) {
        forget(*pending);
    }
}

Result<void> Connector::disconnect(std::string_view user_id, std::string_view server) {
    const auto found = parts_.grants.find(user_id, server);
    const auto grant = found ? parts_.grants.remove(found->id) : found;
    if (!grant) {
        return grant.error().code == ErrorCode::kNotFound ? Result<void>{}
                                                          : std::unexpected(grant.error());
    }
    if (const auto recorded = record("grant.revoked", *grant); !recorded) {
        telemetry::error("grants", "disconnect not recorded: {}", describe(recorded.error()));
    }
    const auto tokens = parts_.vault.open(
        grant->sealed,
        {.server = grant->server, .profile = grant->profile, .user = grant->user_id});
    if (tokens) {
        revoke(grant->profile, grant->client_generation, *tokens);
    }
    return {};
}

Result<std::vector<GrantSummary>> Connector::list(const GrantFilter& filter) {
    const auto grants = parts_.grants.list(filter);
    if (!grants) {
        return std::unexpected(grants.error());
    }
    std::vector<GrantSummary> summaries;
    std::ranges::transform(*grants, std::back_inserter(summaries), summarize);
    return summaries;
}

void Connector::tidy() {
    constexpr std::size_t kAtOnce = 100;
    const Timestamp now = parts_.clock.now();
    if (const auto done = parts_.legs.remove_expired(now); !done) {
        telemetry::warn("grants", "old legs not removed: {}", describe(done.error()));
    }
    const auto expired = parts_.legs.expired_pending(now, kAtOnce);
    for (const PendingGrant& pending : expired.value_or(std::vector<PendingGrant>{})) {
        forget(pending);
    }
}

}  // namespace gatehouse::grants
