// SPDX-License-Identifier: Apache-2.0
#include "identity/self_registration.h"

namespace gatehouse::identity {

SelfRegistration::SelfRegistration(Users& users, const Clock& clock)
    : users_(users),
      made_(clock,
            {.free_failures = 10,
             .first = std::chrono::seconds{10},
             .most = std::chrono::minutes{30}}) {}

std::chrono::seconds SelfRegistration::wait(std::string_view source) {
    return std::chrono::ceil<std::chrono::seconds>(made_.wait(throttle_source(source)));
}

Result<User> SelfRegistration::add(const Applicant& applicant, std::string_view source) {
    if (applicant.name.contains('@')) {
        return fail(ErrorCode::kInvalid, "the user name cannot be an e-mail address");
    }
    made_.failed(throttle_source(source));
    return users_.add_local({.name = applicant.name,
                             .email = applicant.email,
                             .email_verified = false,
                             .groups = {},
                             .password = applicant.password});
}

}  // namespace gatehouse::identity
