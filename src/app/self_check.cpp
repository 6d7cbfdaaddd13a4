// SPDX-License-Identifier: Apache-2.0
#include "app/self_check.h"

#include "base/json.h"
#include "telemetry/log.h"

namespace gatehouse::app {

void check_public_url(const catalog::Catalog& catalog, http::Client& client) {
    const std::string url = catalog.public_origin + "/.well-known/oauth-authorization-server";
    const auto answer = client.send({.url = url});
    if (!answer) {
        telemetry::warn(
            "app",
            "{} cannot be fetched from here ({}): clients that follow public_url must be "
            "able to; check DNS, the load balancer and public_url",
            url, answer.error().message);
        return;
    }
    const auto document = json::parse_object(answer->body);
    if (answer->status != 200 || !document) {
        telemetry::warn("app",
                        "{} answers {} and not our metadata: forward every path of public_url to "
                        "this gateway, also /.well-known",
                        url, answer->status);
        return;
    }
    if (json::get_string(*document, "issuer") != catalog.public_origin) {
        telemetry::warn("app", "{} names another issuer: another gateway answers at public_url",
                        url);
    }
}

}  // namespace gatehouse::app
