// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"
#include "doctor/internal/visit.h"
#include "net/public_address.h"

/// The first steps: where the server is, and what it says to a stranger.
namespace gatehouse::doctor {
namespace {

constexpr std::string_view kPublicRemedy =
    "publish the server under a public host name, with an A record whose every address is public";

void check_hosted(Visit& visit, const std::vector<net::IpAddress>& addresses) {
    if (visit.url.is_loopback()) {
        visit.warn("address.public",
                   fmt::format("{} is reachable from this machine only; {} runs elsewhere",
                               visit.url.host, visit.profile.title),
                   "for more than a trial, " + std::string(kPublicRemedy));
        return;
    }
    const auto hidden = std::ranges::find_if_not(addresses, net::is_public);
    if (hidden != addresses.end()) {
        visit.fail("address.public",
                   fmt::format("{} leads to {}, which {} cannot reach", visit.url.host,
                               hidden->to_string(), visit.profile.title),
                   std::string(kPublicRemedy));
    } else if (std::ranges::none_of(addresses, &net::IpAddress::is_v4)) {
        visit.fail("address.ipv4",
                   fmt::format("{} has no IPv4 address, and {} uses no other", visit.url.host,
                               visit.profile.title),
                   "add an A record");
    } else {
        visit.pass("address.public", visit.url.host + " is public and has an IPv4 address");
    }
}

http::ClientRequest knock(const Visit& visit) {
    http::ClientRequest request{.url = visit.question.url};
    if (visit.profile.knock == Knock::kGet) {
        request.headers.set("Accept", "*/*");
        request.headers.set("MCP-Protocol-Version", "2024-11-05");
        return request;
    }
    request.method = "POST";
    request.headers.set("Accept", "application/json, text/event-stream");
    request.headers.set("Content-Type", "application/json");
    request.body = initialize_body();
    return request;
}

/// Any answer but 200 and 401.
void explain_status(Visit& visit, const http::ClientResponse& answer) {
    const int status = answer.status;
    const std::string seen = fmt::format("the endpoint answers {}", status);
    if (status >= 300 && status < 400) {
        visit.fail("endpoint",
                   fmt::format("{}, a redirect to {}", seen,
                               answer.headers.get("Location").value_or("nowhere")),
                   "clients turn a redirected POST into a GET or refuse it: answer at this very "
                   "URL, with and without a trailing slash, or give clients the other URL");
    } else if (looks_like_html(answer) && (status == 403 || status == 503 || status == 429)) {
        visit.fail("endpoint",
                   seen + " with a web page: bot protection or a login page is in front",
                   "let this path pass the protection; MCP clients are programs and cannot solve "
                   "it");
    } else if (status == 404 || status == 405) {
        visit.fail("endpoint", seen,
                   "check path and method: a proxy may forward /mcp/* and not /mcp itself, or the "
                   "URL is not that of the MCP endpoint");
    } else if (status >= 500) {
        visit.fail("endpoint", seen, "the server, or what is behind the proxy, is not well");
    } else {
        visit.fail("endpoint", seen + " where a 401 with a challenge, or 200, belongs",
                   "authenticate before anything else is looked at; clients take other codes for "
                   "another transport or an outage");
    }
}

void check_challenge(Visit& visit, const http::ClientResponse& answer) {
    const auto fields = answer.headers.get_all("WWW-Authenticate");
    if (fields.empty()) {
        visit.warn("challenge", "the 401 has no WWW-Authenticate header",
                   "send WWW-Authenticate: Bearer resource_metadata=\"…\", and see that no proxy "
                   "removes it; this client falls back to guessing where the metadata is");
        return;
    }
    const std::string_view first = fields.front();
    const bool is_bearer = iequals(first.substr(0, first.find(' ')), "Bearer");
    if (!is_bearer || (visit.profile.bearer_case && !first.starts_with("Bearer"))) {
        visit.fail("challenge",
                   "the first challenge is not `Bearer`: " + std::string(first.substr(0, 80)),
                   "send one challenge, first and spelt exactly `Bearer`");
        return;
    }
    visit.challenge = first;
    if (fields.size() > 1) {
        visit.warn("challenge.single", "there are several WWW-Authenticate headers",
                   "send one: many clients read only the first");
    }
    const std::string metadata = challenge_parameter(first, "resource_metadata");
    if (metadata.empty()) {
        visit.warn("challenge", "the challenge does not name resource_metadata",
                   "add resource_metadata=\"…\": without it clients guess where the metadata is");
        return;
    }
    const auto url = parse_url(metadata);
    if (!url || url->origin() != visit.origin()) {
        visit.fail("challenge.origin", "resource_metadata leads to another origin: " + metadata,
                   "serve it at " + visit.origin() +
                       ": clients refuse another host or scheme. If "
                       "the scheme is wrong, the server does not know its public URL");
        return;
    }
    visit.pass("challenge", "401 with a Bearer challenge that names " + metadata);
}

}  // namespace

bool check_address(Visit& visit) {
    if (visit.url.scheme == "http" && !visit.url.is_loopback()) {
        visit.fail("address.https", "the URL is plain http",
                   "use https: tokens would travel in the clear, and clients refuse it");
    }
    const auto addresses = visit.tools.resolve(visit.url.host);
    if (!addresses || addresses->empty()) {
        visit.fail("address", visit.url.host + " has no address",
                   "check the spelling and the DNS records");
        return false;
    }
    visit.pass("address", fmt::format("{} is {}", visit.url.host, addresses->front().to_string()));
    if (visit.profile.hosted) {
        check_hosted(visit, *addresses);
    }
    return true;
}

bool check_endpoint(Visit& visit) {
    const auto answer = visit.send(knock(visit));
    if (!answer) {
        visit.fail("endpoint", fmt::format("{} {}", answer.error().message, answer.error().detail),
                   visit.url.scheme == "https"
                       ? "see that the server runs and that its certificate is complete, for this "
                         "name, and of a public authority"
                       : "see that the server runs and listens there");
        return false;
    }
    if (answer->status == 401) {
        visit.pass("endpoint", "strangers get 401");
        check_challenge(visit, *answer);
        return true;
    }
    const bool is_stream_refusal = visit.profile.knock == Knock::kGet && answer->status == 405;
    if (answer->status == 200 || is_stream_refusal) {
        visit.open = true;
        visit.pass("endpoint", "the server answers without a sign-in");
        return true;
    }
    // A server with sessions and no sign-in refuses a GET that names none.
    if (visit.profile.knock == Knock::kGet && (answer->status == 400 || answer->status == 406)) {
        http::ClientRequest post{.method = "POST", .url = visit.question.url};
        post.headers.set("Accept", "application/json, text/event-stream");
        post.headers.set("Content-Type", "application/json");
        post.body = initialize_body();
        const auto second = visit.send(std::move(post));
        if (second && second->status == 200) {
            visit.open = true;
            visit.pass("endpoint", "the server answers without a sign-in");
            return true;
        }
    }
    explain_status(visit, *answer);
    return false;
}

}  // namespace gatehouse::doctor
