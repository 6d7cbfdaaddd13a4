// SPDX-License-Identifier: Apache-2.0
#include "audit/codec.h"

#include <chrono>
#include <cstring>

#include "base/encoding.h"

namespace gatehouse::audit {
namespace {

constexpr char kIntent = 'i';
constexpr char kOutcome = 'o';
constexpr char kEvent = 'e';

void put_signed(EntryBuffer& out, std::int64_t value) {
    append_little_endian(out, static_cast<std::uint64_t>(value));
}

void put_text(EntryBuffer& out, std::string_view text) {
    append_little_endian(out, text.size());
    out.append(text);
}

void put_optional(EntryBuffer& out, const std::optional<std::int64_t>& value) {
    out.push_back(value ? '\1' : '\0');
    put_signed(out, value.value_or(0));
}

/// Reads what the writers above wrote; remembers the first failure.
class EntryReader {
  public:
    explicit EntryReader(std::string_view bytes) : rest_(bytes) {}

    char byte() {
        if (rest_.empty()) {
            failed_ = true;
            return '\0';
        }
        const char value = rest_.front();
        rest_.remove_prefix(1);
        return value;
    }

    std::uint64_t integer() {
        if (rest_.size() < 8) {
            failed_ = true;
            return 0;
        }
        std::uint64_t value = 0;
        for (std::size_t i = 8; i-- > 0;) {
            value = (value << 8U) | static_cast<unsigned char>(rest_[i]);
        }
        rest_.remove_prefix(8);
        return value;
    }

    std::int64_t signed_integer() { return static_cast<std::int64_t>(integer()); }

    std::string text() {
        const std::uint64_t length = integer();
        if (failed_ || length > rest_.size()) {
            failed_ = true;
            return {};
        }
        std::string value(rest_.substr(0, length));
        rest_.remove_prefix(length);
        return value;
    }

    std::optional<std::int64_t> optional() {
        const bool present = byte() == '\1';
        const std::int64_t value = signed_integer();
        return present ? std::optional(value) : std::nullopt;
    }

    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    [[nodiscard]] bool complete() const { return !failed_ && rest_.empty(); }

  private:
    std::string_view rest_;
    bool failed_ = false;
};

IntentEntry read_intent(EntryReader& in) {
    IntentEntry entry;
    entry.id = in.integer();
    entry.time = from_unix_millis(in.signed_integer());
    for (std::string* text :
         {&entry.request_id, &entry.trace_id, &entry.server, &entry.user, &entry.client,
          &entry.connection, &entry.revision, &entry.method, &entry.item, &entry.effect,
          &entry.rule, &entry.reason, &entry.arguments}) {
        *text = in.text();
    }
    entry.bytes_in = in.integer();
    // Entries of earlier versions end here.
    if (!in.at_end()) {
        entry.client_version = in.text();
        entry.runtime = in.text();
    }
    return entry;
}

OutcomeEntry read_outcome(EntryReader& in) {
    OutcomeEntry entry;
    entry.id = in.integer();
    entry.outcome.time = from_unix_millis(in.signed_integer());
    entry.outcome.http_status = static_cast<int>(in.signed_integer());
    entry.outcome.rpc_code = in.optional();
    if (const auto is_error = in.optional()) {
        entry.outcome.is_error = *is_error != 0;
    }
    entry.outcome.duration = std::chrono::microseconds(in.signed_integer());
    entry.outcome.runtime = std::chrono::microseconds(in.signed_integer());
    entry.outcome.bytes_out = in.integer();
    entry.outcome.last = in.byte() == '\1';
    // Entries of earlier versions end here.
    if (!in.at_end()) {
        entry.outcome.units = in.optional();
    }
    if (!in.at_end()) {
        entry.outcome.error = in.text();
        entry.outcome.result = in.text();
    }
    return entry;
}

EventEntry read_event(EntryReader& in) {
    EventEntry entry;
    entry.id = in.integer();
    entry.time = from_unix_millis(in.signed_integer());
    for (std::string* text :
         {&entry.name, &entry.server, &entry.user, &entry.client, &entry.connection,
          &entry.request_id, &entry.client_ip, &entry.detail}) {
        *text = in.text();
    }
    return entry;
}

}  // namespace

void encode_intent(EntryBuffer& out, std::uint64_t call, const CallIntent& intent) {
    out.clear();
    out.push_back(kIntent);
    append_little_endian(out, call);
    put_signed(out, to_unix_millis(intent.time));
    for (const std::string_view text :
         {intent.request_id, intent.trace_id, intent.server, intent.user, intent.client,
          intent.connection, intent.revision, intent.method, intent.item, intent.effect,
          intent.rule, intent.reason, intent.arguments}) {
        put_text(out, text);
    }
    append_little_endian(out, intent.bytes_in);
    put_text(out, intent.client_version);
    put_text(out, intent.runtime);
}

void encode_outcome(EntryBuffer& out, std::uint64_t call, const CallOutcome& outcome) {
    out.clear();
    out.push_back(kOutcome);
    append_little_endian(out, call);
    put_signed(out, to_unix_millis(outcome.time));
    put_signed(out, outcome.http_status);
    put_optional(out, outcome.rpc_code);
    put_optional(out, outcome.is_error ? std::optional<std::int64_t>(*outcome.is_error ? 1 : 0)
                                       : std::nullopt);
    put_signed(out, outcome.duration.count());
    put_signed(out, outcome.runtime.count());
    append_little_endian(out, outcome.bytes_out);
    out.push_back(outcome.last ? '\1' : '\0');
    put_optional(out, outcome.units);
    put_text(out, outcome.error);
    put_text(out, outcome.result);
}

void encode_event(EntryBuffer& out, std::uint64_t id, Timestamp time, const Event& event) {
    out.clear();
    out.push_back(kEvent);
    append_little_endian(out, id);
    put_signed(out, to_unix_millis(time));
    for (const std::string_view text :
         {std::string_view(event.name), std::string_view(event.server),
          std::string_view(event.user), std::string_view(event.client),
          std::string_view(event.connection), std::string_view(event.request_id),
          std::string_view(event.client_ip)}) {
        put_text(out, text);
    }
    put_text(out, event.detail.empty() ? std::string() : json::dump(event.detail));
}

Result<Entry> decode_entry(std::string_view bytes) {
    EntryReader in(bytes);
    std::optional<Entry> entry;
    switch (in.byte()) {
        case kIntent:
            entry = read_intent(in);
            break;
        case kOutcome:
            entry = read_outcome(in);
            break;
        case kEvent:
            entry = read_event(in);
            break;
        default:
            break;
    }
    if (!entry || !in.complete()) {
        return fail(ErrorCode::kCorrupt, "journal entry cannot be read");
    }
    return std::move(*entry);
}

}  // namespace gatehouse::audit
