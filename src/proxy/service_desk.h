// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catalog/policy_service.h"
#include "proxy/call_facts.h"
#include "proxy/lookups.h"
#include "proxy/parts.h"
#include "proxy/service_verdict.h"

namespace gatehouse::proxy {

using SharedServiceVerdict = std::shared_ptr<const ServiceVerdict>;

/// The verdicts that one call has, by input. Kept until the call is over, because decisions refer
/// to their texts.
using ServiceRound = std::unordered_map<std::string, SharedServiceVerdict>;

/// Asks the policy service for one loop and remembers what it said for as long as the operator
/// allows. Bounded.
class ServiceDesk {
  public:
    explicit ServiceDesk(const Parts& parts) : parts_(parts) {}

    /// Null when nobody knows.
    [[nodiscard]] SharedServiceVerdict recall(const std::string& input, SteadyTime now);

    using Done = std::function<void(ServiceRound verdicts)>;

    /// Asks about each input on a worker, all of them within the service's timeout; what fails is
    /// decided as the service's `on_error` says. `done` is called on the worker. False when no
    /// worker takes it.
    [[nodiscard]] bool ask(const catalog::PolicyService& service,
                           std::vector<std::string> inputs,
                           Done done);
    /// What is decided when nobody can be asked.
    [[nodiscard]] static SharedServiceVerdict without_answer(const catalog::PolicyService& service);

    /// On the loop: keeps what may be used again.
    void remember(const catalog::PolicyService& service,
                  const ServiceRound& verdicts,
                  SteadyTime now);

  private:
    struct Entry {
        SharedServiceVerdict verdict;
        SteadyTime until;
    };

    const Parts& parts_;
    std::unordered_map<std::string, Entry> known_;
    std::size_t bytes_ = 0;
};

/// The documented input (docs/policies.md): {"input": {…}}. Equal questions give equal texts.
struct ServiceQuestion {
    const CallFacts& facts;
    const MessageFacts& message;
    std::string_view arguments;  ///< as sent
    const UserFacts* person = nullptr;
    std::string_view source_ip;
};

[[nodiscard]] std::string service_input(const ServiceQuestion& question);

/// True where the service is asked about a message that the rules allow.
[[nodiscard]] bool is_for_service(const CallFacts& facts, const MessageFacts& message);

}  // namespace gatehouse::proxy
