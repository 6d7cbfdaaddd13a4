// SPDX-License-Identifier: Apache-2.0
#include "oauth/account_sessions.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/strings.h"
#include "base/units.h"

namespace gatehouse::oauth {
namespace {

constexpr std::size_t kMaxShownAgent = 60;

struct Mark {
    std::string_view in_user_agent, name;
};

/// Most of them pose as the ones behind them.
constexpr std::array<Mark, 6> kBrowsers{{{"Edg", "Edge"},
                                         {"OPR/", "Opera"},
                                         {"Firefox/", "Firefox"},
                                         {"FxiOS/", "Firefox"},
                                         {"Chrome/", "Chrome"},
                                         {"Safari/", "Safari"}}};
constexpr std::array<Mark, 6> kSystems{{{"Android", "Android"},
                                        {"iPhone", "iPhone"},
                                        {"iPad", "iPad"},
                                        {"Windows", "Windows"},
                                        {"Mac OS X", "macOS"},
                                        {"Linux", "Linux"}}};

template <std::size_t N>
std::string_view find_mark(const std::array<Mark, N>& marks, std::string_view user_agent) {
    const auto it = std::ranges::find_if(
        marks, [&](const Mark& mark) { return user_agent.contains(mark.in_user_agent); });
    return it == marks.end() ? std::string_view() : it->name;
}

void record_end(const FlowParts& parts,
                const http::Request& request,
                const Person& person,
                std::string_view which) {
    (void)parts.record(request, {.name = "session.ended",
                                 .user = person.user.id,
                                 .detail = {{"by", "user"}, {"which", which}}});
}

http::Response end_one(const FlowParts& parts,
                       const http::Request& request,
                       const Account& account,
                       std::string_view id) {
    bool any = false;
    for (const Person& person : account.people) {
        const auto ended = parts.dependencies.sessions.end(person.user.id, id);
        if (!ended) {
            return unavailable_page(ended.error());
        }
        if (*ended) {
            record_end(parts, request, person, "one");
            any = true;
        }
    }
    return any ? see_other("/account?done=end_session")
               : not_found_page("There is no such session of yours; it may have ended already.");
}

http::Response end_others(const FlowParts& parts,
                          const http::Request& request,
                          const Account& account) {
    for (const Person& person : account.people) {
        if (auto ended =
                parts.dependencies.sessions.end_others(person.user.id, account.visitor.session);
            !ended) {
            return unavailable_page(ended.error());
        }
        record_end(parts, request, person, "others");
    }
    return see_other("/account?done=end_session");
}

http::Response end_all(const FlowParts& parts,
                       const http::Request& request,
                       const Account& account) {
    for (const Person& person : account.people) {
        if (auto ended = parts.dependencies.sessions.end_user(person.user.id); !ended) {
            return unavailable_page(ended.error());
        }
        record_end(parts, request, person, "all");
    }
    const auto cookie = parts.dependencies.sessions.sign_out(request);
    if (!cookie) {
        return unavailable_page(cookie.error());
    }
    auto response = see_other("/sign-out");
    response.headers.add("Set-Cookie", *cookie);
    return response;
}

}  // namespace

std::string show_time(Timestamp time) {
    std::string text = format_time(time).substr(0, 16);
    text[10] = ' ';
    return text + " UTC";
}

std::string describe_browser(std::string_view user_agent) {
    const auto browser = find_mark(kBrowsers, user_agent);
    const auto system = find_mark(kSystems, user_agent);
    if (!browser.empty() && !system.empty()) {
        return std::string(browser) + " on " + std::string(system);
    }
    const std::string raw = sanitize_text(user_agent, kMaxShownAgent);
    return raw.empty() ? "A browser that does not say which" : raw;
}

Result<std::vector<AccountSession>> account_sessions(const FlowParts& parts,
                                                     const Account& account) {
    const std::string own = identity::session_id(account.visitor.session);
    std::vector<AccountSession> shown;
    for (const Person& person : account.people) {
        const auto sessions = parts.dependencies.sessions.list(person.user.id);
        if (!sessions) {
            return std::unexpected(sessions.error());
        }
        for (const identity::SessionSummary& session : *sessions) {
            if (std::ranges::find(shown, session.id, &AccountSession::id) == shown.end()) {
                shown.push_back({.id = session.id,
                                 .browser = describe_browser(session.user_agent),
                                 .address = session.client_ip,
                                 .since = show_time(session.signed_in_at),
                                 .last_used = show_time(session.last_used_at),
                                 .is_this = session.id == own});
            }
        }
    }
    return shown;
}

std::optional<http::Response> change_sessions(const FlowParts& parts,
                                              const http::Request& request,
                                              const Account& account,
                                              const FormFields& form) {
    const auto action = field(form, "action");
    const auto id = field(form, "session");
    if (action == "end_session") {
        return end_one(parts, request, account, id);
    }
    if (action == "end_other_sessions") {
        return end_others(parts, request, account);
    }
    return action == "end_all_sessions" ? std::optional(end_all(parts, request, account))
                                        : std::nullopt;
}

}  // namespace gatehouse::oauth
