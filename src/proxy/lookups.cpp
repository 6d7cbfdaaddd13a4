// SPDX-License-Identifier: Apache-2.0
#include "proxy/lookups.h"

namespace gatehouse::proxy {
namespace {

constexpr std::size_t kMaxEntries = 20'000;
// How long a loop trusts what it knows: a grant that was taken away, or a person's new group, is
// noticed after this at the latest.
constexpr std::chrono::seconds kFresh{30};
// A renewal that failed for a passing reason is not tried again by every call.
constexpr std::chrono::seconds kAskAgain{1};
constexpr char kSeparator = '\n';

std::string token_key(std::string_view user, std::string_view server) {
    std::string key(user);
    key += kSeparator;
    key += server;
    return key;
}

void tell(Waiters waiters, std::optional<grants::GrantFailure> failure) {
    for (const auto& [waiter, stamp] : waiters) {
        if (waiter->stamp() == stamp) {
            waiter->on_looked_up(failure);
        }
    }
}

}  // namespace

Lookups::Lookups(const Parts& parts) : parts_(parts), alive_(std::make_shared<Lookups*>(this)) {}

template <typename Entry>
Entry& Lookups::make_room(Map<Entry>& map, std::string_view key) {
    if (map.size() >= kMaxEntries && !map.contains(key)) {
        std::erase_if(map, [](const auto& item) { return !item.second.asking; });
    }
    return map[std::string(key)];
}

SharedDownstreamToken Lookups::token(std::string_view user, std::string_view server) {
    const auto it = tokens_.find(token_key(user, server));
    if (it == tokens_.end() || it->second.token == nullptr) {
        return nullptr;
    }
    TokenEntry& entry = it->second;
    const auto now = parts_.clock.now();
    if (entry.token->expires_at <= now) {
        return nullptr;
    }
    const bool due = entry.token->refresh_at <= now;
    const auto since_asked = parts_.clock.steady_now() - entry.asked_at;
    // Only a renewal may take long; otherwise asking again is quick, and then what was taken away
    // must not be used once more.
    if (since_asked >= kFresh && !due) {
        return nullptr;
    }
    if (due && since_asked >= kAskAgain && !entry.asking) {
        (void)start_token(it->first, entry, std::nullopt);
    }
    return entry.token;
}

bool Lookups::ask_token(std::string_view user, std::string_view server, Waiter& waiter) {
    const auto key = token_key(user, server);
    TokenEntry& entry = make_room(tokens_, key);
    if (!entry.asking && !start_token(key, entry, std::nullopt)) {
        return false;
    }
    entry.waiters.emplace_back(&waiter, waiter.stamp());
    return true;
}

bool Lookups::ask_newer_token(std::string_view user,
                              std::string_view server,
                              std::uint64_t version,
                              Waiter& waiter) {
    const auto key = token_key(user, server);
    TokenEntry& entry = make_room(tokens_, key);
    if (entry.token != nullptr && entry.token->version == version) {
        entry.token = nullptr;
    }
    if (!entry.asking && !start_token(key, entry, version)) {
        return false;
    }
    entry.waiters.emplace_back(&waiter, waiter.stamp());
    return true;
}

bool Lookups::start_token(const std::string& key,
                          TokenEntry& entry,
                          std::optional<std::uint64_t> rejected) {
    // On the worker nothing of this loop may be touched: only the broker and the way back.
    auto work = [&broker = parts_.grants, post = parts_.post,
                 alive = std::weak_ptr<Lookups*>(alive_), key, rejected] {
        const auto separator = key.find(kSeparator);
        const auto user = std::string_view(key).substr(0, separator);
        const auto server = std::string_view(key).substr(separator + 1);
        auto token = std::make_shared<Token>(
            rejected ? broker.refresh_after_rejection(user, server, *rejected)
                     : broker.token_for(user, server));
        post([alive, key, token] {
            if (const auto self = alive.lock()) {
                (*self)->finish_token(key, std::move(*token));
            }
        });
    };
    entry.asking = parts_.run_on_worker(std::move(work));
    return entry.asking;
}

void Lookups::finish_token(const std::string& key, Token token) {
    TokenEntry& entry = tokens_[key];
    entry.asking = false;
    entry.asked_at = parts_.clock.steady_now();
    std::optional<grants::GrantFailure> failure;
    if (token) {
        entry.token = std::make_shared<const grants::DownstreamToken>(std::move(*token));
    } else {
        failure = token.error();
        // A passing trouble leaves the old token to serve while it is valid.
        if (*failure != grants::GrantFailure::kTransient) {
            entry.token = nullptr;
        }
    }
    tell(std::exchange(entry.waiters, {}), failure);
}

SharedUserFacts Lookups::user(std::string_view user) {
    const auto it = users_.find(user);
    if (it == users_.end() || parts_.clock.steady_now() - it->second.asked_at >= kFresh) {
        return nullptr;
    }
    return it->second.facts;
}

bool Lookups::ask_user(std::string_view user, Waiter& waiter) {
    const std::string key(user);
    UserEntry& entry = make_room(users_, key);
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
    if (facts == nullptr) {
        failure = grants::GrantFailure::kTransient;
    } else {
        entry.asked_at = parts_.clock.steady_now();
        entry.facts = std::move(facts);
    }
    tell(std::exchange(entry.waiters, {}), failure);
}

}  // namespace gatehouse::proxy
