// SPDX-License-Identifier: Apache-2.0
#include "policy/list_filter.h"

#include <simdjson.h>

#include <algorithm>
#include <deque>
#include <unordered_set>
#include <vector>

#include "base/json_cursor.h"

namespace gatehouse::policy {
namespace {

using Type = JsonCursor::Type;
using RawString = JsonCursor::RawString;

struct ListKind {
    std::string_view member, name;
    ItemKind kind;
};

constexpr std::array kLists{ListKind{"tools", "name", ItemKind::kTool},
                            ListKind{"prompts", "name", ItemKind::kPrompt},
                            ListKind{"resources", "uri", ItemKind::kResource},
                            ListKind{"resourceTemplates", "uriTemplate", ItemKind::kResource}};

/// The cursor means nothing to anybody but the runtime.
constexpr std::array<std::string_view, 3> kPlainMembers{"nextCursor", "ttlMs", "resultType"};

/// What the protocol assumes of a tool that does not say.
constexpr Hints kDefaultHints{false, true, false, true};

struct Edit {
    std::string_view from;
    std::string to;
};

bool is_true_or_false(Type type) {
    return type == Type::kTrue || type == Type::kFalse;
}

const char* end_of(std::string_view text) {
    return text.data() + text.size();
}

std::string_view between(const char* from, const char* to) {
    return {from, static_cast<std::size_t>(to - from)};
}

}  // namespace

/// One walk over the message, then one over what its results hold beside their lists, if an entry
/// is hidden. Everything is looked at where it is in the message.
struct ListFilter::State {
    std::vector<Edit> edits;
    std::vector<std::string_view> hidden;  ///< names
    std::vector<std::string_view> others;  ///< members of results that may repeat a name
    std::deque<std::string> unescaped;     ///< what is not written as it reads
    std::vector<std::string_view> entries, names;
    ListJudge* judge = nullptr;

    void begin(ListJudge& with) {
        edits.clear();
        hidden.clear();
        others.clear();
        unescaped.clear();
        judge = &with;
    }

    /// False for half a surrogate pair, which means nothing.
    bool meaning_of(RawString string, std::string_view& text) {
        text = string.text;
        if (!string.escaped) {
            return true;
        }
        std::string& copy = unescaped.emplace_back();
        if (!unescape(string, copy)) {
            return false;
        }
        text = copy;
        return true;
    }

    /// As JsonCursor::read_object, with the key as it reads.
    template <typename OnMember>
    bool read_object(JsonCursor& cursor, OnMember&& on_member) {
        return cursor.read_object([&](RawString raw) {
            std::string_view key;
            return meaning_of(raw, key) && on_member(key);
        });
    }

    bool read_string(JsonCursor& cursor, std::string_view& text) {
        RawString raw;
        return cursor.read(raw) && meaning_of(raw, text);
    }

    /// The hint is unknown if it is no truth value, or given twice.
    bool read_annotations(JsonCursor& cursor, Hints& hints) {
        if (cursor.type() != Type::kObject) {
            hints.fill(std::nullopt);
            return cursor.skip();
        }
        std::array<bool, kHintNames.size()> seen{};
        const bool read = read_object(cursor, [&](std::string_view key) {
            const auto place = std::ranges::find(kHintNames, key);
            if (place != kHintNames.end()) {
                const auto index = static_cast<std::size_t>(place - kHintNames.begin());
                const Type type = cursor.type();
                hints.at(index) = !seen.at(index) && is_true_or_false(type)
                                      ? std::optional(type == Type::kTrue)
                                      : std::nullopt;
                seen.at(index) = true;
            }
            return cursor.skip();
        });
        // By the protocol, what only reads does not destroy.
        const auto destructive = static_cast<std::size_t>(Hint::kDestructive);
        if (hints.at(static_cast<std::size_t>(Hint::kReadOnly)) == true && !seen.at(destructive)) {
            hints.at(destructive) = false;
        }
        return read;
    }

    bool read_list(const ListKind& list, JsonCursor& cursor) {
        entries.clear();
        bool cut = false;
        const char* const start = cursor.position();
        const bool read = cursor.read_array([&] {
            if (cursor.type() != Type::kObject) {
                cut = true;
                return cursor.skip();
            }
            bool hides = false;
            const char* const entry = cursor.position();
            if (!judge_entry(list, cursor, hides)) {
                return false;
            }
            if (hides) {
                cut = true;
            } else {
                entries.push_back(between(entry, cursor.position()));
            }
            return true;
        });
        if (read && cut) {
            edits.push_back({.from = between(start, cursor.position()), .to = kept_entries()});
        }
        return read;
    }

    [[nodiscard]] std::string kept_entries() const {
        std::size_t size = 2;
        for (const std::string_view entry : entries) {
            size += entry.size() + 1;
        }
        std::string kept;
        kept.reserve(size);
        kept = "[";
        for (const std::string_view entry : entries) {
            kept.append(kept.size() == 1 ? "" : ",").append(entry);
        }
        return kept + "]";
    }

    bool judge_entry(const ListKind& list, JsonCursor& cursor, bool& hides) {
        names.clear();
        Hints hints = kDefaultHints;
        int annotated = 0;
        bool odd = false;
        const char* const start = cursor.position();
        const bool read = read_object(cursor, [&](std::string_view key) {
            if (key == list.name) {
                std::string_view name;
                odd = odd || cursor.type() != Type::kString;
                if (odd) {
                    return cursor.skip();
                }
                if (!read_string(cursor, name)) {
                    return false;
                }
                names.push_back(name);
                return true;
            }
            if (key == "annotations" && list.kind == ItemKind::kTool) {
                ++annotated;
                return read_annotations(cursor, hints);
            }
            return cursor.skip();
        });
        if (!read) {
            return false;
        }
        if (annotated > 1) {
            hints.fill(std::nullopt);
        }
        const std::string_view entry = between(start, cursor.position());
        // An entry that cannot be named cannot be used either.
        hides = odd || names.empty();
        for (const std::string_view name : names) {
            hides = judge->hides(list.kind, name, hints) ||
                    judge->hides_entry(list.kind, name, entry) || hides;
        }
        if (hides) {
            hidden.insert(hidden.end(), names.begin(), names.end());
        }
        return true;
    }

    bool read_result(JsonCursor& cursor) {
        return read_object(cursor, [&](std::string_view key) {
            const auto list = std::ranges::find(kLists, key, &ListKind::member);
            const Type type = cursor.type();
            if (list != kLists.end()) {
                return type == Type::kArray
                           ? read_list(*list, cursor)
                           : type != Type::kObject && type != Type::kString && cursor.skip();
            }
            std::string_view text;
            if (!cursor.skip(text)) {
                return false;
            }
            if (key == "cacheScope" && type == Type::kString && text != R"("private")") {
                edits.push_back({.from = text, .to = R"("private")"});
            }
            const bool nested = type == Type::kObject || type == Type::kArray;
            if (nested && std::ranges::find(kPlainMembers, key) == kPlainMembers.end()) {
                others.push_back(text);
            }
            return true;
        });
    }

    /// Other members of a result that name something hidden are emptied.
    bool drop_repetitions() {
        if (hidden.empty() || others.empty()) {
            return true;
        }
        const std::unordered_set<std::string_view> secrets(hidden.begin(), hidden.end());
        for (const std::string_view text : others) {
            JsonCursor cursor(text);
            bool repeats = false;
            if (!search(cursor, secrets, repeats)) {
                return false;
            }
            if (repeats) {
                edits.push_back({.from = text, .to = text.starts_with('{') ? "{}" : "[]"});
            }
        }
        return true;
    }

    bool search(JsonCursor& cursor,
                const std::unordered_set<std::string_view>& secrets,
                bool& repeats) {
        std::string_view text;
        switch (cursor.type()) {
            case Type::kObject:
                return read_object(cursor, [&](std::string_view key) {
                    repeats = repeats || secrets.contains(key);
                    return search(cursor, secrets, repeats);
                });
            case Type::kArray:
                return cursor.read_array([&] { return search(cursor, secrets, repeats); });
            case Type::kString:
                if (!read_string(cursor, text)) {
                    return false;
                }
                repeats = repeats || secrets.contains(text);
                return true;
            default:
                return cursor.skip();
        }
    }

    /// `drop`: a notification about something hidden.
    bool read_message(JsonCursor& cursor, bool& drop) {
        bool about_resource = false;
        bool names_hidden = false;
        const bool read = read_object(cursor, [&](std::string_view key) {
            const Type type = cursor.type();
            if (key == "method" && type == Type::kString) {
                std::string_view method;
                if (!read_string(cursor, method)) {
                    return false;
                }
                about_resource = about_resource || method.starts_with("notifications/resources/");
                return true;
            }
            if (type == Type::kObject && key == "result") {
                return read_result(cursor);
            }
            if (type == Type::kObject && key == "params") {
                return read_params(cursor, names_hidden);
            }
            return cursor.skip();
        });
        drop = about_resource && names_hidden;
        return read;
    }

    bool read_params(JsonCursor& cursor, bool& names_hidden) {
        return read_object(cursor, [&](std::string_view key) {
            if (key != "uri") {
                return cursor.skip();
            }
            if (cursor.type() != Type::kString) {
                names_hidden = true;
                return cursor.skip();
            }
            std::string_view uri;
            if (!read_string(cursor, uri)) {
                return false;
            }
            names_hidden = names_hidden || judge->hides(ItemKind::kResource, uri, kDefaultHints);
            return true;
        });
    }

    bool read_batch(JsonCursor& cursor, bool& drop) {
        struct Element {
            std::string_view text;
            bool drops = false;
        };

        std::vector<Element> elements;
        const bool read = cursor.read_array([&] {
            if (cursor.type() != Type::kObject) {
                return false;
            }
            Element element;
            const char* const start = cursor.position();
            if (!read_message(cursor, element.drops)) {
                return false;
            }
            element.text = between(start, cursor.position());
            elements.push_back(element);
            return true;
        });
        const auto first_kept = std::ranges::find(elements, false, &Element::drops);
        drop = first_kept == elements.end() && !elements.empty();
        if (!read || drop || elements.empty()) {
            return read;
        }
        const auto cut = [this](const char* from, const char* to) {
            edits.push_back({.from = between(from, to), .to = ""});
        };
        if (first_kept != elements.begin()) {
            cut(elements.front().text.data(), first_kept->text.data());
        }
        for (auto it = first_kept + 1; it != elements.end(); ++it) {
            if (it->drops) {
                cut(end_of((it - 1)->text), end_of(it->text));
            }
        }
        return true;
    }

    bool read_document(std::string_view text, bool& drop) {
        // simdjson's, because lists are long, and not all of them are ASCII.
        if (!simdjson::validate_utf8(text.data(), text.size())) {
            return false;
        }
        JsonCursor cursor(text);
        const Type type = cursor.type();
        const bool read = type == Type::kObject  ? read_message(cursor, drop)
                          : type == Type::kArray ? read_batch(cursor, drop)
                                                 : false;
        return read && cursor.at_end() && drop_repetitions();
    }

    [[nodiscard]] std::string apply(std::string_view text) {
        std::ranges::sort(edits, {}, [](const Edit& edit) { return edit.from.data(); });
        std::size_t size = text.size();
        for (const Edit& edit : edits) {
            size += edit.to.size() - edit.from.size();
        }
        std::string out;
        out.reserve(size);
        std::size_t at = 0;
        for (const Edit& edit : edits) {
            const auto start = static_cast<std::size_t>(edit.from.data() - text.data());
            out += text.substr(at, start - at);
            out += edit.to;
            at = start + edit.from.size();
        }
        out += text.substr(at);
        return out;
    }
};

ListFilter::ListFilter() : state_(std::make_unique<State>()) {}

ListFilter::~ListFilter() = default;

Filtered ListFilter::filter(std::string_view json, ListJudge& judge, std::string& out) {
    State& state = *state_;
    state.begin(judge);
    bool drop = false;
    if (!state.read_document(json, drop)) {
        return Filtered::kUnreadable;
    }
    if (drop) {
        return Filtered::kDropped;
    }
    if (state.edits.empty()) {
        return Filtered::kUnchanged;
    }
    out = state.apply(json);
    return Filtered::kChanged;
}

}  // namespace gatehouse::policy
