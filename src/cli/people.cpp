// SPDX-License-Identifier: Apache-2.0
#include <ostream>

#include "base/encoding.h"
#include "base/strings.h"
#include "cli/internal/handlers.h"
#include "cli/internal/table.h"

namespace gatehouse::cli {
namespace {

int fail_for(const Invocation& invocation, Environment& environment, const Error& error) {
    return error.code == ErrorCode::kNotFound
               ? failed(environment, {.code = ErrorCode::kNotFound,
                                      .message = "there is no " +
                                                 sanitize_text(invocation.arguments.front(), 200)})
               : failed(environment, error);
}

}  // namespace

int run_reset_link(const Invocation& invocation, Environment& environment, AdminApi& api) {
    const std::string& name = invocation.arguments.front();
    const auto link = api.change("POST", "users/" + percent_encode(name) + "/reset-link", {});
    if (!link) {
        return fail_for(invocation, environment, link.error());
    }
    if (invocation.has("json")) {
        environment.out << json::dump(*link) << "\n";
        return kExitOk;
    }
    environment.out << cell(*link, "url") << "\n"
                    << "Give this link to " << sanitize_text(name, 200)
                    << " only. It works once, until " << cell(*link, "expires_at")
                    << "; an earlier one is over.\n";
    return kExitOk;
}

int run_user_export(const Invocation& invocation, Environment& environment, AdminApi& api) {
    const auto all = api.get("users/" + percent_encode(invocation.arguments.front()) + "/export");
    if (!all) {
        return fail_for(invocation, environment, all.error());
    }
    // There is no other form of it; `--json` is taken all the same.
    environment.out << json::dump(*all) << "\n";
    return kExitOk;
}

}  // namespace gatehouse::cli
