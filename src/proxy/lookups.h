// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "grants/grant_broker.h"
#include "proxy/parts.h"
#include "proxy/route_table.h"

namespace gatehouse::proxy {

/// Somebody who waits for a look-up. May go away before: then `stamp` has moved on.
class Waiter {
  public:
    Waiter() = default;
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    Waiter(Waiter&&) = delete;
    Waiter& operator=(Waiter&&) = delete;
    virtual ~Waiter() = default;

    [[nodiscard]] virtual std::uint64_t stamp() const = 0;
    /// The look-up ended; `failure` is empty when its result can be found now.
    virtual void on_looked_up(std::optional<grants::GrantFailure> failure) = 0;
};

using Waiters = std::vector<std::pair<Waiter*, std::uint64_t>>;
using SharedDownstreamToken = std::shared_ptr<const grants::DownstreamToken>;
using SharedUserFacts = std::shared_ptr<const UserFacts>;

/// One loop's share of what workers look up: downstream tokens and facts about users. Requests that
/// need the same thing wait for one look-up. Waiters live as long as the object (they are pooled).
class Lookups {
  public:
    /// `parts` must outlive it.
    explicit Lookups(const Parts& parts);
    Lookups(const Lookups&) = delete;
    Lookups& operator=(const Lookups&) = delete;
    Lookups(Lookups&&) = delete;
    Lookups& operator=(Lookups&&) = delete;
    ~Lookups() = default;

    /// A token that can be used now, or null. One that is due for renewal is renewed meanwhile.
    [[nodiscard]] SharedDownstreamToken token(std::string_view user, std::string_view server);
    /// False when no worker can take it; else `waiter` is told once.
    [[nodiscard]] bool ask_token(std::string_view user, std::string_view server, Waiter& waiter);
    /// After the runtime refused the token of `version`.
    [[nodiscard]] bool ask_newer_token(std::string_view user,
                                       std::string_view server,
                                       std::uint64_t version,
                                       Waiter& waiter);

    [[nodiscard]] SharedUserFacts user(std::string_view user);
    [[nodiscard]] bool ask_user(std::string_view user, Waiter& waiter);

  private:
    using Token = std::expected<grants::DownstreamToken, grants::GrantFailure>;

    struct TokenEntry {
        SharedDownstreamToken token;
        SteadyTime asked_at;
        bool asking = false;
        Waiters waiters;
    };

    struct UserEntry {
        SharedUserFacts facts;
        SteadyTime asked_at;
        bool asking = false;
        Waiters waiters;
    };

    template <typename T>
    using Map = std::unordered_map<std::string, T, StringHash, std::equal_to<>>;

    [[nodiscard]] bool start_token(const std::string& key,
                                   TokenEntry& entry,
                                   std::optional<std::uint64_t> rejected);
    [[nodiscard]] bool start_user(const std::string& key, UserEntry& entry);
    void finish_token(const std::string& key, Token token);
    void finish_user(const std::string& key, SharedUserFacts facts);
    template <typename Entry>
    Entry& make_room(Map<Entry>& map, std::string_view key);

    const Parts& parts_;
    Map<TokenEntry> tokens_;
    Map<UserEntry> users_;
    std::shared_ptr<Lookups*> alive_;  ///< what comes back after our end finds nobody
};

}  // namespace gatehouse::proxy
