// SPDX-License-Identifier: Apache-2.0
#include "http/dispatch.h"

#include <exception>
#include <unordered_map>
#include <utility>

#include "base/strings.h"
#include "telemetry/log.h"

namespace gatehouse::http {

/// The exchanges that wait for a handler; used on the loop's thread only. Tasks hold it, so it may
/// outlive the dispatcher.
struct ControlDispatcher::Pending {
    std::unordered_map<std::uint64_t, Exchange*> exchanges;
};

namespace {

Response failure(std::string_view request_id) {
    return text_response(500, "Internal error. Request " + std::string(request_id) + "\n");
}

/// Runs on a worker.
Response call(const Handler& handler, const Request& request) {
    try {
        return handler(request);
    } catch (const std::exception& caught) {
        telemetry::error("http", "request {}: the handler threw: {}", request.request_id,
                         caught.what());
    } catch (...) {
        telemetry::error("http", "request {}: the handler threw", request.request_id);
    }
    return failure(request.request_id);
}

/// What watches must not change what is watched.
void observe(const ExchangeObserver& observer, const Request& request, const Response& response) {
    try {
        observer(request, response);
    } catch (const std::exception& caught) {
        telemetry::error("http", "request {}: the observer threw: {}", request.request_id,
                         caught.what());
    }
}

void answer(Exchange& exchange, Response response, const std::string& request_id) {
    if (!response.headers.get("X-Request-Id")) {
        response.headers.add("X-Request-Id", request_id);
    }
    exchange.respond(response);
}

Response refusal(const Router::Match& match) {
    if (match.allowed_methods.empty()) {
        return text_response(404, "Not found\n");
    }
    auto response = text_response(405, "Method not allowed\n");
    response.headers.add("Allow", join(match.allowed_methods, ", "));
    return response;
}

}  // namespace

Request to_request(const Exchange& exchange, RequestContext context) {
    const auto& head = exchange.head();
    Request request{.method = std::string(head.method),
                    .path = std::string(head.path),
                    .query = std::string(head.query),
                    .headers = {},
                    .body = std::string(exchange.body()),
                    .client_ip = std::string(exchange.client_ip()),
                    .origin = std::move(context.origin),
                    .request_id = std::move(context.request_id)};
    for (const auto& field : head.headers) {
        request.headers.add(std::string(field.name), std::string(field.value));
    }
    return request;
}

ControlDispatcher::ControlDispatcher(net::EventLoop& loop,
                                     const Router& router,
                                     WorkPools pools,
                                     ExchangeObserver observer)
    : loop_(loop),
      router_(router),
      pools_(pools),
      observer_(std::make_shared<const ExchangeObserver>(std::move(observer))),
      pending_(std::make_shared<Pending>()) {}

ControlDispatcher::~ControlDispatcher() {
    for (const auto& [id, exchange] : pending_->exchanges) {
        exchange->on_closed = nullptr;
    }
    pending_->exchanges.clear();
}

bool ControlDispatcher::knows(std::string_view path) const {
    const auto match = router_.match("GET", path);
    return match.handler != nullptr || !match.allowed_methods.empty();
}

net::WorkerPool& ControlDispatcher::pool_of(WorkClass work) const {
    switch (work) {
        case WorkClass::kQuick:
            return pools_.quick;
        case WorkClass::kSlow:
            return pools_.slow;
        case WorkClass::kPassword:
            return pools_.password;
    }
    return pools_.slow;
}

void ControlDispatcher::dispatch(Exchange& exchange, RequestContext context) {
    const auto& head = exchange.head();
    const auto match = router_.match(head.method, head.path);
    const std::string request_id = context.request_id;
    if (match.handler == nullptr) {
        answer(exchange, refusal(match), request_id);
        return;
    }
    const auto id = next_++;
    auto task = [&loop = loop_, pending = pending_, observer = observer_, handler = match.handler,
                 id, request = to_request(exchange, std::move(context))]() mutable {
        auto response = call(*handler, request);
        if (*observer) {
            observe(*observer, request, response);
        }
        loop.post([pending = std::move(pending), id, response = std::move(response),
                   request_id = std::move(request.request_id)]() mutable {
            if (const auto found = pending->exchanges.extract(id)) {
                answer(*found.mapped(), std::move(response), request_id);
            }
        });
    };
    pending_->exchanges.emplace(id, &exchange);
    exchange.on_closed = [pending = pending_, id] { pending->exchanges.erase(id); };
    if (!pool_of(match.work).submit(std::move(task))) {
        pending_->exchanges.erase(id);
        auto response = text_response(503, "Too busy, try again\n");
        response.headers.add("Retry-After", "1");
        answer(exchange, std::move(response), request_id);
    }
}

}  // namespace gatehouse::http
