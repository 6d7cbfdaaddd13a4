// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oauth/flow.h"
#include "oauth/flow_answer.h"
#include "oauth/flow_walk.h"

namespace gatehouse::oauth {

/// Somebody who is signed in with this browser and may still do so.
struct Person {
    identity::User user;
    Timestamp auth_time;     ///< when somebody saw the person's credentials
    Timestamp signed_in_at;  ///< when this browser got its session here
};

/// What every page handler works with; one for all routes. Thread-safe.
struct FlowParts {
    explicit FlowParts(const FlowDependencies& given)
        : dependencies(given), walks(dependencies.transactions, dependencies.clock) {}

    /// Who of `source` is signed in; disabled and removed users are not, nor those whom a
    /// provider's entry does not let in any more.
    [[nodiscard]] Result<std::optional<Person>> find_person(const http::Request& request,
                                                            std::string_view source) const;
    /// Everybody who is signed in with this browser.
    [[nodiscard]] Result<std::vector<Person>> find_people(const identity::Visitor& visitor) const;
    /// True once the event is in the journal; nothing may be granted otherwise.
    [[nodiscard]] bool record(const http::Request& request, audit::Event event) const;

    FlowDependencies dependencies;
    Walks walks;
};

/// One request of an authorization whose server is known: what all its steps look at.
struct Scene {
    const http::Request& request;
    Walk walk;
    std::shared_ptr<const catalog::Catalog> catalog;
    const catalog::Server* server = nullptr;    ///< lives as the catalog does
    const catalog::Profile* profile = nullptr;  ///< null: no downstream account
    Client client;                              ///< empty unless the purpose is kAuthorize

    [[nodiscard]] const Transaction& transaction() const { return walk.transaction; }
};

/// The client and server of a transaction as they are now, or the page or redirect that says why
/// they no longer are.
[[nodiscard]] std::expected<Scene, http::Response> set_scene(const FlowParts& parts,
                                                             const http::Request& request,
                                                             Walk walk);

}  // namespace gatehouse::oauth
