// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "config/config.h"
#include "config/internal/schema.h"

namespace gatehouse::config {
namespace {

constexpr std::string_view kIntroduction =
    R"(# gatehouse.yaml

Generated from the table that the parser uses; do not edit.

Unknown keys, wrong types and names that point nowhere are errors, reported all at once as
`file:line:column: message`; `gatehouse check` shows them without starting anything.
`${NAME}` takes an environment variable and `${file:PATH}` a file's content, also inside a longer
value; `$${` stands for `${`. Inside `{…}` and `[…]` YAML wants them quoted. Relative paths start from
the folder of the configuration file. Durations: `500ms 10s 5m 2h 30d`. Sizes: `64KiB 4MiB`.

`*` stands for a name of your own, `[]` for an item of a list. Keys marked *restart* cannot change in
a reload: a file that changes one is rejected whole. Keys marked *secret* are never shown.

| key | value | default | meaning |
| --- | --- | --- | --- |
)";

std::string_view type_name(Type type) {
    switch (type) {
        case Type::kText:
            return "text";
        case Type::kChoice:
            return "word";
        case Type::kSwitch:
            return "true or false";
        case Type::kDuration:
            return "duration";
        case Type::kSize:
            return "size";
        case Type::kCount:
            return "number";
        case Type::kWebUrl:
        case Type::kSecureUrl:
            return "URL";
        case Type::kUri:
            return "URI";
        case Type::kOrigin:
            return "origin";
        case Type::kAddress:
            return "address and port";
        case Type::kCidr:
            return "address block";
        case Type::kHost:
            return "hostname";
        case Type::kHeaderName:
            return "header name";
        case Type::kScope:
            return "scope";
        case Type::kEmail:
            return "e-mail address";
        case Type::kDomain:
            return "domain";
        case Type::kFile:
            return "path";
        case Type::kName:
            return "name";
        case Type::kHours:
            return "hours of the week";
    }
    return "value";
}

std::string value_column(const Key& key) {
    const std::string type(type_name(key.type));
    std::string text;
    switch (key.shape) {
        case Shape::kSection:
            return "section";
        case Shape::kNamedSections:
            return "sections by name";
        case Shape::kItemSections:
            return "list of sections";
        case Shape::kNotBuilt:
            return "empty";
        case Shape::kOne:
            text = type;
            break;
        case Shape::kOneOrList:
            text = type + ", or a list";
            break;
        case Shape::kList:
            text = "list: " + type;
            break;
        case Shape::kPairs:
            text = key.type == Type::kSwitch ? "names and switches" : "names and texts";
            break;
        case Shape::kConditions:
            return "comparisons by JSON pointer";
    }
    if (key.type == Type::kChoice) {
        std::string words(key.bounds);
        for (std::size_t at = 0; (at = words.find('|', at)) != std::string::npos; at += 4) {
            words.replace(at, 1, "`, `");
        }
        text += ": `" + words + "`";
    } else if (!key.bounds.empty()) {
        text += ", " + std::string(key.bounds);
    }
    return text;
}

std::string default_column(const Key& key) {
    if (key.need == Need::kRequired) {
        return "**required**";
    }
    if (!key.fallback_words.empty()) {
        return std::string(key.fallback_words);
    }
    if (!key.fallback.empty()) {
        return "`" + std::string(key.fallback) + "`";
    }
    return key.shape == Shape::kList ? "none" : "";
}

std::string meaning_column(const Key& key) {
    std::string text(key.sentence);
    if (key.shape == Shape::kNotBuilt) {
        text += " Not available in this version.";
    } else if (!key.example.empty()) {
        text += " Example: `" + std::string(key.example) + "`.";
    }
    if (key.reload == Reload::kNo) {
        text += " *restart*";
    }
    if (key.sensitivity == Sensitivity::kSecret) {
        text += " *secret*";
    }
    return text;
}

}  // namespace

std::string reference_markdown() {
    std::string page(kIntroduction);
    for (const Key& key : schema()) {
        page += "| `" + std::string(key.path) + "` | " + value_column(key) + " | " +
                default_column(key) + " | " + meaning_column(key) + " |\n";
    }
    return page;
}

}  // namespace gatehouse::config
