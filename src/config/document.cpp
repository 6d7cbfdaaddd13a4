// SPDX-License-Identifier: Apache-2.0
#include "config/internal/document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

#include "base/strings.h"

namespace gatehouse::config {
namespace {

constexpr std::size_t kMaxBytes = 4UL << 20U;
constexpr std::size_t kMaxNodes = 50'000;
constexpr std::size_t kMaxDepth = 40;

Position position_of(const YAML::Mark& mark) {
    return mark.is_null()
               ? Position{.line = 1, .column = 1}
               : Position{.line = static_cast<std::size_t>(std::max(mark.line, 0)) + 1,
                          .column = static_cast<std::size_t>(std::max(mark.column, 0)) + 1};
}

std::size_t count_nodes(const Node& node) {
    std::size_t count = 1;
    for (const Node& item : node.items) {
        count += count_nodes(item);
    }
    for (const Entry& entry : node.entries) {
        count += count_nodes(entry.value);
    }
    return count;
}

std::size_t depth_of(const Node& node) {
    std::size_t depth = 0;
    for (const Node& item : node.items) {
        depth = std::max(depth, depth_of(item));
    }
    for (const Entry& entry : node.entries) {
        depth = std::max(depth, depth_of(entry.value));
    }
    return depth + 1;
}

/// Builds nodes from the parser's events. After the first error it ignores the rest.
class Builder final : public YAML::EventHandler {
  public:
    [[nodiscard]] bool has_error() const { return error_.has_value(); }

    [[nodiscard]] SyntaxError error() const { return error_.value_or(SyntaxError{}); }

    [[nodiscard]] Node take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark& /*mark*/) override {}

    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        add({.kind = Node::Kind::kNull, .at = position_of(mark)}, anchor);
    }

    void OnScalar(const YAML::Mark& mark,
                  const std::string& tag,
                  YAML::anchor_t anchor,
                  const std::string& value) override {
        if (tag != "?" && tag != "!" && tag != "tag:yaml.org,2002:str") {
            fail_at(position_of(mark), "tags are not supported");
        }
        add({.kind = Node::Kind::kScalar,
             .at = position_of(mark),
             .written = value,
             .text = value,
             .quoted = tag != "?"},
            anchor);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto known = anchors_.find(anchor);
        if (known == anchors_.end()) {
            fail_at(position_of(mark), "an alias inside its own anchor");
            return;
        }
        nodes_ += count_nodes(known->second);
        if (open_.size() + depth_of(known->second) > kMaxDepth) {
            fail_at(position_of(mark), "nested too deeply");
            return;
        }
        add(known->second, 0);
    }

    void OnSequenceStart(const YAML::Mark& mark,
                         const std::string& tag,
                         YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        open({.kind = Node::Kind::kList, .at = position_of(mark)}, tag, anchor);
    }

    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark,
                    const std::string& tag,
                    YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        open({.kind = Node::Kind::kMap, .at = position_of(mark)}, tag, anchor);
    }

    void OnMapEnd() override { close(); }

  private:
    struct Open {
        Node node;
        YAML::anchor_t anchor = 0;
        std::optional<Entry> key;  ///< read, its value not yet
    };

    void fail_at(Position at, std::string message) {
        if (!error_) {
            error_ = SyntaxError{.at = at, .message = std::move(message)};
        }
    }

    void open(Node node, const std::string& tag, YAML::anchor_t anchor) {
        if (tag != "?" && tag != "!" && !tag.empty()) {
            fail_at(node.at, "tags are not supported");
        }
        if (open_.size() >= kMaxDepth) {
            fail_at(node.at, "nested too deeply");
        }
        if (!error_) {
            open_.push_back({.node = std::move(node), .anchor = anchor});
        }
    }

    void close() {
        if (error_ || open_.empty()) {
            return;
        }
        Open done = std::move(open_.back());
        open_.pop_back();
        add(std::move(done.node), done.anchor);
    }

    void add(Node node, YAML::anchor_t anchor) {
        if (++nodes_ > kMaxNodes) {
            fail_at(node.at, "the file is too large");
        }
        if (error_) {
            return;
        }
        if (anchor != 0) {
            anchors_.insert_or_assign(anchor, node);
        }
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Open& parent = open_.back();
        if (parent.node.kind == Node::Kind::kList) {
            parent.node.items.push_back(std::move(node));
        } else if (!parent.key) {
            if (node.kind != Node::Kind::kScalar) {
                fail_at(node.at, "a key must be a text");
                return;
            }
            parent.key = Entry{.name = std::move(node.text), .at = node.at, .value = {}};
        } else {
            // The parser puts an absent value where the next token is.
            if (node.kind == Node::Kind::kNull) {
                node.at = parent.key->at;
            }
            parent.key->value = std::move(node);
            parent.node.entries.push_back(*std::move(parent.key));
            parent.key.reset();
        }
    }

    Node root_;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, Node> anchors_;
    std::size_t nodes_ = 0;
    std::optional<SyntaxError> error_;
};

class IgnoreEvents final : public YAML::EventHandler {
  public:
    void OnDocumentStart(const YAML::Mark& mark) override { at_ = position_of(mark); }

    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}

    void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}

    void OnScalar(const YAML::Mark& /*mark*/,
                  const std::string& /*tag*/,
                  YAML::anchor_t /*anchor*/,
                  const std::string& /*value*/) override {}

    void OnSequenceStart(const YAML::Mark& /*mark*/,
                         const std::string& /*tag*/,
                         YAML::anchor_t /*anchor*/,
                         YAML::EmitterStyle::value /*style*/) override {}

    void OnSequenceEnd() override {}

    void OnMapStart(const YAML::Mark& /*mark*/,
                    const std::string& /*tag*/,
                    YAML::anchor_t /*anchor*/,
                    YAML::EmitterStyle::value /*style*/) override {}

    void OnMapEnd() override {}

    [[nodiscard]] Position at() const { return at_; }

  private:
    Position at_;
};

std::unexpected<SyntaxError> syntax_error(Position at, std::string message) {
    return std::unexpected(SyntaxError{.at = at, .message = std::move(message)});
}

std::expected<Node, SyntaxError> read(std::string_view text) {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder;
    (void)parser.HandleNextDocument(builder);
    if (builder.has_error()) {
        return std::unexpected(builder.error());
    }
    IgnoreEvents rest;
    if (parser.HandleNextDocument(rest)) {
        return syntax_error(rest.at(), "only one YAML document is read");
    }
    Node root = builder.take();
    if (root.kind == Node::Kind::kNull) {
        root = {.kind = Node::Kind::kMap, .at = {.line = 1, .column = 1}};
    }
    return root;
}

/// The place of the first byte that is not text, so that the editor can go there.
Position first_bad_byte(std::string_view text) {
    Position at{.line = 1, .column = 1};
    for (const std::string_view line : split(text, '\n')) {
        if (!is_valid_utf8(line)) {
            return at;
        }
        ++at.line;
    }
    return at;
}

}  // namespace

const Node* Node::find(std::string_view name) const {
    const auto it = std::ranges::find(entries, name, &Entry::name);
    return it == entries.end() ? nullptr : &it->value;
}

std::expected<Node, SyntaxError> parse_document(std::string_view text) {
    if (text.size() > kMaxBytes) {
        return syntax_error({.line = 1, .column = 1}, "the file is larger than 4 MiB");
    }
    if (!is_valid_utf8(text) || text.contains('\0')) {
        return syntax_error(first_bad_byte(text), "this line is not UTF-8 text");
    }
    try {
        return read(text);
    } catch (const YAML::Exception& error) {
        return syntax_error(position_of(error.mark), "not valid YAML: " + error.msg);
    } catch (const std::exception&) {
        return syntax_error({.line = 1, .column = 1}, "not valid YAML");
    }
}

}  // namespace gatehouse::config
