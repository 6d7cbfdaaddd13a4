// SPDX-License-Identifier: Apache-2.0
#include "http/router.h"

#include <algorithm>
#include <optional>

#include "base/assert.h"
#include "base/strings.h"

namespace gatehouse::http {

namespace {

// In the order in which patterns win.
enum class SegmentKind : std::uint8_t { kExact, kOne, kRest };

template <typename Text>
SegmentKind kind_of(const Text& segment) {
    if (segment == "*") {
        return SegmentKind::kRest;
    }
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}'
               ? SegmentKind::kOne
               : SegmentKind::kExact;
}

template <typename Text>
std::vector<SegmentKind> kinds_of(const std::vector<Text>& segments) {
    std::vector<SegmentKind> kinds;
    for (const auto& segment : segments) {
        kinds.push_back(kind_of(segment));
    }
    return kinds;
}

// The captured segments if `path` (split) fits.
template <typename Text>
std::optional<std::vector<std::string>> capture(const std::vector<Text>& pattern,
                                                const std::vector<std::string_view>& path) {
    std::vector<std::string> captured;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (i == path.size()) {
            return std::nullopt;
        }
        switch (kind_of(pattern[i])) {
            case SegmentKind::kExact:
                if (pattern[i] != path[i]) {
                    return std::nullopt;
                }
                break;
            case SegmentKind::kOne:
                if (path[i].empty()) {
                    return std::nullopt;
                }
                captured.emplace_back(path[i]);
                break;
            case SegmentKind::kRest: {
                // the parts are views into one text, so the rest is one view too
                const std::string_view rest(path[i].data(), path.back().end());
                if (rest.empty()) {
                    return std::nullopt;
                }
                captured.emplace_back(rest);
                return captured;
            }
        }
    }
    return pattern.size() == path.size() ? std::optional(std::move(captured)) : std::nullopt;
}

}  // namespace

void Router::add(std::string method, std::string pattern, WorkClass work, Handler handler) {
    GATEHOUSE_ASSERT(handler != nullptr && pattern.starts_with('/'));
    std::vector<std::string> segments;
    for (const auto segment : split(pattern, '/')) {
        GATEHOUSE_ASSERT(segments.empty() || segments.back() != "*");
        segments.emplace_back(segment);
    }
    routes_.push_back({.method = std::move(method),
                       .pattern = std::move(pattern),
                       .segments = std::move(segments),
                       .work = work,
                       .handler = std::move(handler)});
}

std::vector<Router::Name> Router::names() const {
    std::vector<Name> names;
    for (const Route& route : routes_) {
        names.push_back({.method = route.method, .pattern = route.pattern});
    }
    return names;
}

Router::Match Router::match(std::string_view method, std::string_view path) const {
    const auto parts = split(path, '/');
    std::vector<const Route*> best;
    std::vector<SegmentKind> best_kinds;
    for (const auto& route : routes_) {
        if (!capture(route.segments, parts)) {
            continue;
        }
        auto kinds = kinds_of(route.segments);
        if (best.empty() || kinds < best_kinds) {
            best.clear();
            best_kinds = std::move(kinds);
        } else if (kinds != best_kinds) {
            continue;
        }
        best.push_back(&route);
    }
    const auto find = [&](std::string_view wanted) {
        const auto at = std::ranges::find(best, wanted, &Route::method);
        return at == best.end() ? nullptr : *at;
    };
    const Route* found = find(method);
    if (found == nullptr && method == "HEAD") {
        found = find("GET");
    }
    if (found != nullptr) {
        return {.handler = &found->handler, .work = found->work, .allowed_methods = {}};
    }
    Match match;
    for (const auto* route : best) {
        match.allowed_methods.push_back(route->method);
        if (route->method == "GET" && find("HEAD") == nullptr) {
            match.allowed_methods.emplace_back("HEAD");
        }
    }
    return match;
}

std::vector<std::string> path_parameters(std::string_view pattern, std::string_view path) {
    return capture(split(pattern, '/'), split(path, '/')).value_or(std::vector<std::string>{});
}

}  // namespace gatehouse::http
