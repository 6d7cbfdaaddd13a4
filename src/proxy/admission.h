// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/exchange.h"
#include "http/message.h"
#include "proxy/route_table.h"
#include "proxy/token_cache.h"

namespace gatehouse::proxy {

/// What a request is, judged from its head alone. Views point into the head, the pointers into
/// `routes`.
struct Admission {
    enum class Way { kHealth, kReady, kControl, kRefused, kCall };

    Way way = Way::kRefused;
    std::shared_ptr<const RouteTable> routes;  ///< a reload may replace the table at any moment
    http::Response refusal;                    ///< kRefused, CORS fields included
    std::string_view reason;                   ///< of a refusal, as recorded; no preflight has one
    const std::string* origin = nullptr;       ///< ours; null for health checks
    const Route* route = nullptr;              ///< of a call, or of the refusal of one
    std::string_view page;                     ///< the allowed Origin it came with, or empty
    SharedToken caller;                        ///< kCall
};

/// Host, path, Origin and token, in that order (requirements H01, H02, B13, A09-A18).
[[nodiscard]] Admission admit(const http::RequestHead& head,
                              std::shared_ptr<const RouteTable> table,
                              TokenCache& tokens,
                              Timestamp now);

}  // namespace gatehouse::proxy
