// SPDX-License-Identifier: Apache-2.0
#include "mcp/retry.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "base/json.h"

namespace gatehouse::mcp {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::size_t skip_space(std::string_view text, std::size_t at) {
    while (at < text.size() && is_space(text[at])) {
        ++at;
    }
    return at;
}

/// The place behind the string that begins at `at`.
std::size_t end_of_string(std::string_view text, std::size_t at) {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
        at += text[at] == '\\' ? 1 : 0;
    }
    return std::min(at + 1, text.size());
}

/// The place behind the value that begins at `at`.
std::size_t end_of_value(std::string_view text, std::size_t at) {
    if (text[at] == '"') {
        return end_of_string(text, at);
    }
    if (text[at] != '{' && text[at] != '[') {
        return std::min(text.find_first_of(",}] \t\r\n", at), text.size());
    }
    std::size_t depth = 0;
    while (at < text.size()) {
        if (text[at] == '"') {
            at = end_of_string(text, at);
            continue;
        }
        depth += text[at] == '{' || text[at] == '[' ? 1 : 0;
        depth -= text[at] == '}' || text[at] == ']' ? 1 : 0;
        ++at;
        if (depth == 0) {
            break;
        }
    }
    return at;
}

struct Range {
    std::size_t begin = 0, end = 0;
};

std::size_t skip_space_back(std::string_view text, std::size_t at) {
    while (at > 0 && is_space(text[at - 1])) {
        --at;
    }
    return at;
}

/// The quote that opens the string whose closing quote is at `closing`.
std::size_t opening_quote(std::string_view text, std::size_t closing) {
    std::size_t at = closing;
    while (at > 0) {
        at = text.rfind('"', at - 1);
        std::size_t slashes = 0;
        while (at > slashes && text[at - 1 - slashes] == '\\') {
            ++slashes;
        }
        if (slashes % 2 == 0) {
            break;
        }
    }
    return at;
}

/// The whole member, with the one comma that must go with it.
Range member_of(std::string_view body, Range value) {
    const std::size_t colon = skip_space_back(body, value.begin) - 1;
    const std::size_t begin = opening_quote(body, skip_space_back(body, colon) - 1);
    const std::size_t behind = skip_space(body, value.end);
    if (behind < body.size() && body[behind] == ',') {
        return {.begin = begin, .end = skip_space(body, behind + 1)};
    }
    const std::size_t before = skip_space_back(body, begin);
    const bool follows = before > 0 && body[before - 1] == ',';
    return {.begin = follows ? before - 1 : begin, .end = value.end};
}

struct Entry {
    std::string name;
    Range value;
};

/// The entries of an object whose text is known to be valid.
std::vector<Entry> entries_of(std::string_view object) {
    std::vector<Entry> entries;
    std::size_t at = skip_space(object, 1);
    while (at < object.size() && object[at] == '"') {
        const std::size_t name_end = end_of_string(object, at);
        auto name = read_string(object.substr(at, name_end - at));
        at = skip_space(object, name_end);
        at = skip_space(object, at + 1);  // the colon
        const std::size_t end = end_of_value(object, at);
        entries.push_back({.name = std::move(name).value_or(""), .value = {at, end}});
        at = skip_space(object, end);
        if (at >= object.size() || object[at] != ',') {
            break;
        }
        at = skip_space(object, at + 1);
    }
    return entries;
}

}  // namespace

std::optional<std::string> read_string(std::string_view json) {
    const auto value = json::parse("[" + std::string(json) + "]");
    if (!value || !value->is_array() || value->get_array().size() != 1 ||
        !value->get_array().front().is_string()) {
        return std::nullopt;
    }
    return std::string(value->get_array().front().get_string());
}

std::string edit_members(std::string_view body, std::span<const MemberEdit> edits) {
    std::vector<std::pair<Range, std::string_view>> changes;
    for (const MemberEdit& edit : edits) {
        const auto begin = static_cast<std::size_t>(edit.value.data() - body.data());
        changes.emplace_back(Range{.begin = begin, .end = begin + edit.value.size()},
                             edit.replacement);
    }
    // From the end, so that what stands before keeps its place, and neighbours that both go leave
    // no comma behind.
    std::ranges::sort(changes, std::greater{},
                      [](const auto& change) { return change.first.begin; });
    std::string out(body);
    for (const auto& [value, replacement] : changes) {
        const Range range = replacement.empty() ? member_of(out, value) : value;
        out.replace(range.begin, range.end - range.begin, replacement);
    }
    return out;
}

std::optional<InputResponse> find_response(std::string_view responses, std::string_view key) {
    const auto entries = entries_of(responses);
    const auto found = std::ranges::find(entries, key, &Entry::name);
    if (found == entries.end()) {
        return std::nullopt;
    }
    const auto value = responses.substr(found->value.begin, found->value.end - found->value.begin);
    const auto object = json::parse_object(value);
    return InputResponse{
        .value = value,
        .action = object ? json::get_string(*object, "action").value_or("") : std::string(),
        .alone = entries.size() == 1};
}

bool has_response_like(std::string_view responses, std::string_view prefix) {
    return std::ranges::any_of(entries_of(responses),
                               [&](const Entry& entry) { return entry.name.starts_with(prefix); });
}

}  // namespace gatehouse::mcp
