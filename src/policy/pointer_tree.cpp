// SPDX-License-Identifier: Apache-2.0
#include "policy/pointer_tree.h"

#include <simdjson.h>

#include "base/strings.h"
#include "mcp/message.h"

namespace gatehouse::policy {
namespace {

namespace ondemand = simdjson::ondemand;

std::optional<std::string> decode_token(std::string_view token) {
    std::string decoded;
    for (std::size_t i = 0; i < token.size(); ++i) {
        if (token[i] != '~') {
            decoded += token[i];
            continue;
        }
        if (++i == token.size() || (token[i] != '0' && token[i] != '1')) {
            return std::nullopt;
        }
        decoded += token[i] == '0' ? '~' : '/';
    }
    return decoded;
}

// One long text must not be kept for ever.
constexpr std::size_t kKeptText = 4U << 10U;

void begin(std::vector<Found>& found, std::size_t size, Found::Kind kind) {
    found.resize(size);
    for (Found& entry : found) {
        entry.kind = kind;
        entry.text.clear();
        if (entry.text.capacity() > kKeptText) {
            entry.text.shrink_to_fit();
        }
    }
}

std::string_view trim_end(std::string_view text) {
    while (!text.empty() && std::string_view(" \t\r\n").contains(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

}  // namespace

std::optional<std::size_t> PointerTree::add(std::string_view pointer) {
    if (!pointer.starts_with('/') || !is_valid_utf8(pointer)) {
        return std::nullopt;
    }
    std::vector<std::string> tokens;
    for (const std::string_view part : split(pointer.substr(1), '/')) {
        auto token = decode_token(part);
        if (!token) {
            return std::nullopt;
        }
        tokens.push_back(std::move(*token));
    }
    if (tokens.size() >= mcp::kMaxDepth) {
        return std::nullopt;
    }
    std::size_t node = 0;
    for (std::string& token : tokens) {
        const auto [child, is_new] = nodes_[node].children.emplace(std::move(token), nodes_.size());
        node = child->second;
        if (is_new) {
            nodes_.emplace_back();
        }
    }
    auto& number = nodes_[node].number;
    if (!number) {
        number = count_++;
    }
    return number;
}

struct ArgumentReader::State {
    ondemand::parser parser;

    /// False when the text cannot be read.
    static bool walk(const PointerTree& tree,
                     std::size_t at,
                     ondemand::value value,
                     std::vector<Found>& found) {
        const PointerTree::Node& node = tree.nodes_[at];
        ondemand::json_type type{};
        if (value.type().get(type) != simdjson::SUCCESS) {
            return false;
        }
        Found* const target = node.number ? &found[*node.number] : nullptr;
        if (type == ondemand::json_type::object || type == ondemand::json_type::array) {
            if (target != nullptr) {
                target->kind = Found::Kind::kContainer;
            }
            if (node.children.empty()) {
                return true;
            }
            return type == ondemand::json_type::object ? walk_object(tree, at, value, found)
                                                       : walk_array(tree, at, value, found);
        }
        if (type == ondemand::json_type::string) {
            mark_below(tree, at, found);
        }
        return target == nullptr || take_scalar(type, value, *target);
    }

    static bool walk_object(const PointerTree& tree,
                            std::size_t at,
                            ondemand::value value,
                            std::vector<Found>& found) {
        ondemand::object object;
        if (value.get_object().get(object) != simdjson::SUCCESS) {
            return false;
        }
        const auto& children = tree.nodes_[at].children;
        for (auto field : object) {
            std::string_view key;
            ondemand::value inner;
            if (field.unescaped_key().get(key) != simdjson::SUCCESS ||
                field.value().get(inner) != simdjson::SUCCESS) {
                return false;
            }
            const auto child = children.find(key);
            if (child != children.end() && !walk(tree, child->second, inner, found)) {
                return false;
            }
        }
        return true;
    }

    static bool walk_array(const PointerTree& tree,
                           std::size_t at,
                           ondemand::value value,
                           std::vector<Found>& found) {
        ondemand::array array;
        if (value.get_array().get(array) != simdjson::SUCCESS) {
            return false;
        }
        const auto& children = tree.nodes_[at].children;
        std::size_t index = 0;
        for (auto element : array) {
            ondemand::value inner;
            if (element.get(inner) != simdjson::SUCCESS) {
                return false;
            }
            const auto child = children.find(std::to_string(index++));
            if (child != children.end() && !walk(tree, child->second, inner, found)) {
                return false;
            }
        }
        return true;
    }

    /// Everything that a string hides from us.
    static void mark_below(const PointerTree& tree, std::size_t at, std::vector<Found>& found) {
        for (const auto& [token, child] : tree.nodes_[at].children) {
            if (const auto number = tree.nodes_[child].number) {
                found[*number].kind = Found::Kind::kUnclear;
            }
            mark_below(tree, child, found);
        }
    }

    static bool take_scalar(ondemand::json_type type, ondemand::value value, Found& target) {
        if (type == ondemand::json_type::string) {
            std::string_view text;
            if (value.get_string().get(text) != simdjson::SUCCESS) {
                return false;
            }
            const bool fits = text.size() <= kMaxString;
            target.kind = fits ? Found::Kind::kString : Found::Kind::kUnclear;
            target.text = fits ? text : std::string_view{};
            return true;
        }
        target.text = trim_end(value.raw_json_token());
        if (type == ondemand::json_type::number) {
            target.kind = Found::Kind::kNumber;
        } else if (type == ondemand::json_type::boolean) {
            target.kind = Found::Kind::kBool;
        } else {
            target.kind = Found::Kind::kNull;
        }
        return true;
    }
};

ArgumentReader::ArgumentReader() : state_(std::make_unique<State>()) {}

ArgumentReader::~ArgumentReader() = default;

std::span<const Found> ArgumentReader::read(const PointerTree& tree, std::string_view json) {
    begin(found_, tree.size(), Found::Kind::kAbsent);
    if (json.empty()) {
        return found_;
    }
    ondemand::document document;
    ondemand::value root;
    if (state_->parser.iterate(json.data(), json.size(), json.size() + mcp::kPadding)
                .get(document) != simdjson::SUCCESS ||
        document.get_value().get(root) != simdjson::SUCCESS ||
        !State::walk(tree, 0, root, found_)) {
        return read_nothing(tree);
    }
    return found_;
}

std::span<const Found> ArgumentReader::read_nothing(const PointerTree& tree) {
    begin(found_, tree.size(), Found::Kind::kUnclear);
    return found_;
}

}  // namespace gatehouse::policy
