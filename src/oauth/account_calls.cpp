// SPDX-License-Identifier: Apache-2.0
#include "oauth/account_calls.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "base/units.h"
#include "oauth/authorize_access.h"
#include "oauth/flow_answer.h"
#include "oauth/pages.h"

namespace gatehouse::oauth {
namespace {

constexpr std::size_t kShown = 50;
constexpr std::size_t kMaxText = 100;

/// "2026-11-24 10:03 UTC"
std::string show_time(Timestamp time) {
    std::string text = format_time(time).substr(0, 16);
    text[10] = ' ';
    return text + " UTC";
}

std::string outcome_of(const OwnCall& call) {
    if (call.effect == "deny") {
        return call.rule.empty() ? "refused" : "refused by " + sanitize_text(call.rule, kMaxText);
    }
    if (!call.is_over) {
        return "running";
    }
    return call.failed ? "failed" : "done";
}

RecentCall view(const AccountCallsNeeds& needs,
                const catalog::Catalog& catalog,
                const OwnCall& call) {
    const auto* const server = catalog.find_server(call.server);
    return {.time = show_time(call.time),
            .what = sanitize_text(call.item.empty() ? call.method : call.item, kMaxText),
            .server_title = server == nullptr ? call.server : title_of(*server),
            .client_name = sanitize_text(needs.client_name(call.client), kMaxText),
            .outcome = outcome_of(call)};
}

http::Response show_calls(const AccountCallsNeeds& needs, const http::Request& request) {
    const auto visitor = needs.sessions.find(request);
    if (!visitor) {
        return unavailable_page(visitor.error());
    }
    if (!*visitor) {
        return see_other("/sign-in");
    }
    std::vector<OwnCall> calls;
    for (const identity::SignedIn& person : (*visitor)->session.people) {
        const auto user = needs.users.find(person.user_id);
        if (!user || user->disabled) {
            continue;
        }
        auto own = needs.recent(user->id, kShown);
        if (!own) {
            return unavailable_page(own.error());
        }
        std::ranges::move(*own, std::back_inserter(calls));
    }
    std::ranges::sort(calls, std::greater<>(), &OwnCall::time);
    calls.resize(std::min(calls.size(), kShown));
    const auto catalog = needs.catalog.get();
    RecentCallsPage page;
    for (const OwnCall& call : calls) {
        page.calls.push_back(view(needs, *catalog, call));
    }
    return render(page);
}

}  // namespace

void add_account_calls_route(http::Router& router, const AccountCallsNeeds& needs) {
    router.add("GET", "/account/calls", http::WorkClass::kQuick,
               [needs](const http::Request& request) { return show_calls(needs, request); });
}

}  // namespace gatehouse::oauth
