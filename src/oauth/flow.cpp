// SPDX-License-Identifier: Apache-2.0
#include "oauth/flow.h"

#include <memory>
#include <string>

#include "oauth/account.h"
#include "oauth/account_connect.h"
#include "oauth/account_password.h"
#include "oauth/account_register.h"
#include "oauth/account_switch.h"
#include "oauth/authorize.h"
#include "oauth/callback.h"
#include "oauth/consent.h"
#include "oauth/flow_parts.h"
#include "oauth/flow_provider.h"
#include "oauth/flow_sign_in.h"
#include "oauth/pasted_key.h"

namespace gatehouse::oauth {
namespace {

using http::WorkClass;
using Page = http::Response (*)(const FlowParts&, const http::Request&);

struct Route {
    std::string_view method, pattern;
    WorkClass work;
    Page page;
};

/// Whatever may ask another server (a client's document, the downstream side) is slow.
constexpr Route kRoutes[] = {
    {"GET", "/authorize", WorkClass::kSlow, authorize},
    {"POST", "/authorize", WorkClass::kSlow, authorize},
    {"POST", "/authorize/server", WorkClass::kSlow, choose_server},
    {"GET", kResumePattern, WorkClass::kSlow, resume},
    {"POST", "/consent", WorkClass::kSlow, decide},
    {"GET", "/sign-in", WorkClass::kQuick, show_sign_in},
    {"POST", "/sign-in", WorkClass::kPassword, sign_in},
    {"GET", "/sign-in/reset", WorkClass::kQuick, show_reset},
    {"POST", "/sign-in/reset", WorkClass::kPassword, reset_password},
    {"GET", "/sign-in/register", WorkClass::kQuick, show_register},
    {"POST", "/sign-in/register", WorkClass::kPassword, register_person},
    {"GET", kProviderPattern, WorkClass::kSlow, leave_for_provider},
    {"GET", kProviderCallbackPattern, WorkClass::kSlow, return_from_provider},
    {"GET", "/sign-out", WorkClass::kQuick, show_sign_out},
    {"POST", "/sign-out", WorkClass::kQuick, sign_out},
    {"GET", kConnectPattern, WorkClass::kQuick, show_connect},
    {"POST", kConnectPattern, WorkClass::kSlow, connect},
    {"POST", kSwitchPattern, WorkClass::kSlow, switch_account},
    {"POST", kPastedKeyPattern, WorkClass::kQuick, store_key},
    {"GET", kCallbackPattern, WorkClass::kSlow, complete_leg},
    {"GET", "/account", WorkClass::kQuick, show_account},
    {"POST", "/account", WorkClass::kSlow, change_account},
    {"GET", "/account/password", WorkClass::kQuick, show_password},
    {"POST", "/account/password", WorkClass::kPassword, change_password},
};

}  // namespace

void add_flow_routes(http::Router& router, const FlowDependencies& dependencies) {
    const auto parts = std::make_shared<const FlowParts>(dependencies);
    for (const Route& route : kRoutes) {
        router.add(std::string(route.method), std::string(route.pattern), route.work,
                   [parts, page = route.page](const http::Request& request) {
                       return page(*parts, request);
                   });
    }
}

}  // namespace gatehouse::oauth
