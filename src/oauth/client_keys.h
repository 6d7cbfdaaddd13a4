// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/jwk.h"
#include "http/client.h"
#include "oauth/client.h"

namespace gatehouse::oauth {

/// The keys of clients that authenticate with `private_key_jwt`. Thread-safe; blocks while a
/// `jwks_uri` is fetched.
///
/// A fetched set counts for as long as its host says, from five minutes to a day. It is fetched
/// again before that for a key id that it lacks, at most once a minute (E07). While a fetch fails,
/// the last set serves for an hour beyond its time. URLs that clients name lead to admitted
/// addresses only (C32); those of the operator lead anywhere. Fetches under way are bounded.
class ClientKeys {
  public:
    ClientKeys(http::Client& http,
               std::shared_ptr<const http::AddressRule> addresses,
               const Clock& clock)
        : http_(http), addresses_(std::move(addresses)), clock_(clock) {}

    using Keys = std::shared_ptr<const crypto::KeySet>;

    /// `kid`: what the assertion names, or empty. kNotFound for a client without keys; kPeer when
    /// its host gives none; kUnavailable when too many others wait already.
    [[nodiscard]] Result<Keys> find(const Client& client, std::string_view kid);

  private:
    struct Entry {
        Keys keys;  ///< null: none was ever fetched
        SteadyTime fresh_until, asked_at;
        bool asked = false;
        bool in_flight = false;
    };

    using Lock = std::unique_lock<std::mutex>;

    [[nodiscard]] bool must_ask(const Entry& entry, std::string_view kid) const;
    void ask(Lock& lock, Entry& entry, const Client& client);
    [[nodiscard]] Result<Keys> answer(const Entry& entry) const;
    void make_room();

    http::Client& http_;
    std::shared_ptr<const http::AddressRule> addresses_;
    const Clock& clock_;
    std::mutex mutex_;  // guards all below
    std::condition_variable landed_;
    std::map<std::string, std::shared_ptr<Entry>, std::less<>> entries_;  // by URL
    std::size_t waiting_ = 0;
};

}  // namespace gatehouse::oauth
