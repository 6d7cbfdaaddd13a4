// SPDX-License-Identifier: Apache-2.0
#include "proxy/lookups.h"

#include <algorithm>

#include "base/strings.h"

namespace gatehouse::proxy {
namespace {

constexpr std::size_t kMaxEntries = 20'000;
// How long a loop trusts what it knows: a grant that was taken away, or a person's new group, is
// noticed after this at the latest.
constexpr std::chrono::seconds kFresh{30};
// A renewal that failed for a passing reason is not tried again by every call.
constexpr std::chrono::seconds kAskAgain{1};
// So many connections of one user to one server are remembered as users of a token.
constexpr std::size_t kMaxConnections = 16;

void tell(Waiters waiters, std::optional<grants::GrantFailure> failure) {
    for (const auto& [waiter, stamp] : waiters) {
        if (waiter->stamp() == stamp) {
            waiter->on_looked_up(failure);
        }
    }
}

template <typename Map>
void make_room(Map& map) {
    if (map.size() >= kMaxEntries) {
        std::erase_if(map, [](const auto& item) { return !item.second.asking; });
    }
}

}  // namespace

std::size_t Lookups::AccountHash::operator()(const Account& account) const {
    const std::hash<std::string_view> hash;
    return hash(account.user) * 31U + hash(account.server);
}

Lookups::Lookups(const Parts& parts)
    : parts_(parts),
      trust_(parts.trust),
      ended_(parts.ended_grants),
      alive_(std::make_shared<Lookups*>(this)) {}

void Lookups::note_use(TokenEntry& entry, std::string_view connection) {
    if (entry.connections.size() < kMaxConnections && !contains(entry.connections, connection)) {
        entry.connections.emplace_back(connection);
    }
}

void Lookups::drop_if_revoked(TokenEntry& entry) {
    const auto generation = parts_.trust.generation();
    if (entry.judged_by == generation) {
        return;
    }
    entry.judged_by = generation;
    const auto& revoked = trust_.get().revoked_connections;
    if (entry.connections.size() == kMaxConnections ||
        std::ranges::any_of(entry.connections, [&](const std::string& connection) {
            return revoked.contains(connection);
        })) {
        entry.token = nullptr;
        entry.connections.clear();
        entry.ask_again = entry.asking;
    }
}

/// A grant that was taken away or replaced: what is kept of it is over at once.
void Lookups::drop_if_ended(const Account& account, TokenEntry& entry) {
    const auto generation = parts_.ended_grants.generation();
    if (entry.ended_by == generation) {
        return;
    }
    entry.ended_by = generation;
    if (entry.token != nullptr &&
        ended_.get().covers(account.user, account.server, entry.token->version)) {
        entry.token = nullptr;
    }
    // What is on its way may be of the ended grant, too.
    entry.ask_again = entry.ask_again || entry.asking;
}

SharedDownstreamToken Lookups::token(const TokenUse& use, const Moment& now) {
    const auto it = tokens_.find(Account{.user = use.user, .server = use.server});
    if (it == tokens_.end()) {
        return nullptr;
    }
    TokenEntry& entry = it->second;
    drop_if_revoked(entry);
    drop_if_ended(it->first.view(), entry);
    if (entry.token == nullptr || entry.token->expires_at <= now.wall) {
        return nullptr;
    }
    const bool due = entry.token->refresh_at <= now.wall;
    const auto since_asked = now.steady - entry.asked_at;
    // Only a renewal may take long; otherwise asking again is quick, and then what was taken away
    // must not be used once more.
    if (since_asked >= kFresh && !due) {
        return nullptr;
    }
    // A connection that is new here may be why the account has another grant by now: a person who
    // allows more scopes gets both.
    const bool is_new = !entry.connections.empty() && !contains(entry.connections, use.connection);
    note_use(entry, use.connection);
    if (is_new && contains(entry.connections, use.connection)) {
        return nullptr;
    }
    if (due && since_asked >= kAskAgain && !entry.asking) {
        (void)start_token(it->first.view(), entry, std::nullopt);
    }
    return entry.token;
}

Lookups::TokenEntry& Lookups::token_entry(const Account& account) {
    if (const auto it = tokens_.find(account); it != tokens_.end()) {
        return it->second;
    }
    make_room(tokens_);
    TokenEntry& entry =
        tokens_[{.user = std::string(account.user), .server = std::string(account.server)}];
    entry.judged_by = parts_.trust.generation();
    entry.ended_by = parts_.ended_grants.generation();
    return entry;
}

bool Lookups::ask_token(std::string_view user, std::string_view server, Waiter& waiter) {
    const Account account{.user = user, .server = server};
    TokenEntry& entry = token_entry(account);
    if (!entry.asking && !start_token(account, entry, std::nullopt)) {
        return false;
    }
    entry.waiters.emplace_back(&waiter, waiter.stamp());
    return true;
}

bool Lookups::ask_newer_token(std::string_view user,
                              std::string_view server,
                              std::uint64_t version,
                              Waiter& waiter) {
    const Account account{.user = user, .server = server};
    TokenEntry& entry = token_entry(account);
    if (entry.token != nullptr && entry.token->version == version) {
        entry.token = nullptr;
    }
    if (!entry.asking && !start_token(account, entry, version)) {
        return false;
    }
    entry.waiters.emplace_back(&waiter, waiter.stamp());
    return true;
}

bool Lookups::start_token(const Account& account,
                          TokenEntry& entry,
                          std::optional<std::uint64_t> rejected) {
    // On the worker nothing of this loop may be touched: only the broker and the way back.
    auto work = [&broker = parts_.grants, post = parts_.post,
                 alive = std::weak_ptr<Lookups*>(alive_),
                 owned = OwnedAccount{.user = std::string(account.user),
                                      .server = std::string(account.server)},
                 rejected] {
        auto token = std::make_shared<Token>(
            rejected ? broker.refresh_after_rejection(owned.user, owned.server, *rejected)
                     : broker.token_for(owned.user, owned.server));
        post([alive, owned, token] {
            if (const auto self = alive.lock()) {
                (*self)->finish_token(owned.view(), std::move(*token));
            }
        });
    };
    entry.asking = parts_.run_on_worker(std::move(work));
    return entry.asking;
}

void Lookups::finish_token(const Account& account, Token token) {
    TokenEntry& entry = token_entry(account);
    entry.asking = false;
    if (std::exchange(entry.ask_again, false)) {
        // Who waits for it waits a little longer.
        if (start_token(account, entry, std::nullopt)) {
            return;
        }
        token = std::unexpected(grants::GrantFailure::kTransient);
    }
    entry.asked_at = parts_.clock.steady_now();
    std::optional<grants::GrantFailure> failure;
    if (token) {
        entry.token = std::make_shared<const grants::DownstreamToken>(std::move(*token));
    } else {
        failure = token.error();
        // A passing trouble, such as a store that is away, leaves the old token to serve while it
        // is valid: nobody is sent away for what may still be true.
        const bool is_passing = *failure == grants::GrantFailure::kTransient;
        if (!is_passing) {
            entry.token = nullptr;
        } else if (entry.token != nullptr && entry.token->expires_at > parts_.clock.now()) {
            failure.reset();
        }
    }
    tell(std::exchange(entry.waiters, {}), failure);
}

SharedUserFacts Lookups::user(std::string_view user, const Moment& now) {
    const auto it = users_.find(user);
    if (it == users_.end() || now.steady - it->second.asked_at >= kFresh) {
        return nullptr;
    }
    return it->second.facts;
}

bool Lookups::ask_user(std::string_view user, Waiter& waiter) {
    const std::string key(user);
    if (!users_.contains(key)) {
        make_room(users_);
    }
    UserEntry& entry = users_[key];
    if (!entry.asking && !start_user(key, entry)) {
        return false;
    }
    entry.waiters.emplace_back(&waiter, waiter.stamp());
    return true;
}

bool Lookups::start_user(const std::string& key, UserEntry& entry) {
    auto work = [load = parts_.load_user, post = parts_.post,
                 alive = std::weak_ptr<Lookups*>(alive_), key] {
        auto facts = load(key);
        auto shared =
            facts ? std::make_shared<const UserFacts>(std::move(*facts)) : SharedUserFacts();
        post([alive, key, shared] {
            if (const auto self = alive.lock()) {
                (*self)->finish_user(key, shared);
            }
        });
    };
    entry.asking = parts_.run_on_worker(std::move(work));
    return entry.asking;
}

void Lookups::finish_user(const std::string& key, SharedUserFacts facts) {
    UserEntry& entry = users_[key];
    entry.asking = false;
    // Without the person's groups a rule about them could not hold: the call has to wait.
    std::optional<grants::GrantFailure> failure;
    if (facts == nullptr && entry.facts != nullptr) {
        // Whoever was removed has no token any more: this is a store that is away.
        entry.asked_at = parts_.clock.steady_now();
    } else if (facts == nullptr) {
        failure = grants::GrantFailure::kTransient;
    } else {
        entry.asked_at = parts_.clock.steady_now();
        entry.facts = std::move(facts);
    }
    tell(std::exchange(entry.waiters, {}), failure);
}

}  // namespace gatehouse::proxy
