// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "base/encoding.h"
#include "base/strings.h"
#include "base/url.h"
#include "http/message.h"
#include "oauth/pages.h"

namespace gatehouse::test {

/// What a browser got.
struct Page {
    int status = 0;
    http::Headers headers;
    std::string body;

    [[nodiscard]] std::string location() const {
        return std::string(headers.get("Location").value_or(""));
    }

    [[nodiscard]] bool shows(std::string_view text) const {
        return body.find(text) != std::string::npos;
    }

    /// A parameter of the redirect, or "(none)".
    [[nodiscard]] std::string parameter(std::string_view name) const {
        const auto url = parse_url(location());
        for (const auto& [key, value] :
             (url ? parse_form(url->query).value_or(FormFields{}) : FormFields{})) {
            if (key == name) {
                return value;
            }
        }
        return "(none)";
    }

    /// The hidden fields of the page's forms, the first of each name.
    [[nodiscard]] FormFields hidden() const {
        constexpr std::string_view kStart = "<input type=\"hidden\" name=\"";
        constexpr std::string_view kMiddle = "\" value=\"";
        FormFields fields;
        for (auto at = body.find(kStart); at != std::string::npos; at = body.find(kStart, at)) {
            at += kStart.size();
            const auto middle = body.find(kMiddle, at);
            const auto end = body.find('"', middle + kMiddle.size());
            const std::string name = body.substr(at, middle - at);
            const auto same = [&](const auto& entry) { return entry.first == name; };
            if (std::ranges::none_of(fields, same)) {
                fields.emplace_back(
                    name, body.substr(middle + kMiddle.size(), end - middle - kMiddle.size()));
            }
        }
        return fields;
    }
};

/// Keeps cookies and sends forms; follows nothing by itself.
class FormBrowser {
  public:
    using Send = std::function<http::Response(const http::Request&)>;

    FormBrowser(Send send, std::string origin)
        : send_(std::move(send)), origin_(std::move(origin)) {}

    Page get(const std::string& target) {
        const auto question = std::min(target.find('?'), target.size());
        http::Request request = make("GET", target.substr(0, question));
        request.query = target.substr(std::min(question + 1, target.size()));
        return exchange(request);
    }

    Page post(const std::string& path, const FormFields& fields) {
        http::Request request = make("POST", path);
        request.headers.set("Content-Type", "application/x-www-form-urlencoded");
        request.body = encode_form(fields);
        return exchange(request);
    }

    /// The page's own form with more fields.
    Page submit(const std::string& path, const Page& page, const FormFields& fields) {
        FormFields all = page.hidden();
        std::erase_if(all, [&](const auto& hidden) {
            return std::ranges::any_of(
                fields, [&](const auto& given) { return given.first == hidden.first; });
        });
        all.insert(all.end(), fields.begin(), fields.end());
        return post(path, all);
    }

    [[nodiscard]] http::Request make(const std::string& method, const std::string& path) const {
        http::Request request{.method = method,
                              .path = path,
                              .client_ip = client_ip,
                              .origin = origin_,
                              .request_id = "r1"};
        std::string line;
        for (const auto& [name, value] : cookies) {
            line += (line.empty() ? "" : "; ") + name + "=" + value;
        }
        if (!line.empty()) {
            request.headers.set("Cookie", line);
        }
        return request;
    }

    void take_cookie(std::string_view set_cookie) {
        const auto pair = set_cookie.substr(0, set_cookie.find(';'));
        const auto equals = pair.find('=');
        const std::string name(pair.substr(0, equals));
        if (set_cookie.find("Max-Age=0") != std::string_view::npos) {
            cookies.erase(name);
        } else {
            cookies[name] = pair.substr(equals + 1);
        }
    }

    std::map<std::string, std::string> cookies;
    std::string client_ip = "192.0.2.7";

  private:
    Page exchange(const http::Request& request) {
        const auto response = send_(request);
        for (const auto cookie : response.headers.get_all("Set-Cookie")) {
            take_cookie(cookie);
        }
        return {.status = response.status, .headers = response.headers, .body = response.body};
    }

    Send send_;
    std::string origin_;
};

/// D19, D21, D22, D30: what holds for everything that a browser is sent.
inline void expect_protected(const Page& page) {
    const std::string policy(page.headers.get("Content-Security-Policy").value_or(""));
    for (const std::string_view part :
         {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"}) {
        EXPECT_NE(policy.find(part), std::string::npos) << part << " in " << policy;
    }
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
    if (!page.body.empty()) {
        EXPECT_NE(policy.find("form-action 'self'"), std::string::npos) << policy;
        EXPECT_NE(policy.find("style-src 'sha256-"), std::string::npos) << policy;
    }
    EXPECT_EQ(page.headers.get("X-Frame-Options"), "DENY");
    EXPECT_EQ(page.headers.get("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(page.headers.get("Cache-Control"), "no-store");
    EXPECT_EQ(page.headers.get("Referrer-Policy"), "no-referrer");
    EXPECT_FALSE(page.headers.get("Cross-Origin-Opener-Policy"));
    EXPECT_FALSE(page.headers.get("Access-Control-Allow-Origin"));
    EXPECT_TRUE(page.status != 301 && page.status != 307 && page.status != 308) << page.status;
    EXPECT_FALSE(page.shows("<script"));
    EXPECT_FALSE(page.shows(" src="));
}

}  // namespace gatehouse::test
