// SPDX-License-Identifier: Apache-2.0
#include "grants/broker.h"

#include <algorithm>
#include <condition_variable>
#include <utility>
#include <vector>

#include "base/pause.h"
#include "base/strings.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "grants/exchange.h"
#include "grants/scopes.h"
#include "telemetry/log.h"

namespace gatehouse::grants {
namespace {

constexpr std::chrono::milliseconds kPatience{20'000};
constexpr std::chrono::seconds kLeaseTime{30};
constexpr std::chrono::milliseconds kLeasePoll{50};
constexpr int kLeasePolls = 200;
constexpr std::size_t kMaxParked = 10'000;
constexpr int kForcedPerMinute = 5;

std::string key_of(const Grant& grant) {
    return grant.user_id + ' ' + grant.server;
}

std::string issuer_key(const Grant& grant) {
    return grant.issuer.empty() ? "profile " + grant.profile : grant.issuer;
}

// Differs from grant to grant, stays the same from call to call.
std::chrono::milliseconds jitter(const Grant& grant, std::chrono::milliseconds most) {
    const std::string hash = crypto::sha256(grant.id + std::to_string(grant.version));
    return most * static_cast<unsigned char>(hash.front()) / 256;
}

Timestamp refresh_time(const Grant& grant, const catalog::Profile& profile) {
    if (grant.token_expires_at == Timestamp::max() || !grant.renewable) {
        return grant.token_expires_at;
    }
    // A token that lives shorter than the margin would otherwise be refreshed by every call.
    const auto lifetime = grant.token_expires_at - grant.obtained_at;
    const std::chrono::milliseconds before =
        std::min<std::chrono::milliseconds>(profile.refresh_before, lifetime / 2);
    return grant.token_expires_at - before - jitter(grant, before / 10);
}

}  // namespace

/// A grant, opened, with the configuration that it is judged by.
struct Broker::Held {
    std::shared_ptr<const catalog::Catalog> catalog;
    const catalog::Profile* profile = nullptr;
    const catalog::Server* server = nullptr;
    Grant grant;
    oidc::Tokens tokens;
    Timestamp refresh_at;
    bool too_wide = false;

    /// Another exchange of the person's sign-in brings another token.
    [[nodiscard]] bool exchanges() const {
        return profile->exchange != catalog::ExchangeSubject::kNone;
    }

    /// The runtime may have it.
    [[nodiscard]] bool serves(Timestamp now, Rejected rejected) const {
        return !too_wide && now < grant.token_expires_at && grant.version != rejected;
    }

    [[nodiscard]] DownstreamToken token(Timestamp ask_again) const {
        return {.value = tokens.access,
                .expires_at = grant.token_expires_at,
                .refresh_at = std::min(ask_again, grant.token_expires_at),
                .version = grant.version};
    }
};

Broker::Broker(const Parts& parts)
    : parts_(parts),
      owner_(parts.owner.empty() ? crypto::random_token(12) : parts.owner),
      back_off_(parts.clock) {}

Broker::Token Broker::token_for(std::string_view user_id, std::string_view server) {
    return serve(user_id, server, std::nullopt);
}

Broker::Token Broker::refresh_after_rejection(std::string_view user_id,
                                              std::string_view server,
                                              std::uint64_t version) {
    return serve(user_id, server, version);
}

Broker::Token Broker::serve(std::string_view user_id, std::string_view server, Rejected rejected) {
    auto held = load(user_id, server);
    if (!held) {
        return std::unexpected(held.error());
    }
    const Timestamp now = parts_.clock.now();
    if (held->serves(now, rejected) && now < held->refresh_at) {
        return held->token(held->refresh_at);
    }
    return renew(std::move(*held), rejected);
}

std::expected<Broker::Held, GrantFailure> Broker::load(std::string_view user_id,
                                                       std::string_view server_name) {
    Held held{.catalog = parts_.catalog.get()};
    held.server = held.catalog->find_server(server_name);
    held.profile =
        held.server == nullptr ? nullptr : held.catalog->find_profile(held.server->profile);
    if (held.profile == nullptr) {
        return std::unexpected(GrantFailure::kMissing);
    }
    auto grant = parts_.grants.find(user_id, server_name);
    if (!grant) {
        return std::unexpected(grant.error().code == ErrorCode::kNotFound
                                   ? GrantFailure::kMissing
                                   : GrantFailure::kTransient);
    }
    if (grant->state != GrantState::kActive || grant->profile != held.profile->name ||
        grant->issuer != held.profile->issuer) {
        return std::unexpected(GrantFailure::kMissing);
    }
    auto tokens = parts_.vault.open(
        grant->sealed,
        {.server = grant->server, .profile = grant->profile, .user = grant->user_id});
    if (!tokens) {
        telemetry::error("grants", "grant {} cannot be opened", grant->id);
        return std::unexpected(GrantFailure::kMissing);
    }
    held.grant = std::move(*grant);
    held.tokens = std::move(*tokens);
    held.refresh_at = refresh_time(held.grant, *held.profile);
    held.too_wide = is_too_wide(*held.profile, *held.server, held.grant.scopes);
    return held;
}

Broker::Token Broker::renew(Held held, Rejected rejected) {
    const std::string key = key_of(held.grant);
    const auto still_serves = [&] { return held.serves(parts_.clock.now(), rejected); };
    const auto meanwhile = [&] { return held.token(parts_.clock.now() + std::chrono::seconds{1}); };
    const auto turn =
        flights_.enter(key, still_serves() ? std::chrono::milliseconds{0} : kPatience);
    if (!turn) {
        return still_serves() ? Token(meanwhile()) : std::unexpected(GrantFailure::kTransient);
    }
    const auto reload = [&]() -> Done {
        auto again = load(held.grant.user_id, held.grant.server);
        if (!again) {
            return std::unexpected(again.error());
        }
        held = std::move(*again);
        return {};
    };
    const auto fresh = [&] { return still_serves() && parts_.clock.now() < held.refresh_at; };
    Done done = reload();
    const Parked parked = done ? store_parked(key) : Parked::kNone;
    if (parked == Parked::kStored) {
        done = reload();
    }
    if (done && !fresh()) {
        // With an answer still waiting to be stored, the refresh token at hand is a spent one.
        const Done refreshed = parked == Parked::kStuck ? std::unexpected(GrantFailure::kTransient)
                                                        : refresh(held, rejected);
        done = reload();
        // While the old one is good, nobody need suffer from trouble downstream.
        if (done && !refreshed && !still_serves()) {
            done = refreshed;
        }
    }
    if (!done) {
        return std::unexpected(done.error());
    }
    if (fresh()) {
        return held.token(held.refresh_at);
    }
    return still_serves() ? Token(meanwhile()) : std::unexpected(GrantFailure::kTransient);
}

bool Broker::may_force(const std::string& grant_id) {
    const SteadyTime now = parts_.clock.steady_now();
    const std::lock_guard lock(mutex_);
    std::erase_if(forced_, [&](const auto& entry) {
        return now - entry.second.since > std::chrono::minutes{1};
    });
    Forced& forced = forced_.try_emplace(grant_id, Forced{.since = now}).first->second;
    return ++forced.count <= kForcedPerMinute;
}

Broker::Done Broker::refresh(const Held& held, Rejected rejected) {
    const Grant& grant = held.grant;
    if (held.tokens.refresh.empty() && !held.exchanges()) {
        return end_grant(grant, grant.version, "no refresh token");
    }
    if (const auto wait = back_off_.active(issuer_key(grant))) {
        return std::unexpected(wait->failure);
    }
    // A runtime that refuses every token must not make us wear out the downstream server.
    if (grant.version == rejected && !may_force(grant.id)) {
        return std::unexpected(GrantFailure::kTransient);
    }
    const auto provider = parts_.providers.provider_of(*held.profile);
    if (!provider) {
        telemetry::warn("grants", "profile {}: {}", grant.profile, describe(provider.error()));
        return std::unexpected(provider.error().code == ErrorCode::kPeer
                                   ? GrantFailure::kOperator
                                   : GrantFailure::kTransient);
    }
    const auto client = parts_.clients.of_generation(*held.profile, grant.client_generation);
    if (!client) {
        return client.error().code == ErrorCode::kNotFound
                   ? end_grant(grant, grant.version, "bound to another client registration")
                   : std::unexpected(GrantFailure::kTransient);
    }
    if (const Done leased = take_lease(held, rejected); !leased) {
        return leased;
    }
    const oidc::Party party{.profile = *held.profile, .provider = *provider, .client = *client};
    return refresh_as(held, party);
}

Broker::Done Broker::take_lease(const Held& held, Rejected rejected) {
    const Grant& grant = held.grant;
    for (int poll = 0; poll < kLeasePolls; ++poll) {
        const Timestamp now = parts_.clock.now();
        const auto leased = parts_.grants.lease({.id = grant.id,
                                                 .version = grant.version,
                                                 .owner = owner_,
                                                 .now = now,
                                                 .until = now + kLeaseTime});
        if (!leased) {
            return std::unexpected(GrantFailure::kTransient);
        }
        if (*leased) {
            return {};
        }
        // Another process is at it, or done.
        const auto current = parts_.grants.find(grant.user_id, grant.server);
        const bool moved = current ? current->id != grant.id || current->version != grant.version ||
                                         current->state != grant.state
                                   : true;
        if (moved || held.serves(now, rejected)) {
            return std::unexpected(GrantFailure::kTransient);
        }
        pause(kLeasePoll);
    }
    return std::unexpected(GrantFailure::kTransient);
}

/// With the refresh token, else by another exchange of the person's sign-in where the profile says
/// so.
std::expected<oidc::TokenAnswer, oidc::TokenFailure> Broker::obtain(const Held& held,
                                                                    const oidc::Party& party) {
    const std::string_view separator = held.profile->quirks.comma_scopes ? "," : " ";
    if (!held.tokens.refresh.empty()) {
        std::string scope;
        std::vector<std::string> narrower;
        if (held.too_wide) {
            narrower = narrowed(*held.profile, *held.server, held.grant.scopes);
            scope = join(narrower, separator);
        }
        auto answer = parts_.tokens.refresh(party, held.tokens.refresh, scope);
        if (answer && !answer->scopes && held.too_wide) {
            answer->scopes = narrower;
        }
        if (answer && answer->refresh.empty()) {
            answer->refresh = held.tokens.refresh;
        }
        const bool gone = !answer && answer.error().refusal == oidc::TokenRefusal::kGrantGone;
        if (!gone || !held.exchanges()) {
            return answer;
        }
    }
    const auto scopes = narrowed(*held.profile, *held.server, held.grant.scopes);
    auto answer = exchange({.subjects = parts_.subjects, .tokens = parts_.tokens}, party,
                           *held.server, held.grant.user_id, join(scopes, separator));
    if (answer && !answer->scopes) {
        answer->scopes = scopes;
    }
    return answer;
}

Broker::Done Broker::refresh_as(const Held& held, const oidc::Party& party) {
    const auto answer = obtain(held, party);
    if (!answer) {
        return refused(held, answer.error());
    }
    back_off_.succeeded(issuer_key(held.grant));
    return store(held, party, *answer);
}

Broker::Done Broker::store(const Held& held,
                           const oidc::Party& party,
                           const oidc::TokenAnswer& answer) {
    const Grant& grant = held.grant;
    const Timestamp now = parts_.clock.now();
    const oidc::Tokens tokens{.access = answer.access, .refresh = answer.refresh};
    const RenewedGrant renewed{
        .id = grant.id,
        .expected_version = grant.version,
        .scopes = answer.scopes.value_or(grant.scopes),
        .sealed = parts_.vault.seal(
            tokens, {.server = grant.server, .profile = grant.profile, .user = grant.user_id}),
        .renewable = true,
        .obtained_at = now,
        .token_expires_at = oidc::token_end(answer, now, held.profile->default_token_ttl)};
    const auto stored = parts_.grants.renew(renewed);
    if (!stored) {
        // The old refresh token may be dead by now, so this answer is all there is.
        telemetry::error("grants", "refreshed grant {} could not be stored: {}", grant.id,
                         describe(stored.error()));
        const std::lock_guard lock(mutex_);
        if (parked_.size() < kMaxParked) {
            parked_.insert_or_assign(key_of(grant), renewed);
        }
        return std::unexpected(GrantFailure::kTransient);
    }
    if (*stored) {
        record("grant.refreshed", grant, "");
        return is_too_wide(*held.profile, *held.server, renewed.scopes)
                   ? end_grant(grant, grant.version + 1, "granted scopes of other servers")
                   : Done{};
    }
    const auto current = parts_.grants.find(grant.user_id, grant.server);
    if (!current && current.error().code == ErrorCode::kNotFound) {
        // Disconnected meanwhile: what was just issued must not outlive that.
        (void)parts_.tokens.revoke(party, tokens);
        return std::unexpected(GrantFailure::kMissing);
    }
    return {};
}

Broker::Parked Broker::store_parked(const std::string& key) {
    std::optional<RenewedGrant> renewed;
    {
        const std::lock_guard lock(mutex_);
        if (const auto it = parked_.find(key); it != parked_.end()) {
            renewed = it->second;
        }
    }
    if (!renewed) {
        return Parked::kNone;
    }
    if (!parts_.grants.renew(*renewed)) {
        return Parked::kStuck;
    }
    const std::lock_guard lock(mutex_);
    parked_.erase(key);
    return Parked::kStored;
}

Broker::Done Broker::refused(const Held& held, const oidc::TokenFailure& failure) {
    const Grant& grant = held.grant;
    if (failure.refusal == oidc::TokenRefusal::kGrantGone) {
        return end_grant(grant, grant.version, failure.code);
    }
    const bool operator_fault = failure.refusal == oidc::TokenRefusal::kOperator;
    const GrantFailure outcome =
        operator_fault ? GrantFailure::kOperator : GrantFailure::kTransient;
    if (operator_fault) {
        telemetry::error("grants", "the server of profile {} refuses our client: {}", grant.profile,
                         failure.code);
        if (failure.code == "invalid_client") {
            parts_.clients.retire(*held.profile, grant.client_generation);
        }
    } else {
        telemetry::warn("grants", "refresh at the server of profile {} failed: {}", grant.profile,
                        failure.code);
    }
    back_off_.failed(issuer_key(grant), outcome, failure.retry_after);
    record("grant.failed", grant, failure.code);
    if (const auto released = parts_.grants.release(grant.id, owner_); !released) {
        telemetry::warn("grants", "lease not released: {}", describe(released.error()));
    }
    return std::unexpected(outcome);
}

Broker::Done Broker::end_grant(const Grant& grant, std::uint64_t version, std::string_view reason) {
    const auto marked = parts_.grants.mark_needs_reconnect(grant.id, version, parts_.clock.now());
    if (!marked) {
        return std::unexpected(GrantFailure::kTransient);
    }
    if (*marked) {
        parts_.ended.publish(grant.user_id, grant.server, version);
        record("grant.needs_reconnect", grant, reason);
    }
    return std::unexpected(GrantFailure::kMissing);
}

void Broker::record(std::string_view name, const Grant& grant, std::string_view reason) {
    audit::Event event{.name = std::string(name),
                       .server = grant.server,
                       .user = grant.user_id,
                       .detail = {{"profile", grant.profile}}};
    if (!reason.empty()) {
        event.detail["reason"] = reason;
    }
    if (const auto recorded = parts_.events.record(event); !recorded) {
        telemetry::error("grants", "{} not recorded: {}", name, describe(recorded.error()));
    }
}

}  // namespace gatehouse::grants
