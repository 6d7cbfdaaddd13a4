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
#include "base/live.h"
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

/// Whose downstream token is used, where, and on behalf of which connection.
struct TokenUse {
    std::string_view user, server, connection;
};

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
    /// Once a connection that used a token is revoked, the token is asked for again: whoever
    /// disconnects may have taken the grant away.
    [[nodiscard]] SharedDownstreamToken token(const TokenUse& use, const Moment& now);
    /// False when no worker can take it; else `waiter` is told once.
    [[nodiscard]] bool ask_token(std::string_view user, std::string_view server, Waiter& waiter);
    /// After the runtime refused the token of `version`.
    [[nodiscard]] bool ask_newer_token(std::string_view user,
                                       std::string_view server,
                                       std::uint64_t version,
                                       Waiter& waiter);

    [[nodiscard]] SharedUserFacts user(std::string_view user, const Moment& now);
    [[nodiscard]] bool ask_user(std::string_view user, Waiter& waiter);

  private:
    using Token = std::expected<grants::DownstreamToken, grants::GrantFailure>;

    struct TokenEntry {
        SharedDownstreamToken token;
        SteadyTime asked_at;
        bool asking = false;
        bool ask_again = false;  ///< what is being asked for may be outdated already
        Waiters waiters;
        std::vector<std::string>
            connections;              ///< that used it; full: nobody knows which others did
        std::uint64_t judged_by = 0;  ///< generation of the trust they were held against
        std::uint64_t ended_by = 0;   ///< the same of the ended grants
    };

    struct UserEntry {
        SharedUserFacts facts;
        SteadyTime asked_at;
        bool asking = false;
        Waiters waiters;
    };

    template <typename T>
    using Map = std::unordered_map<std::string, T, StringHash, std::equal_to<>>;

    /// Whose token for what.
    struct Account {
        std::string_view user, server;
    };

    struct OwnedAccount {
        std::string user, server;

        [[nodiscard]] Account view() const { return {.user = user, .server = server}; }
    };

    struct AccountHash {
        using is_transparent = void;

        std::size_t operator()(const Account& account) const;

        std::size_t operator()(const OwnedAccount& account) const {
            return (*this)(account.view());
        }
    };

    struct SameAccount {
        using is_transparent = void;

        template <typename A, typename B>
        bool operator()(const A& a, const B& b) const {
            return a.user == b.user && a.server == b.server;
        }
    };

    using Tokens = std::unordered_map<OwnedAccount, TokenEntry, AccountHash, SameAccount>;

    void note_use(TokenEntry& entry, std::string_view connection);
    void drop_if_revoked(TokenEntry& entry);
    void drop_if_ended(const Account& account, TokenEntry& entry);
    [[nodiscard]] TokenEntry& token_entry(const Account& account);
    [[nodiscard]] bool start_token(const Account& account,
                                   TokenEntry& entry,
                                   std::optional<std::uint64_t> rejected);
    [[nodiscard]] bool start_user(const std::string& key, UserEntry& entry);
    void finish_token(const Account& account, Token token);
    void finish_user(const std::string& key, SharedUserFacts facts);

    const Parts& parts_;
    LiveReader<oauth::Trust> trust_;
    LiveReader<grants::EndedGrants> ended_;
    Tokens tokens_;
    Map<UserEntry> users_;
    std::shared_ptr<Lookups*> alive_;  ///< what comes back after our end finds nobody
};

}  // namespace gatehouse::proxy
