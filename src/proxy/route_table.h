// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/secret.h"
#include "budget/plan.h"
#include "catalog/catalog.h"
#include "policy/policy_set.h"

namespace gatehouse::proxy {

struct StringHash {
    using is_transparent = void;

    std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>{}(text);
    }
};

using StringSet = std::unordered_set<std::string, StringHash, std::equal_to<>>;

/// A runtime replica as requests are addressed to it.
struct Replica {
    std::string url;     ///< as configured
    std::string host;    ///< the Host field's value
    std::string target;  ///< path and query
    std::string mark;    ///< names the replica in session ids, also when the list is reordered
};

/// A server with what every call to it needs, worked out once.
struct Route {
    const catalog::Server* server = nullptr;
    std::vector<Replica> replicas;
    StringSet own_headers;  ///< header names the gateway sets, as NormalName: never a client's
    std::uint64_t own_lengths = 0;  ///< bit n: some name in own_headers has n characters (63: more)
    /// Lines with the worker secret and the static headers.
    Secret credentials;
    std::string scope;  ///< of the first challenge
    budget::Plan budgets;
    const policy::Policy* policy = nullptr;  ///< null: everything is allowed to everybody

    /// Some name in own_headers has this length.
    [[nodiscard]] bool may_own(std::size_t length) const;
    /// `name` is one of own_headers.
    [[nodiscard]] bool owns(std::string_view name) const;
    /// kNotFound replicas answer `replicas.size()`.
    [[nodiscard]] std::size_t find_replica(std::string_view mark) const;
};

/// Where requests go, built anew for each version of the catalog. Immutable.
class RouteTable {
  public:
    /// `listen_hosts` ("host:port") count as the public origin.
    /// `policies` are those of the same catalog.
    RouteTable(std::shared_ptr<const catalog::Catalog> catalog,
               std::shared_ptr<const policy::PolicySet> policies,
               const std::vector<std::string>& listen_hosts);

    /// Our origin that a Host value stands for, or null.
    [[nodiscard]] const std::string* origin_of(std::string_view host) const;
    /// `path` as sent: compared byte for byte, at most one trailing slash more.
    [[nodiscard]] const Route* find(std::string_view origin, std::string_view path) const;
    [[nodiscard]] const Route* find_server(std::string_view name) const;

    [[nodiscard]] const catalog::Catalog& catalog() const { return *catalog_; }

    [[nodiscard]] const std::shared_ptr<const policy::PolicySet>& policies() const {
        return policies_;
    }

  private:
    void add_host(std::string_view origin);

    template <typename T>
    using Map = std::unordered_map<std::string, T, StringHash, std::equal_to<>>;

    std::shared_ptr<const catalog::Catalog> catalog_;
    std::shared_ptr<const policy::PolicySet> policies_;
    Map<std::string> origins_;  ///< by host
    Map<Map<Route>> routes_;    ///< by origin, then by path
};

}  // namespace gatehouse::proxy
