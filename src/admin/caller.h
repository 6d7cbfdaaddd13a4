// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/event_log.h"

namespace gatehouse::admin {

/// What a caller of the admin API may do; each role includes those before it. A viewer reads; an
/// operator changes servers, people, connections and limits; an admin also decides who else gets
/// in.
enum class Role : std::uint8_t { kViewer, kOperator, kAdmin };

[[nodiscard]] std::string_view role_name(Role role);
/// Nothing for an unknown word.
[[nodiscard]] std::optional<Role> parse_role(std::string_view name);

/// Who a request comes from, once the guard has let it in.
struct Caller {
    std::string name;  ///< for people and the audit: "admin.token", or an API key's name
    Role role = Role::kViewer;
    std::string key_id;  ///< of an API key, else empty
};

/// Says who is acting while a handler runs: a handler runs to its end on one worker thread. Lives
/// on the stack of that thread.
class ActingCaller {
  public:
    explicit ActingCaller(const Caller& caller);
    ActingCaller(const ActingCaller&) = delete;
    ActingCaller& operator=(const ActingCaller&) = delete;
    ActingCaller(ActingCaller&&) = delete;
    ActingCaller& operator=(ActingCaller&&) = delete;
    ~ActingCaller();

    /// The innermost of this thread, or null outside of a guarded handler.
    [[nodiscard]] static const Caller* current();

  private:
    const Caller* before_;
};

/// Adds `by`, the name of who is acting, to what the admin API records. Thread-safe.
class AttributedEvents final : public audit::EventLog {
  public:
    explicit AttributedEvents(audit::EventLog& events) : events_(events) {}

    Result<void> record(const audit::Event& event) override;

  private:
    audit::EventLog& events_;
};

}  // namespace gatehouse::admin
