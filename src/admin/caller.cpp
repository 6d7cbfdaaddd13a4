// SPDX-License-Identifier: Apache-2.0
#include "admin/caller.h"

#include <utility>

namespace gatehouse::admin {
namespace {

thread_local const Caller* acting = nullptr;

}  // namespace

std::string_view role_name(Role role) {
    switch (role) {
        case Role::kViewer:
            return "viewer";
        case Role::kOperator:
            return "operator";
        case Role::kAdmin:
            return "admin";
    }
    return "viewer";
}

std::optional<Role> parse_role(std::string_view name) {
    for (const Role role : {Role::kViewer, Role::kOperator, Role::kAdmin}) {
        if (name == role_name(role)) {
            return role;
        }
    }
    return std::nullopt;
}

ActingCaller::ActingCaller(const Caller& caller) : before_(std::exchange(acting, &caller)) {}

ActingCaller::~ActingCaller() {
    acting = before_;
}

const Caller* ActingCaller::current() {
    return acting;
}

Result<void> AttributedEvents::record(const audit::Event& event) {
    const Caller* const caller = ActingCaller::current();
    if (caller == nullptr) {
        return events_.record(event);
    }
    audit::Event attributed = event;
    attributed.detail["by"] = caller->name;
    return events_.record(attributed);
}

}  // namespace gatehouse::admin
