// SPDX-License-Identifier: Apache-2.0
#include "proxy/proxy_application.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "proxy/admission.h"
#include "proxy/call.h"
#include "proxy/plane.h"

namespace gatehouse::proxy {
namespace {

using Way = Admission::Way;

// A body this small is read with its head, so judging the head alone first would save nothing.
constexpr std::int64_t kSmallBody = 16 << 10;

bool brings_small_body(const http::RequestHead& head, const Limits& limits) {
    return !head.chunked && head.content_length <= kSmallBody &&
           std::cmp_less_equal(head.content_length,
                               std::min(limits.request_body, limits.control_body)) &&
           !head.has(http::HeaderId::kExpect);
}

std::string_view presented_token(const http::RequestHead& head) {
    const auto value = head.get(http::HeaderId::kAuthorization);
    const auto space = value.find(' ');
    return space == std::string_view::npos ? value : trim(value.substr(space + 1));
}

}  // namespace

class ProxyApplication::Impl {
  public:
    explicit Impl(Parts parts) : plane(std::move(parts)) {}

    [[nodiscard]] Admission admit_head(const http::RequestHead& head, Timestamp now) {
        return admit(head, plane.current_routes(), plane.tokens, now);
    }

    /// Nothing was granted and nothing ran: the refusal stands also if it cannot be recorded.
    void note_refusal(const http::Exchange& exchange,
                      const Admission& admission,
                      const Moment& now) {
        if (admission.route == nullptr || admission.reason.empty()) {
            return;
        }
        const Id request_id = plane.ids.next();
        const auto noted = plane.refusals.record({.server = admission.route->server->name,
                                                  .method = exchange.head().method,
                                                  .request_id = request_id,
                                                  .source = exchange.client_ip(),
                                                  .reason = admission.reason,
                                                  .status = admission.refusal.status,
                                                  .bytes_in = exchange.body().size()},
                                                 now);
        if (!noted) {
            plane.note_journal_trouble(noted.error());
        } else if (*noted && plane.parts.turned_away && admission.refusal.status == 401) {
            const http::RequestHead& head = exchange.head();
            plane.parts.turned_away({.server = admission.route->server->name,
                                     .method = head.method,
                                     .path = head.path,
                                     .client_ip = exchange.client_ip(),
                                     .user_agent = head.get(http::HeaderId::kUserAgent),
                                     .reason = admission.reason,
                                     .token = presented_token(head),
                                     .status = admission.refusal.status});
        }
    }

    Plane plane;
};

ProxyApplication::ProxyApplication(Parts parts) : impl_(std::make_unique<Impl>(std::move(parts))) {}

ProxyApplication::~ProxyApplication() = default;

http::HeadVerdict ProxyApplication::on_head(http::Exchange& exchange) {
    const http::RequestHead& head = exchange.head();
    const Limits& limits = impl_->plane.parts.limits;
    if (brings_small_body(head, limits)) {
        return {.max_body = static_cast<std::uint64_t>(kSmallBody)};
    }
    // Nobody without a token makes the gateway take in a large body.
    const Moment now = Moment::read(impl_->plane.parts.clock);
    Admission admission = impl_->admit_head(head, now.wall);
    switch (admission.way) {
        case Way::kRefused:
            impl_->note_refusal(exchange, admission, now);
            return {.proceed = false, .refusal = std::move(admission.refusal)};
        case Way::kCall:
            return {.max_body = limits.request_body};
        case Way::kControl:
            return {.max_body = limits.control_body};
        default:
            return {.max_body = 0};
    }
}

void ProxyApplication::on_request(http::Exchange& exchange) {
    Plane& plane = impl_->plane;
    const Moment now = Moment::read(plane.parts.clock);
    Admission admission = impl_->admit_head(exchange.head(), now.wall);
    switch (admission.way) {
        case Way::kHealth:
            exchange.respond(plane.parts.health());
            return;
        case Way::kReady:
            exchange.respond(plane.parts.ready());
            return;
        case Way::kControl:
            plane.parts.control(exchange, plane.ids.next(), *admission.origin);
            return;
        case Way::kRefused:
            impl_->note_refusal(exchange, admission, now);
            exchange.respond(admission.refusal);
            return;
        case Way::kCall:
            plane.new_call().begin(exchange, std::move(admission), now);
            return;
    }
}

void ProxyApplication::tick() {
    Plane& plane = impl_->plane;
    if (const auto done = plane.refusals.tick(Moment::read(plane.parts.clock)); !done) {
        plane.note_journal_trouble(done.error());
    }
    plane.for_each_open([](Call& call) { call.tick(); });
}

void ProxyApplication::end_streams() {
    impl_->plane.for_each_open([](Call& call) { call.end_stream(); });
}

void ProxyApplication::set_limits(const Limits& limits) {
    impl_->plane.parts.limits = limits;
}

std::size_t ProxyApplication::open_calls() const {
    return impl_->plane.open_calls();
}

}  // namespace gatehouse::proxy
