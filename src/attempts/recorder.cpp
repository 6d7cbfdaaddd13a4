// SPDX-License-Identifier: Apache-2.0
#include "attempts/recorder.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <utility>

#include "base/json.h"
#include "crypto/random.h"
#include "telemetry/log.h"

namespace gatehouse::attempts {
namespace {

/// A client that paused longer begins a new attempt, unless something names the old one.
constexpr std::chrono::minutes kPause{10};
constexpr std::size_t kKeptAtBegin = 10;
constexpr std::string_view kConnection = "connection:";

bool is_before_authorize(Step step) {
    return step == Step::kChallenge || step == Step::kResourceMetadata ||
           step == Step::kServerMetadata || step == Step::kRegistration;
}

std::string client_key(const std::string& client) {
    return "client:" + fingerprint(client) + client.substr(0, 40);
}

}  // namespace

void Recorder::note_exchange(const http::Request& request, const http::Response& response) {
    for (Observation& seen : observe(request, response, server_of_)) {
        seen.event.time = clock_.now();
        const std::lock_guard lock(mutex_);
        note(std::move(seen));
    }
}

void Recorder::note_turned_away(const TurnedAway& turned) {
    Observation seen;
    seen.server = turned.server;
    seen.event = {.time = turned.time,
                  .step = Step::kChallenge,
                  .ok = turned.token_key.empty(),
                  .method = turned.method,
                  .path = turned.path,
                  .ip = turned.ip,
                  .user_agent = turned.user_agent,
                  .status = 401};
    if (!turned.token_key.empty()) {
        seen.event.problem = turned.reason;
        seen.keys.push_back(turned.token_key);
    }
    const std::lock_guard lock(mutex_);
    note(std::move(seen));
}

void Recorder::note_call(std::string_view connection,
                         Timestamp time,
                         std::string_view method,
                         std::string_view user_agent) {
    if (connection.empty()) {
        return;
    }
    const std::string key = std::string(kConnection) + std::string(connection);
    const std::lock_guard lock(mutex_);
    if (uncalled_.erase(key) == 0) {
        return;
    }
    Observation seen;
    seen.keys.push_back(key);
    seen.event = {.time = time,
                  .step = Step::kFirstCall,
                  .method = {},
                  .user_agent = std::string(user_agent),
                  .status = 200,
                  .sent = {{"method", method}}};
    note(std::move(seen));
    uncalled_.erase(key);
}

void Recorder::note(Observation seen) {
    Story* story = find(seen);
    // A token of long ago that is refused, or a connection that nobody remembers, begins nothing.
    if (story == nullptr && seen.event.step == Step::kFirstCall) {
        return;
    }
    add(story == nullptr ? begin(seen.event.time) : *story, std::move(seen));
}

Recorder::Story* Recorder::find(const Observation& seen) {
    for (const std::string& key : seen.keys) {
        if (const auto known = by_key_.find(key); known != by_key_.end()) {
            return &stories_.at(known->second);
        }
    }
    if (!seen.client.empty()) {
        const auto known = by_key_.find(client_key(seen.client));
        if (known != by_key_.end()) {
            Story& story = stories_.at(known->second);
            const bool starts_over =
                seen.event.step == Step::kAuthorize && story.attempt.has(Step::kCode);
            if (!starts_over && seen.event.time - story.attempt.updated_at < kPause) {
                return &story;
            }
            return nullptr;
        }
    }
    return find_waiting(seen);
}

/// The newest story of the same address that may go on with this.
Recorder::Story* Recorder::find_waiting(const Observation& seen) {
    if (!is_before_authorize(seen.event.step) && seen.event.step != Step::kAuthorize) {
        return nullptr;
    }
    for (auto& [id, story] : std::views::reverse(stories_)) {
        const Attempt& attempt = story.attempt;
        const bool is_open = !attempt.has(Step::kAuthorize) && !attempt.has(Step::kToken) &&
                             seen.event.time - attempt.updated_at < kPause;
        const bool same_server =
            attempt.server.empty() || seen.server.empty() || attempt.server == seen.server;
        // Who has registered asks under that name.
        const bool same_client =
            attempt.client.empty() || seen.client.empty() || attempt.client == seen.client;
        if (is_open && same_server && same_client && !attempt.events.empty() &&
            attempt.events.front().ip == seen.event.ip) {
            return &story;
        }
    }
    return nullptr;
}

Recorder::Story& Recorder::begin(Timestamp now) {
    drop_oldest();
    const std::string id = fmt::format("{:013}-{:06}-{}", to_unix_millis(now), count_++ % 1'000'000,
                                       crypto::random_token(3));
    Story& story = stories_[id];
    story.attempt.id = id;
    story.attempt.started_at = now;
    return story;
}

void Recorder::add(Story& story, Observation seen) {
    Attempt& attempt = story.attempt;
    attempt.updated_at = seen.event.time;
    if (attempt.server.empty()) {
        attempt.server = seen.server;
    }
    if (attempt.client_name.empty()) {
        attempt.client_name = seen.client_name;
    }
    if (!seen.client.empty()) {
        if (attempt.client.empty()) {
            attempt.client =
                seen.client.size() > 200 ? "fingerprint " + fingerprint(seen.client) : seen.client;
        }
        learn(story, client_key(seen.client));
    }
    if (seen.event.step == Step::kChallenge && !seen.event.ok) {
        const Event* token = attempt.last_good(Step::kToken);
        const auto audience =
            token == nullptr ? std::nullopt : json::get_string(token->answered, "aud");
        if (audience && server_of_(*audience) != seen.server) {
            seen.event.problem = "audience";
        }
    }
    const bool gives_tokens =
        seen.event.ok && (seen.event.step == Step::kToken || seen.event.step == Step::kRefresh);
    for (std::string& key : seen.keys) {
        if (gives_tokens && key.starts_with(kConnection) && !attempt.has(Step::kFirstCall)) {
            uncalled_.insert(key);
        }
        learn(story, std::move(key));
    }
    if (attempt.events.size() == Attempt::kMaxEvents) {
        attempt.events.erase(attempt.events.begin() + kKeptAtBegin);
        ++attempt.left_out;
    }
    attempt.events.push_back(std::move(seen.event));
    story.changed = true;
}

void Recorder::learn(Story& story, std::string key) {
    constexpr std::size_t kMaxKeys = 200;
    if (story.keys.size() < kMaxKeys && by_key_.insert_or_assign(key, story.attempt.id).second) {
        story.keys.push_back(std::move(key));
    }
}

void Recorder::drop_oldest() {
    while (stories_.size() >= kMaxInMemory) {
        const auto oldest = stories_.begin();
        for (const std::string& key : oldest->second.keys) {
            uncalled_.erase(key);
            if (const auto known = by_key_.find(key);
                known != by_key_.end() && known->second == oldest->first) {
                by_key_.erase(known);
            }
        }
        stories_.erase(oldest);
    }
}

Result<void> Recorder::load() {
    auto stored = store_.newest(kMaxInMemory);
    if (!stored) {
        return std::unexpected(stored.error());
    }
    const std::lock_guard lock(mutex_);
    for (const StoredAttempt& kept : *stored) {
        const auto object = json::parse_object(kept.story);
        if (!object) {
            telemetry::warn("attempts", "the attempt {} cannot be read", kept.id);
            continue;
        }
        stories_[kept.id].attempt = from_json(*object);
    }
    return {};
}

Result<void> Recorder::save() {
    std::vector<StoredAttempt> changed;
    {
        const std::lock_guard lock(mutex_);
        for (auto& [id, story] : stories_) {
            if (std::exchange(story.changed, false)) {
                changed.push_back(
                    {.id = id,
                     .updated_at = story.attempt.updated_at,
                     .story = json::dump(to_json(story.attempt, story.attempt.updated_at))});
            }
        }
    }
    if (changed.empty()) {
        return {};
    }
    auto stored = store_.put(changed, kMaxStored);
    if (!stored) {
        const std::lock_guard lock(mutex_);
        for (const StoredAttempt& again : changed) {
            if (const auto story = stories_.find(again.id); story != stories_.end()) {
                story->second.changed = true;
            }
        }
    }
    return stored;
}

Result<std::vector<Attempt>> Recorder::list() {
    auto stored = store_.newest(kMaxStored);
    if (!stored) {
        return std::unexpected(stored.error());
    }
    std::map<std::string, Attempt, std::greater<>> all;
    for (const StoredAttempt& kept : *stored) {
        if (const auto object = json::parse_object(kept.story)) {
            all[kept.id] = from_json(*object);
        }
    }
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [id, story] : stories_) {
            all[id] = story.attempt;
        }
    }
    std::vector<Attempt> list;
    list.reserve(all.size());
    for (auto& [id, attempt] : all) {
        list.push_back(std::move(attempt));
    }
    return list;
}

}  // namespace gatehouse::attempts
