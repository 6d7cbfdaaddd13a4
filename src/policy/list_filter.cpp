// SPDX-License-Identifier: Apache-2.0
#include "policy/list_filter.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <unordered_set>
#include <vector>

namespace gatehouse::policy {
namespace {

namespace ondemand = simdjson::ondemand;
using Type = ondemand::json_type;

// What was copied for a huge list is given back.
constexpr std::size_t kKeepBuffer = 1U << 20U;

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

bool ok(simdjson::error_code error) {
    return error == simdjson::SUCCESS;
}

/// An object's fields, each as key and value; false as soon as something cannot be read.
template <typename OnField>
bool for_each_field(ondemand::object object, OnField&& on_field) {
    for (auto found : object) {
        std::string_view key;
        ondemand::value value;
        if (!ok(found.unescaped_key().get(key)) || !ok(found.value().get(value)) ||
            !on_field(key, value)) {
            return false;
        }
    }
    return true;
}

template <typename OnElement>
bool for_each_element(ondemand::array array, OnElement&& on_element) {
    for (auto found : array) {
        ondemand::value value;
        if (!ok(found.get(value)) || !on_element(value)) {
            return false;
        }
    }
    return true;
}

bool type_of(ondemand::value& value, Type& type) {
    return ok(value.type().get(type));
}

bool is_type(ondemand::value& value, Type wanted) {
    Type type{};
    return type_of(value, type) && type == wanted;
}

std::string_view trim_end(std::string_view text) {
    while (!text.empty() && std::string_view(" \t\r\n").contains(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

/// The hint is unknown if it is no truth value, or given twice.
bool read_annotations(ondemand::value value, Hints& hints) {
    ondemand::object object;
    if (!is_type(value, Type::object)) {
        hints.fill(std::nullopt);
        return true;
    }
    std::array<bool, kHintNames.size()> seen{};
    const bool read = ok(value.get_object().get(object)) &&
                      for_each_field(object, [&](std::string_view key, ondemand::value inner) {
                          const auto place = std::ranges::find(kHintNames, key);
                          if (place == kHintNames.end()) {
                              return true;
                          }
                          const auto index = static_cast<std::size_t>(place - kHintNames.begin());
                          bool flag = false;
                          const bool known = !seen.at(index) && is_type(inner, Type::boolean) &&
                                             ok(inner.get_bool().get(flag));
                          hints.at(index) = known ? std::optional(flag) : std::nullopt;
                          seen.at(index) = true;
                          return true;
                      });
    // By the protocol, what only reads does not destroy.
    const auto destructive = static_cast<std::size_t>(Hint::kDestructive);
    if (hints.at(static_cast<std::size_t>(Hint::kReadOnly)) == true && !seen.at(destructive)) {
        hints.at(destructive) = false;
    }
    return read;
}

}  // namespace

struct ListFilter::State {
    ondemand::parser parser;
    std::vector<char> buffer;
    std::vector<Edit> edits;
    std::unordered_set<std::string_view> hidden;  ///< names, within the message
    ListJudge* judge = nullptr;
    /// Of the second walk: a parser's memory for strings is enough for reading each of them once.
    ondemand::parser again;

    bool read_array(const ListKind& list, ondemand::array array) {
        std::string_view whole;
        if (!ok(array.raw_json().get(whole)) || !ok(array.reset().error())) {
            return false;
        }
        std::string kept = "[";
        bool cut = false;
        const bool read = for_each_element(array, [&](ondemand::value element) {
            ondemand::object object;
            std::string_view text;
            if (!is_type(element, Type::object)) {
                cut = true;
                return true;
            }
            if (!ok(element.get_object().get(object)) || !ok(object.raw_json().get(text)) ||
                !ok(object.reset().error())) {
                return false;
            }
            bool hides = false;
            if (!judge_entry(list, object, text, hides)) {
                return false;
            }
            cut = cut || hides;
            if (!hides) {
                kept += kept.size() == 1 ? "" : ",";
                kept += text;
            }
            return true;
        });
        if (read && cut) {
            edits.push_back({.from = whole, .to = kept + "]"});
        }
        return read;
    }

    bool judge_entry(const ListKind& list,
                     ondemand::object object,
                     std::string_view entry,
                     bool& hides) {
        std::vector<std::string_view> names;
        Hints hints = kDefaultHints;
        int annotated = 0;
        bool odd = false;
        const bool read = for_each_field(object, [&](std::string_view key, ondemand::value value) {
            if (key == list.name) {
                odd = odd || !is_type(value, Type::string);
                std::string_view name;
                if (!odd && !ok(value.get_string().get(name))) {
                    return false;
                }
                names.push_back(name);
            } else if (key == "annotations" && list.kind == ItemKind::kTool) {
                ++annotated;
                return read_annotations(value, hints);
            }
            return true;
        });
        if (annotated > 1) {
            hints.fill(std::nullopt);
        }
        // An entry that cannot be named cannot be used either.
        hides = odd || names.empty();
        for (const std::string_view name : names) {
            hides = judge->hides(list.kind, name, hints) ||
                    judge->hides_entry(list.kind, name, entry) || hides;
        }
        if (hides) {
            hidden.insert(names.begin(), names.end());
        }
        return read;
    }

    bool read_result(ondemand::object result) {
        return for_each_field(result, [&](std::string_view key, ondemand::value value) {
            const auto list = std::ranges::find(kLists, key, &ListKind::member);
            Type type{};
            if (!type_of(value, type)) {
                return false;
            }
            if (list != kLists.end()) {
                ondemand::array array;
                return type == Type::array
                           ? ok(value.get_array().get(array)) && read_array(*list, array)
                           : type != Type::object && type != Type::string;
            }
            if (key == "cacheScope" && type == Type::string) {
                const auto token = trim_end(value.raw_json_token());
                if (token != R"("private")") {
                    edits.push_back({.from = token, .to = R"("private")"});
                }
            }
            return true;
        });
    }

    /// Other members of the result that name something hidden are emptied.
    bool drop_repetitions(ondemand::object result) {
        return for_each_field(result, [&](std::string_view key, ondemand::value value) {
            Type type{};
            if (!type_of(value, type)) {
                return false;
            }
            const bool plain = std::ranges::find(kPlainMembers, key) != kPlainMembers.end();
            const bool list = std::ranges::find(kLists, key, &ListKind::member) != kLists.end();
            if (plain || list) {
                return true;
            }
            std::string_view text;
            bool repeats = false;
            if (type == Type::object) {
                ondemand::object object;
                if (!ok(value.get_object().get(object)) || !ok(object.raw_json().get(text)) ||
                    !ok(object.reset().error()) || !search_object(object, repeats)) {
                    return false;
                }
            } else if (type == Type::array) {
                ondemand::array array;
                if (!ok(value.get_array().get(array)) || !ok(array.raw_json().get(text)) ||
                    !ok(array.reset().error()) || !search_array(array, repeats)) {
                    return false;
                }
            }
            if (repeats) {
                edits.push_back({.from = text, .to = type == Type::object ? "{}" : "[]"});
            }
            return true;
        });
    }

    bool search_object(ondemand::object object, bool& repeats) {
        return for_each_field(object, [&](std::string_view key, ondemand::value value) {
            repeats = repeats || hidden.contains(key);
            return search(value, repeats);
        });
    }

    bool search_array(ondemand::array array, bool& repeats) {
        return for_each_element(array,
                                [&](ondemand::value value) { return search(value, repeats); });
    }

    bool search(ondemand::value value, bool& repeats) {
        Type type{};
        if (!type_of(value, type)) {
            return false;
        }
        if (type == Type::object) {
            ondemand::object object;
            return ok(value.get_object().get(object)) && search_object(object, repeats);
        }
        if (type == Type::array) {
            ondemand::array array;
            return ok(value.get_array().get(array)) && search_array(array, repeats);
        }
        if (type == Type::string) {
            std::string_view text;
            if (!ok(value.get_string().get(text))) {
                return false;
            }
            repeats = repeats || hidden.contains(text);
        }
        return true;
    }

    /// `drop`: a notification about something hidden.
    bool read_message(ondemand::object message, bool& drop) {
        bool about_resource = false;
        bool names_hidden = false;
        const bool read = for_each_field(message, [&](std::string_view key, ondemand::value value) {
            if (key == "method" && is_type(value, Type::string)) {
                std::string_view method;
                if (!ok(value.get_string().get(method))) {
                    return false;
                }
                about_resource = about_resource || method.starts_with("notifications/resources/");
                return true;
            }
            ondemand::object object;
            if ((key != "result" && key != "params") || !is_type(value, Type::object)) {
                return true;
            }
            if (!ok(value.get_object().get(object))) {
                return false;
            }
            return key == "result" ? read_result(object) : read_params(object, names_hidden);
        });
        drop = about_resource && names_hidden;
        return read;
    }

    bool read_params(ondemand::object params, bool& names_hidden) {
        return for_each_field(params, [&](std::string_view key, ondemand::value value) {
            if (key != "uri") {
                return true;
            }
            std::string_view uri;
            if (!is_type(value, Type::string)) {
                names_hidden = true;
                return true;
            }
            if (!ok(value.get_string().get(uri))) {
                return false;
            }
            names_hidden = names_hidden || judge->hides(ItemKind::kResource, uri, kDefaultHints);
            return true;
        });
    }

    bool read_batch(ondemand::array batch, bool& drop) {
        struct Element {
            std::string_view text;
            bool drops = false;
        };

        std::vector<Element> elements;
        const bool read = for_each_element(batch, [&](ondemand::value value) {
            ondemand::object message;
            Element element;
            if (!is_type(value, Type::object) || !ok(value.get_object().get(message)) ||
                !ok(message.raw_json().get(element.text)) || !ok(message.reset().error()) ||
                !read_message(message, element.drops)) {
                return false;
            }
            elements.push_back(element);
            return true;
        });
        const auto first_kept = std::ranges::find(elements, false, &Element::drops);
        drop = first_kept == elements.end() && !elements.empty();
        if (!read || drop || elements.empty()) {
            return read;
        }
        const auto cut = [this](const char* from, const char* to) {
            edits.push_back({.from = {from, static_cast<std::size_t>(to - from)}, .to = ""});
        };
        if (first_kept != elements.begin()) {
            cut(elements.front().text.data(), first_kept->text.data());
        }
        for (auto it = first_kept + 1; it != elements.end(); ++it) {
            if (it->drops) {
                const std::string_view before = (it - 1)->text;
                cut(before.data() + before.size(), it->text.data() + it->text.size());
            }
        }
        return true;
    }

    /// Both walks over one text; `text` has padding behind it.
    bool read_document(std::string_view text, bool& drop) {
        hidden.clear();
        const auto capacity = text.size() + simdjson::SIMDJSON_PADDING;
        ondemand::document document;
        Type type{};
        if (!ok(parser.iterate(text.data(), text.size(), capacity).get(document)) ||
            !ok(document.type().get(type))) {
            return false;
        }
        bool read = false;
        ondemand::object message;
        ondemand::array batch;
        if (type == Type::object) {
            read = ok(document.get_object().get(message)) && read_message(message, drop);
        } else if (type == Type::array) {
            read = ok(document.get_array().get(batch)) && read_batch(batch, drop);
        }
        // The parser has no other way to say that nothing is left.
        const char* rest = nullptr;
        return read && document.current_location().get(rest) == simdjson::OUT_OF_BOUNDS &&
               (hidden.empty() || read_again(text));
    }

    bool read_again(std::string_view text) {
        ondemand::document document;
        ondemand::object message;
        ondemand::array batch;
        Type type{};
        const auto capacity = text.size() + simdjson::SIMDJSON_PADDING;
        if (!ok(again.iterate(text.data(), text.size(), capacity).get(document)) ||
            !ok(document.type().get(type))) {
            return false;
        }
        if (type == Type::object) {
            return ok(document.get_object().get(message)) && search_message(message);
        }
        return ok(document.get_array().get(batch)) &&
               for_each_element(batch, [&](ondemand::value value) {
                   ondemand::object element;
                   return ok(value.get_object().get(element)) && search_message(element);
               });
    }

    bool search_message(ondemand::object message) {
        return for_each_field(message, [&](std::string_view key, ondemand::value value) {
            ondemand::object result;
            if (key != "result" || !is_type(value, Type::object)) {
                return true;
            }
            return ok(value.get_object().get(result)) && drop_repetitions(result);
        });
    }

    [[nodiscard]] std::string apply(std::string_view text) {
        std::ranges::sort(edits, {}, [](const Edit& edit) { return edit.from.data(); });
        std::string out;
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
    state.edits.clear();
    state.judge = &judge;
    auto& buffer = state.buffer;
    buffer.resize(json.size() + simdjson::SIMDJSON_PADDING);
    if (!json.empty()) {
        std::memcpy(buffer.data(), json.data(), json.size());
    }
    const std::string_view text(buffer.data(), json.size());
    bool drop = false;
    const bool read = !text.starts_with("\xEF\xBB\xBF") && state.read_document(text, drop);
    auto outcome = Filtered::kUnchanged;
    if (!read) {
        outcome = Filtered::kUnreadable;
    } else if (drop) {
        outcome = Filtered::kDropped;
    } else if (!state.edits.empty()) {
        out = state.apply(text);
        outcome = Filtered::kChanged;
    }
    if (buffer.size() > kKeepBuffer) {
        buffer = {};
    }
    return outcome;
}

}  // namespace gatehouse::policy
