// SPDX-License-Identifier: Apache-2.0
#include "oauth/client_keys.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "oauth/cimd_freshness.h"
#include "telemetry/log.h"

namespace gatehouse::oauth {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kMaxEntries = 500;
constexpr std::size_t kMaxSetBytes = 64 * 1024;
constexpr std::size_t kMaxKeys = 32;
constexpr std::chrono::milliseconds kFetchTimeout = seconds(5);
// Fewer than the threads of the pool that serves them.
constexpr std::size_t kMaxWaiting = 4;
constexpr minutes kAskAgainAfter{1};
constexpr std::chrono::hours kStaleFor{1};

struct Fetched {
    ClientKeys::Keys keys;
    seconds fresh_for;
};

Result<Fetched> read_answer(const http::ClientResponse& answer, Timestamp now) {
    if (answer.status != 200) {
        return fail(ErrorCode::kPeer, "no keys", "status " + std::to_string(answer.status));
    }
    const auto document = json::parse_object(answer.body);
    auto keys = document ? crypto::KeySet::from_json(*document)
                         : Result<crypto::KeySet>(fail(ErrorCode::kPeer, "no JSON object"));
    if (!keys || keys->keys.empty() || keys->keys.size() > kMaxKeys) {
        return fail(ErrorCode::kPeer, "no keys", "the answer has no usable key set");
    }
    return Fetched{.keys = std::make_shared<const crypto::KeySet>(*std::move(keys)),
                   .fresh_for = freshness_of(answer.headers, now).value_or(kMinFreshness)};
}

bool has_key(const crypto::KeySet& set, std::string_view kid) {
    return kid.empty() || std::ranges::any_of(set.keys, [&](const crypto::PublicKey& key) {
               return key.kid() == kid;
           });
}

}  // namespace

Result<ClientKeys::Keys> ClientKeys::find(const Client& client, std::string_view kid) {
    if (!client.jwks.empty()) {
        const auto document = json::parse_object(client.jwks);
        auto keys = document ? crypto::KeySet::from_json(*document)
                             : Result<crypto::KeySet>(fail(ErrorCode::kNotFound, "no key set"));
        if (!keys) {
            return fail(ErrorCode::kNotFound, "the client's keys cannot be read");
        }
        return std::make_shared<const crypto::KeySet>(*std::move(keys));
    }
    if (client.jwks_uri.empty()) {
        return fail(ErrorCode::kNotFound, "the client has no keys");
    }
    Lock lock(mutex_);
    auto& place = entries_[client.jwks_uri];
    if (place == nullptr) {
        // The oldest make room, so a new one must not look old.
        place = std::make_shared<Entry>(Entry{.asked_at = clock_.steady_now()});
    }
    // Kept alive while the lock is let go.
    const std::shared_ptr<Entry> entry = place;
    make_room();
    if (!must_ask(*entry, kid)) {
        return answer(*entry);
    }
    if (waiting_ >= kMaxWaiting) {
        return fail(ErrorCode::kUnavailable, "too many keys are being fetched, try again");
    }
    ++waiting_;
    if (entry->in_flight) {
        landed_.wait(lock, [&] { return !entry->in_flight; });
    } else {
        ask(lock, *entry, client);
    }
    --waiting_;
    return answer(*entry);
}

bool ClientKeys::must_ask(const Entry& entry, std::string_view kid) const {
    const SteadyTime now = clock_.steady_now();
    if (entry.keys != nullptr && now < entry.fresh_until && has_key(*entry.keys, kid)) {
        return false;
    }
    return entry.in_flight || !entry.asked || now >= entry.asked_at + kAskAgainAfter;
}

void ClientKeys::ask(Lock& lock, Entry& entry, const Client& client) {
    entry.in_flight = true;
    lock.unlock();
    const auto answer =
        http_.send({.url = client.jwks_uri,
                    .headers = {{"Accept", "application/jwk-set+json, application/json"}},
                    .timeout = kFetchTimeout,
                    .max_body = kMaxSetBytes,
                    .addresses = client.kind == ClientKind::kPreregistered ? nullptr : addresses_});
    auto fetched =
        answer ? read_answer(*answer, clock_.now())
               : Result<Fetched>(fail(ErrorCode::kPeer, "no keys", describe(answer.error())));
    if (!fetched) {
        telemetry::warn("oauth", "keys of client {}: {}", client.id, describe(fetched.error()));
    }
    lock.lock();
    entry.in_flight = false;
    entry.asked = true;
    entry.asked_at = clock_.steady_now();
    if (fetched) {
        entry.keys = std::move(fetched->keys);
        entry.fresh_until = entry.asked_at + fetched->fresh_for;
    }
    landed_.notify_all();
}

Result<ClientKeys::Keys> ClientKeys::answer(const Entry& entry) const {
    if (entry.keys == nullptr || clock_.steady_now() >= entry.fresh_until + kStaleFor) {
        return fail(ErrorCode::kPeer, "the client's keys could not be fetched");
    }
    return entry.keys;
}

void ClientKeys::make_room() {
    while (entries_.size() > kMaxEntries) {
        const auto oldest = std::ranges::min_element(entries_, {}, [](const auto& item) {
            return std::pair(item.second->in_flight, item.second->asked_at);
        });
        if (oldest->second->in_flight) {
            return;
        }
        entries_.erase(oldest);
    }
}

}  // namespace gatehouse::oauth
