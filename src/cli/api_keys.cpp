// SPDX-License-Identifier: Apache-2.0
#include <istream>
#include <ostream>

#include "base/strings.h"
#include "cli/internal/handlers.h"
#include "cli/internal/table.h"

namespace gatehouse::cli {

int run_api_key_add(const Invocation& invocation, Environment& environment, AdminApi& api) {
    if (!invocation.has("role")) {
        return misused(environment, "api-keys add needs --role viewer, operator or admin");
    }
    json::Object body{{"name", invocation.arguments.front()}, {"role", invocation.get("role")}};
    if (invocation.has("expires")) {
        body["expires"] = invocation.get("expires");
    }
    const auto made = api.change("POST", "api-keys", body);
    if (!made) {
        return failed(environment, made.error());
    }
    if (invocation.has("json")) {
        environment.out << json::dump(*made) << "\n";
        return kExitOk;
    }
    environment.err << "The key of " << cell(*made, "name") << " (" << cell(*made, "role")
                    << "), shown this once:\n";
    environment.out << cell(*made, "key") << "\n";
    return kExitOk;
}

}  // namespace gatehouse::cli
