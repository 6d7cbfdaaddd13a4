// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "http/exchange.h"
#include "proxy/call_facts.h"
#include "proxy/parts.h"

/// What a caller is told when the account behind the server has to be connected again.
namespace gatehouse::proxy {

/// Requirements G30, with its override.
enum class ReconnectSignal : std::uint8_t {
    kUrlElicitation,  ///< error -32042, of sessions of revision 2025-11-25 that declared it
    kInputRequired,   ///< `input_required`, of modern requests that declared it
    kChallenge,       ///< 401: the client goes through the whole flow, and its refresh is refused
    kInBand,          ///< a refusal with reason `reconnect`: nobody else would understand
};

[[nodiscard]] ReconnectSignal choose_reconnect_signal(const http::Exchange& exchange,
                                                      const CallFacts& facts);

/// The refusal of a call whose account is not connected. A person who said no to our question is
/// not asked again (G35).
[[nodiscard]] Refusal refuse_reconnect(const Parts& parts,
                                       const http::Exchange& exchange,
                                       const CallFacts& facts,
                                       Timestamp now);

/// True when the operator says that the runtime answers these methods to anybody (G37).
[[nodiscard]] bool runs_without_account(const CallFacts& facts);

}  // namespace gatehouse::proxy
