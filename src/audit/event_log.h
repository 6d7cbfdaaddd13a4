// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audit/record.h"
#include "base/result.h"

namespace gatehouse::audit {

/// Where security events go. Thread-safe; returns once the event is in the journal.
class EventLog {
  public:
    EventLog() = default;
    EventLog(const EventLog&) = delete;
    EventLog& operator=(const EventLog&) = delete;
    EventLog(EventLog&&) = delete;
    EventLog& operator=(EventLog&&) = delete;
    virtual ~EventLog() = default;

    /// kUnavailable when the journal cannot take it: callers that grant something must then refuse.
    virtual Result<void> record(const Event& event) = 0;
};

}  // namespace gatehouse::audit
