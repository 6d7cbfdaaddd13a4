// SPDX-License-Identifier: Apache-2.0
#include "admin/console.h"

#include <string>

#include "admin/internal/console_assets.h"

namespace gatehouse::admin {
namespace {

constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' "
    "data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
constexpr std::string_view kWithout =
    "<!doctype html><html lang=\"en\"><title>Gatehouse</title><h1>Gatehouse</h1><p>This gateway "
    "was built without its console. The command line and /api/v1 do everything.</p></html>";

http::Response with_protection(std::string_view type, std::string_view content) {
    http::Response response{.status = 200, .headers = {}, .body = std::string(content)};
    response.headers.set("Content-Type", std::string(type));
    response.headers.set("Content-Security-Policy", std::string(kPolicy));
    response.headers.set("X-Content-Type-Options", "nosniff");
    response.headers.set("Referrer-Policy", "no-referrer");
    response.headers.set("Cross-Origin-Opener-Policy", "same-origin");
    response.headers.set("Cross-Origin-Resource-Policy", "same-origin");
    response.headers.set("Cache-Control", "no-store");
    return response;
}

}  // namespace

void add_console_routes(http::Router& router, const Guard& guard) {
    for (const Asset& asset : console_assets()) {
        router.add("GET", std::string(asset.path), http::WorkClass::kQuick,
                   guard.admit([asset](const http::Request&) {
                       return with_protection(asset.type, asset.content);
                   }));
    }
    if (console_assets().empty()) {
        router.add("GET", "/", http::WorkClass::kQuick, guard.admit([](const http::Request&) {
            return with_protection("text/html; charset=utf-8", kWithout);
        }));
    }
}

}  // namespace gatehouse::admin
