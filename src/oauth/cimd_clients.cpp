// SPDX-License-Identifier: Apache-2.0
#include "oauth/cimd_clients.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "oauth/cimd_document.h"
#include "oauth/cimd_freshness.h"
#include "oauth/cimd_known.h"
#include "oauth/cimd_url.h"
#include "telemetry/log.h"

namespace gatehouse::oauth {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMaxCopies = 1000;
constexpr std::size_t kMaxDocumentBytes = 64 * 1024;
constexpr std::chrono::milliseconds kFetchTimeout = seconds(5);
// Fewer than the threads of the pool that serves people, so that slow hosts do not stop the others.
constexpr std::size_t kMaxWaiting = 6;
constexpr std::ptrdiff_t kMaxFetchesPerHost = 2;
// A copy that stands in for a host that does not answer does so this long before it is asked again.
constexpr seconds kRetryAfter = std::chrono::minutes(1);

struct Fetched {
    Client client;
    std::optional<seconds> fresh_for;  ///< nothing: not to be kept
};

/// kNotFound when the host has spoken and there is no client; kPeer when a copy may serve.
std::unexpected<Error> no_answer(std::string detail) {
    return fail(ErrorCode::kPeer, "the app's metadata document could not be fetched",
                std::move(detail));
}

bool is_json(const http::Headers& headers) {
    const std::string_view value = headers.get("Content-Type").value_or("");
    const std::string type = to_lower(trim(value.substr(0, value.find(';'))));
    return type == "application/json" ||
           (type.starts_with("application/") && type.ends_with("+json"));
}

Result<Fetched> read_answer(const http::ClientResponse& answer,
                            const std::string& client_id,
                            Timestamp now) {
    if (answer.status == 404 || answer.status == 410) {
        return fail(ErrorCode::kNotFound, "the app's metadata document does not exist");
    }
    if (answer.status != 200) {
        return no_answer("status " + std::to_string(answer.status));
    }
    if (!is_json(answer.headers)) {
        return no_answer("not JSON by its media type");
    }
    auto document = json::parse_object(answer.body);
    if (!document) {
        return fail(ErrorCode::kNotFound, "the app's metadata document is not a JSON object");
    }
    auto client = read_client_document(*std::move(document), client_id);
    if (!client) {
        return fail(ErrorCode::kNotFound, client.error().message);
    }
    return Fetched{.client = *std::move(client), .fresh_for = freshness_of(answer.headers, now)};
}

}  // namespace

Result<Client> CimdClients::find(std::string_view client_id,
                                 const std::optional<Client>& approved) {
    const auto url = parse_metadata_url(client_id);
    if (!url) {
        return fail(ErrorCode::kNotFound, url.error().message);
    }
    const std::string id(client_id);
    Lock lock(mutex_);
    const auto copy = copies_.find(id);
    if (copy != copies_.end() && clock_.steady_now() < copy->second.fresh_until) {
        return copy->second.client;
    }
    auto asked = ask(lock, id, url->host);
    if (asked || asked.error().code == ErrorCode::kNotFound) {
        return asked;
    }
    auto fallback = find_copy(id, approved);
    if (fallback) {
        if (asked.error().code == ErrorCode::kPeer) {
            keep(id, *fallback, kRetryAfter);
        }
        return *std::move(fallback);
    }
    if (asked.error().code == ErrorCode::kPeer) {
        return fail(ErrorCode::kNotFound, asked.error().message, asked.error().detail);
    }
    return asked;
}

Result<Client> CimdClients::ask(Lock& lock, const std::string& client_id, const std::string& host) {
    const auto same_host = [&](const auto& flight) { return flight.second->host == host; };
    const auto known = flights_.find(client_id);
    if (waiting_ >= kMaxWaiting ||
        (known == flights_.end() &&
         std::ranges::count_if(flights_, same_host) >= kMaxFetchesPerHost)) {
        return fail(ErrorCode::kUnavailable, "too many apps are being looked up, try again");
    }
    ++waiting_;
    std::shared_ptr<Flight> flight;
    if (known != flights_.end()) {
        flight = known->second;
        landed_.wait(lock, [&] { return flight->outcome.has_value(); });
    } else {
        flight = std::make_shared<Flight>(Flight{.host = host, .outcome = {}});
        flights_.emplace(client_id, flight);
        flight->outcome = fetch_and_keep(lock, client_id);
        flights_.erase(client_id);
        landed_.notify_all();
    }
    --waiting_;
    return *flight->outcome;
}

Result<Client> CimdClients::fetch_and_keep(Lock& lock, const std::string& client_id) {
    lock.unlock();
    const auto answer = http_.send({.url = client_id,
                                    .headers = {{"Accept", "application/json"}},
                                    .timeout = kFetchTimeout,
                                    .max_body = kMaxDocumentBytes,
                                    .addresses = addresses_});
    auto fetched = answer ? read_answer(*answer, client_id, clock_.now())
                          : Result<Fetched>(no_answer(describe(answer.error())));
    if (!fetched) {
        telemetry::warn("oauth", "client {}: {}", client_id, describe(fetched.error()));
    }
    lock.lock();
    if (fetched && fetched->fresh_for) {
        keep(client_id, fetched->client, *fetched->fresh_for);
    } else if (fetched || fetched.error().code == ErrorCode::kNotFound) {
        copies_.erase(client_id);
    }
    return fetched ? Result<Client>(std::move(fetched->client)) : std::unexpected(fetched.error());
}

std::optional<Client> CimdClients::find_copy(const std::string& client_id,
                                             const std::optional<Client>& approved) const {
    if (const auto copy = copies_.find(client_id); copy != copies_.end()) {
        return copy->second.client;
    }
    return approved ? approved : find_known_client(client_id);
}

void CimdClients::keep(const std::string& client_id, Client client, seconds fresh_for) {
    copies_[client_id] = {.client = std::move(client),
                          .fresh_until = clock_.steady_now() + fresh_for};
    if (copies_.size() > kMaxCopies) {
        copies_.erase(std::ranges::min_element(
            copies_, {}, [](const auto& entry) { return entry.second.fresh_until; }));
    }
}

}  // namespace gatehouse::oauth
