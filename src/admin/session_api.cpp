// SPDX-License-Identifier: Apache-2.0
#include "admin/session_api.h"

#include <utility>

#include "admin/answers.h"
#include "admin/console_sessions.h"
#include "admin/problem.h"
#include "crypto/digest.h"

namespace gatehouse::admin {
namespace {

constexpr std::string_view kPattern = "/api/v1/session";

json::Object view(const Caller& caller, const std::string& anti_forgery) {
    json::Object out{{"name", caller.name}, {"role", role_name(caller.role)}};
    if (!anti_forgery.empty()) {
        out["anti_forgery"] = anti_forgery;
    }
    return out;
}

http::Response sign_in(const Dependencies& dependencies, const http::Request& request) {
    const auto object = json::parse_object(request.body);
    if (!object) {
        return problem(object.error());
    }
    const Secret credential(json::get_string(*object, "credential").value_or(""));
    const auto caller = dependencies.guard.identify(credential.reveal());
    if (!caller) {
        return problem(caller.error());
    }
    if (!*caller) {
        return problem(401, "Unauthorized", "this is neither the admin token nor an API key");
    }
    if (auto recorded = dependencies.events.record(
            {.name = "admin.sign_in",
             .client_ip = request.client_ip,
             .detail = {{"by", (*caller)->name}, {"role", role_name((*caller)->role)}}});
        !recorded) {
        return problem(recorded.error());
    }
    (void)dependencies.console_sessions->end(request);
    const auto started =
        dependencies.console_sessions->start(crypto::token_digest(credential.reveal()));
    http::Response response = object_response(201, view(**caller, started.anti_forgery));
    response.headers.add("Set-Cookie", started.set_cookie);
    return response;
}

http::Response show(const Dependencies& dependencies, const http::Request& request) {
    const auto session = dependencies.console_sessions->find(request);
    const Caller* const caller = ActingCaller::current();
    return caller == nullptr
               ? problem(401, "Unauthorized")
               : object_response(200, view(*caller, session ? session->anti_forgery : ""));
}

http::Response sign_out(const Dependencies& dependencies, const http::Request& request) {
    http::Response response{.status = 204, .headers = {}, .body = {}};
    response.headers.add("Set-Cookie", dependencies.console_sessions->end(request));
    return response;
}

}  // namespace

void add_session_routes(http::Router& router, const Dependencies& dependencies) {
    if (dependencies.console_sessions == nullptr) {
        return;
    }
    const std::string pattern(kPattern);
    router.add("POST", pattern, http::WorkClass::kQuick,
               dependencies.guard.admit([&dependencies](const http::Request& request) {
                   return sign_in(dependencies, request);
               }));
    router.add("GET", pattern, http::WorkClass::kQuick,
               dependencies.guard.protect(Role::kViewer, [&](const http::Request& request) {
                   return show(dependencies, request);
               }));
    router.add("DELETE", pattern, http::WorkClass::kQuick,
               dependencies.guard.protect(Role::kViewer, [&](const http::Request& request) {
                   return sign_out(dependencies, request);
               }));
}

}  // namespace gatehouse::admin
