// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace gatehouse::http {

/// A synchronous control-plane handler: complete request in, response out. Runs on a worker
/// thread and may block (SQL, libcurl, hashing). Must be safe to call from several threads.
using Handler = std::function<Response(const Request&)>;

/// Which pool runs a route, so that slow work cannot starve quick work.
enum class WorkClass { kQuick, kSlow, kPassword };

/// The control plane's routes. Filled at start, then immutable and thread-safe.
///
/// A pattern is a path whose last segment may be `*` (the rest, at least one character, slashes
/// included) and whose segments may be `{name}` (one segment). Exact beats `{}` beats `*`.
class Router {
  public:
    void add(std::string method, std::string pattern, WorkClass work, Handler handler);

    struct Name {
        std::string method, pattern;
    };

    /// Every route, in the order in which they were added.
    [[nodiscard]] std::vector<Name> names() const;

    struct Match {
        const Handler* handler = nullptr;
        WorkClass work = WorkClass::kQuick;
        std::vector<std::string> allowed_methods;  ///< when the path is known, the method is not
    };

    /// HEAD finds GET's handler. Null handler and no methods: unknown path.
    [[nodiscard]] Match match(std::string_view method, std::string_view path) const;

  private:
    struct Route {
        std::string method, pattern;
        std::vector<std::string> segments;
        WorkClass work;
        Handler handler;
    };

    std::vector<Route> routes_;
};

/// The segments behind `{}` and `*` in `pattern`, in order, undecoded; empty if no match.
[[nodiscard]] std::vector<std::string> path_parameters(std::string_view pattern,
                                                       std::string_view path);

}  // namespace gatehouse::http
