// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "base/strings.h"
#include "config/internal/build.h"

namespace gatehouse::config {
namespace {

/// Headers that carry the message itself: nothing configured may stand in their place.
constexpr std::array<std::string_view, 14> kMessageHeaders{"host",
                                                           "connection",
                                                           "content-length",
                                                           "content-type",
                                                           "transfer-encoding",
                                                           "te",
                                                           "trailer",
                                                           "upgrade",
                                                           "accept",
                                                           "expect",
                                                           "mcp-session-id",
                                                           "last-event-id",
                                                           "mcp-protocol-version",
                                                           "x-request-id"};

constexpr std::array<std::string_view, 6> kIdentityHeaders{
    "x-gateway-user",   "x-gateway-email", "x-gateway-groups",
    "x-gateway-client", "x-gateway-scope", "x-gateway-assertion"};

/// Many runtimes fold case and `_`, so two headers that differ only there are one.
std::string folded(std::string_view name) {
    std::string text = to_lower(name);
    std::ranges::replace(text, '_', '-');
    return text;
}

/// Goes over the headers that the gateway sets and reports what cannot be sent as written.
class HeaderCheck {
  public:
    HeaderCheck(const Section& worker, const BuildContext& context)
        : worker_(worker), context_(context) {}

    void name(std::string_view key, std::string_view header) {
        const std::string text = folded(header);
        if (std::ranges::find(kMessageHeaders, text) != kMessageHeaders.end() ||
            std::ranges::find(kIdentityHeaders, text) != kIdentityHeaders.end()) {
            context_.report(worker_, key, in_ticks(header) + " has a meaning of its own");
        } else if (contains(seen_, text)) {
            context_.report(worker_, key, in_ticks(header) + " is used twice");
        }
        seen_.push_back(text);
    }

    void value(std::string_view key, Position at, const Secret& secret) {
        const std::string_view bytes = secret.reveal();
        const bool is_sendable =
            std::ranges::all_of(bytes, [](char c) { return c >= ' ' && c <= '~'; }) &&
            !bytes.starts_with(' ') && !bytes.ends_with(' ');
        if (!is_sendable) {
            const std::string path = worker_.path_of(key);
            context_.problems.add(at, path,
                                  in_ticks(path) +
                                      ": a header can hold visible ASCII only, without line breaks "
                                      "and spaces around it");
        }
    }

  private:
    const Section& worker_;
    const BuildContext& context_;
    std::vector<std::string> seen_;
};

void check_headers(const Section& section,
                   const Section& worker_section,
                   const BuildContext& context,
                   const catalog::Server& server) {
    const catalog::Worker& worker = server.worker;
    HeaderCheck check(worker_section, context);
    if (!worker_section.is_bad("secret_header")) {
        check.name("secret_header", worker.secret_header);
    }
    if (section.is_given("profile") && !worker_section.is_bad("token_header")) {
        check.name("token_header", worker.token_header);
    }
    for (const auto& [header, value] : worker.static_headers) {
        const bool is_word = std::ranges::all_of(header, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '-' || c == '_';
        });
        if (header.empty() || !is_word) {
            context.report(worker_section, "static_headers",
                           in_ticks(header) + " is not the name of a header");
            continue;
        }
        check.name("static_headers", header);
        check.value("static_headers", worker_section.at("static_headers"), value);
    }
    for (const Located& secret : worker_section.located("secret")) {
        check.value("secret", secret.at, Secret(secret.text));
    }
}

/// The first runtime that secrets would reach in the clear, or nothing.
std::string exposed_runtime(const catalog::Server& server) {
    for (const std::string& runtime : server.runtimes) {
        const auto url = parse_url(runtime);
        if (url && url->scheme == "http" && !url->is_loopback()) {
            return runtime;
        }
    }
    return {};
}

void check_plain_http(const Section& section,
                      const Section& worker,
                      const BuildContext& context,
                      const catalog::Server& server) {
    const std::string runtime = exposed_runtime(server);
    if (runtime.empty() || server.worker.plain_http) {
        return;
    }
    const std::string remedy = " would go over plain http to " + in_ticks(runtime) +
                               "; if the network between is yours alone, set " +
                               in_ticks(worker.path_of("plain_http")) + " to true";
    if (worker.is_given("secret")) {
        context.report(worker, "secret", "the secret" + remedy);
    }
    if (worker.is_given("static_headers") && !server.worker.static_headers.empty()) {
        context.report(worker, "static_headers", "the values" + remedy);
    }
    if (section.is_given("profile")) {
        context.report(section, "profile", "people's tokens" + remedy);
    }
}

void check_runtimes(const Section& section, const BuildContext& context) {
    std::vector<std::string> seen;
    for (const Located& runtime : section.located("runtime")) {
        const std::string path = section.path_of("runtime");
        if (contains(seen, runtime.text)) {
            context.problems.add(
                runtime.at, path,
                in_ticks(path) + ": " + in_ticks(runtime.text) + " is written twice");
        }
        seen.push_back(runtime.text);
    }
}

}  // namespace

void build_worker(const Section& section, const BuildContext& context, catalog::Server& server) {
    const Section worker = section.section("worker");
    server.worker.secret_header = worker.text("secret_header");
    server.worker.token_header = worker.text("token_header");
    server.worker.plain_http = worker.flag("plain_http");
    server.worker.identity_headers = worker.flag("identity_headers");
    for (const Located& secret : worker.located("secret")) {
        server.worker.secrets.emplace_back(secret.text);
    }
    for (auto& [name, value] : worker.pairs("static_headers")) {
        server.worker.static_headers.emplace_back(name, Secret(std::move(value)));
    }
    check_headers(section, worker, context, server);
    check_runtimes(section, context);
    check_plain_http(section, worker, context, server);
}

}  // namespace gatehouse::config
