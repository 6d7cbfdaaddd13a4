// SPDX-License-Identifier: Apache-2.0
#include "http/polled_streams.h"

#include <array>
#include <unordered_map>
#include <utility>

#include "telemetry/log.h"

namespace gatehouse::http {
namespace {

constexpr std::chrono::milliseconds kAskEvery{500};
constexpr int kTurnsWithoutWord = 30;
constexpr std::size_t kMaxStreams = 100;
constexpr std::string_view kLastEventId = "Last-Event-ID";
constexpr std::string_view kComment = ": still here\n\n";

Response call(const Handler& handler, const Request& request) {
    try {
        return handler(request);
    } catch (const std::exception& caught) {
        telemetry::error("http", "request {}: the handler threw: {}", request.request_id,
                         caught.what());
    }
    return text_response(500, "Internal error\n");
}

}  // namespace

struct PolledStreams::Stream {
    Exchange* exchange = nullptr;
    Handler handler;
    Request request;
    net::Timer timer;
    bool started = false;
    bool full = false;  ///< the peer reads too slowly: not asked until it has caught up
    int silent_turns = 0;
};

/// Used on the loop's thread only; tasks hold it, so it may outlive the owner.
struct PolledStreams::Streams {
    net::EventLoop& loop;
    net::WorkerPool& pool;
    std::unordered_map<std::uint64_t, Stream> open;

    static void ask(const std::shared_ptr<Streams>& self, std::uint64_t id);
    static void take(const std::shared_ptr<Streams>& self, std::uint64_t id, Response answer);
    void start(Stream& stream, const Response& answer) const;
    void end(std::uint64_t id);
};

void PolledStreams::Streams::ask(const std::shared_ptr<Streams>& self, std::uint64_t id) {
    const auto found = self->open.find(id);
    if (found == self->open.end()) {
        return;
    }
    Stream& stream = found->second;
    auto task = [self, id, handler = stream.handler, request = stream.request]() mutable {
        auto answer = call(handler, request);
        net::EventLoop& loop = self->loop;
        loop.post([self = std::move(self), id, answer = std::move(answer)]() mutable {
            take(self, id, std::move(answer));
        });
    };
    if (self->pool.submit(std::move(task))) {
        return;
    }
    if (stream.started) {
        stream.timer = self->loop.call_after(kAskEvery, [self, id] { ask(self, id); });
        return;
    }
    Exchange& exchange = *stream.exchange;
    exchange.on_closed = nullptr;
    self->open.erase(found);
    exchange.respond(text_response(503, "Too busy, try again\n"));
}

void PolledStreams::Streams::start(Stream& stream, const Response& answer) const {
    std::vector<HeaderView> fields;
    for (const Header& field : answer.headers) {
        if (field.name != kLastEventId) {
            fields.push_back({.name = field.name, .value = field.value});
        }
    }
    stream.started = true;
    stream.exchange->start({.status = 200, .headers = fields}, answer.body);
}

void PolledStreams::Streams::end(std::uint64_t id) {
    const auto found = open.find(id);
    if (found != open.end()) {
        Exchange& exchange = *found->second.exchange;
        exchange.on_closed = nullptr;
        exchange.on_drained = nullptr;
        open.erase(found);
        exchange.finish();
    }
}

void PolledStreams::Streams::take(const std::shared_ptr<Streams>& self,
                                  std::uint64_t id,
                                  Response answer) {
    const auto found = self->open.find(id);
    if (found == self->open.end()) {
        return;
    }
    Stream& stream = found->second;
    if (answer.status != 200) {
        if (stream.started) {
            self->end(id);
            return;
        }
        Exchange& exchange = *stream.exchange;
        exchange.on_closed = nullptr;
        self->open.erase(found);
        exchange.respond(answer);
        return;
    }
    if (const auto reached = answer.headers.get(kLastEventId)) {
        stream.request.headers.set(std::string(kLastEventId), std::string(*reached));
    }
    stream.silent_turns = answer.body.empty() ? stream.silent_turns + 1 : 0;
    if (!stream.started) {
        self->start(stream, answer);
    } else if (!answer.body.empty()) {
        stream.full = stream.exchange->write(answer.body) == Exchange::WriteState::kFull;
    } else if (stream.silent_turns >= kTurnsWithoutWord) {
        stream.silent_turns = 0;
        stream.full = stream.exchange->write(kComment) == Exchange::WriteState::kFull;
    }
    // A write may find that the peer has gone, and then the stream is no more.
    const auto still = self->open.find(id);
    if (still != self->open.end() && !still->second.full) {
        still->second.timer = self->loop.call_after(kAskEvery, [self, id] { ask(self, id); });
    }
}

PolledStreams::PolledStreams(net::EventLoop& loop, const Router& router, net::WorkerPool& pool)
    : router_(router),
      streams_(std::make_shared<Streams>(Streams{.loop = loop, .pool = pool, .open = {}})) {}

PolledStreams::~PolledStreams() {
    for (auto& [id, stream] : streams_->open) {
        stream.exchange->on_closed = nullptr;
        stream.exchange->on_drained = nullptr;
    }
    streams_->open.clear();
}

void PolledStreams::begin(Exchange& exchange, RequestContext context) {
    const auto match = router_.match(exchange.head().method, exchange.head().path);
    if (match.handler == nullptr || streams_->open.size() >= kMaxStreams) {
        exchange.respond(text_response(503, "Too many streams\n"));
        return;
    }
    const std::uint64_t id = next_++;
    Stream& stream = streams_->open[id];
    stream.exchange = &exchange;
    stream.handler = *match.handler;
    stream.request = to_request(exchange, std::move(context));
    exchange.on_closed = [streams = streams_, id] { streams->open.erase(id); };
    exchange.on_drained = [streams = streams_, id] {
        const auto found = streams->open.find(id);
        if (found != streams->open.end() && found->second.full) {
            found->second.full = false;
            Streams::ask(streams, id);
        }
    };
    Streams::ask(streams_, id);
}

void PolledStreams::finish() {
    std::vector<std::uint64_t> started;
    for (const auto& [id, stream] : streams_->open) {
        if (stream.started) {
            started.push_back(id);
        }
    }
    for (const std::uint64_t id : started) {
        streams_->end(id);
    }
}

}  // namespace gatehouse::http
