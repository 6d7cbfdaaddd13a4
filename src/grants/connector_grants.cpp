// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <utility>

#include "base/json.h"
#include "base/units.h"
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

/// Whether it lives downstream, too, only its next refresh can tell; what is known here is enough,
/// as a refusal there ends it.
bool Connector::stays(const Grant& earlier, const PendingGrant& pending) {
    const auto catalog = parts_.catalog.get();
    const auto* server = catalog->find_server(pending.server);
    const bool same_account =
        earlier.account_subject == pending.account_subject && !pending.account_subject.empty();
    const bool lasts = earlier.renewable || earlier.token_expires_at == Timestamp::max();
    if (server == nullptr || !same_account || !lasts ||
        !is_wider(*server, earlier.scopes, pending.scopes)) {
        return false;
    }
    const auto usable = has_grant(earlier.user_id, earlier.server, pending.scopes);
    return usable && *usable;
}

Result<std::string> Connector::keep_key(std::string_view server_name, const Secret& key) {
    constexpr std::size_t kMaxKey = 8192;
    const auto catalog = parts_.catalog.get();
    const auto* server = catalog->find_server(server_name);
    const auto* profile = server == nullptr ? nullptr : catalog->find_profile(server->profile);
    if (profile == nullptr || !profile->key.wanted) {
        return fail(ErrorCode::kNotFound, "this server wants no key");
    }
    const std::string_view text = key.reveal();
    if (text.empty() || text.size() > kMaxKey ||
        !std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; })) {
        return fail(ErrorCode::kInvalid, "the key holds characters that no key has");
    }
    const auto client = parts_.clients.current(*profile, {});
    if (!client) {
        return std::unexpected(client.error());
    }
    const Timestamp now = parts_.clock.now();
    const auto ttl = profile->default_token_ttl;
    PendingGrant pending{.id = crypto::random_token(24),
                         .server = server->name,
                         .profile = profile->name,
                         .issuer = profile->issuer,
                         .client_generation = client->generation,
                         .scopes = server->scopes,
                         .obtained_at = now,
                         .token_expires_at = ttl.count() > 0 ? now + ttl : Timestamp::max(),
                         .expires_at = now + std::chrono::minutes{10}};
    pending.sealed = parts_.vault.seal(
        {.access = key, .refresh = {}},
        {.server = pending.server, .profile = pending.profile, .user = Owner::pending(pending.id)});
    if (auto kept = parts_.legs.insert_pending(pending); !kept) {
        return std::unexpected(kept.error());
    }
    return pending.id;
}

Result<GrantSummary> Connector::summary_of(std::string_view user_id, std::string_view server) {
    const auto grant = parts_.grants.find(user_id, server);
    return grant ? Result<GrantSummary>(summarize(*grant)) : std::unexpected(grant.error());
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
    if (same_profile && stays(*earlier, *pending)) {
        // Not revoked: many servers would end the other authorization of this person with it.
        const auto dropped = parts_.legs.remove_pending(pending->id);
        return dropped ? Result<void>{} : std::unexpected(dropped.error());
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
    auto adopted = parts_.grants.adopt(pending->id, grant);
    if (adopted && earlier) {
        parts_.ended.publish(user_id, pending->server, earlier->version);
    }
    return adopted;
}

void Connector::forget(const PendingGrant& pending) {
    const auto tokens = parts_.vault.open(
        pending.sealed,
        {.server = pending.server, .profile = pending.profile, .user = Owner::pending(pending.id)});
    const auto removed = parts_.legs.remove_pending(pending.id);
    // Whoever removed it has its tokens now.
    if (!removed || !*removed || !tokens) {
        return;
    }
    const Revocation revocation =
        parts_.revoker.prepare({.server = pending.server,
                                .profile = pending.profile,
                                .client_generation = pending.client_generation},
                               *tokens);
    if (const auto kept = parts_.revoker.store().insert(revocation); !kept) {
        telemetry::warn("grants", "a revocation is not kept: {}", describe(kept.error()));
    }
    parts_.revoker.settle(revocation);
}

void Connector::discard(std::string_view pending_grant) {
    if (const auto pending = parts_.legs.find_pending(pending_grant)) {
        forget(*pending);
    }
}

Result<void> Connector::disconnect(std::string_view user_id, std::string_view server) {
    constexpr int kRounds = 5;
    // A refresh may put other tokens in their place meanwhile; those must go, too.
    for (int round = 0; round < kRounds; ++round) {
        const auto grant = parts_.grants.find(user_id, server);
        if (!grant) {
            return grant.error().code == ErrorCode::kNotFound ? Result<void>{}
                                                              : std::unexpected(grant.error());
        }
        const auto tokens = parts_.vault.open(
            grant->sealed,
            {.server = grant->server, .profile = grant->profile, .user = grant->user_id});
        const Revocation revocation =
            tokens ? parts_.revoker.prepare({.server = grant->server,
                                             .profile = grant->profile,
                                             .client_generation = grant->client_generation},
                                            *tokens)
                   : Revocation{};
        const auto removed = parts_.grants.remove(grant->id, grant->version, revocation);
        if (!removed) {
            return std::unexpected(removed.error());
        }
        if (!*removed) {
            continue;
        }
        parts_.ended.publish(user_id, server, grant->version);
        if (const auto recorded = record("grant.revoked", *grant); !recorded) {
            telemetry::error("grants", "disconnect not recorded: {}", describe(recorded.error()));
        }
        parts_.revoker.settle(revocation);
        return {};
    }
    return fail(ErrorCode::kUnavailable, "the grant keeps changing");
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
    parts_.revoker.retry_due();
    announce_endings();
}

void Connector::announce_endings() {
    constexpr std::chrono::hours kNotice{72};
    const auto ending = parts_.grants.take_expiring(parts_.clock.now(), kNotice);
    for (const Grant& grant : ending.value_or(std::vector<Grant>{})) {
        const auto recorded =
            parts_.events.record({.name = "grant.expiring",
                                  .server = grant.server,
                                  .user = grant.user_id,
                                  .detail = {{"profile", grant.profile},
                                             {"ends_at", format_time(grant.token_expires_at)}}});
        if (!recorded) {
            telemetry::warn("grants", "an ending grant was not announced: {}",
                            describe(recorded.error()));
        }
    }
}

}  // namespace gatehouse::grants
