// SPDX-License-Identifier: Apache-2.0
#include "cli/internal/table.h"

#include <algorithm>

#include "base/strings.h"

namespace gatehouse::cli {
namespace {

constexpr std::size_t kMaxCell = 200;
constexpr std::size_t kGap = 2, kLeast = 8;

const json::Value* find_member(const json::Object& row, std::string_view path) {
    const json::Object* object = &row;
    while (true) {
        const auto dot = path.find('.');
        const json::Value* value = object->if_contains(path.substr(0, dot));
        if (value == nullptr || dot == std::string_view::npos) {
            return value;
        }
        if (!value->is_object()) {
            return nullptr;
        }
        object = &value->get_object();
        path.remove_prefix(dot + 1);
    }
}

std::string plain(const json::Value& value) {
    if (value.is_string()) {
        return sanitize_text(std::string_view(value.get_string()), kMaxCell);
    }
    if (!value.is_array()) {
        return value.is_null() ? std::string() : sanitize_text(json::dump(value), kMaxCell);
    }
    std::string text;
    for (const json::Value& item : value.get_array()) {
        text += (text.empty() ? "" : ",") + plain(item);
    }
    return text;
}

/// Columns on a terminal: characters, not bytes.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// At most `width` characters, the last an ellipsis where something is missing.
std::string cut(const std::string& text, std::size_t width) {
    if (width_of(text) <= width) {
        return text;
    }
    std::size_t end = 0;
    for (std::size_t shown = 0; end < text.size(); ++end) {
        const bool begins = (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U;
        if (begins && ++shown == width) {
            break;
        }
    }
    return text.substr(0, end) + "…";
}

/// What people copy is cut only where nothing else is left to cut.
bool is_copied(const Column& column) {
    return column.title == "ID" || column.title == "NAME" || column.title == "URL";
}

void shrink(std::span<const Column> columns, std::vector<std::size_t>& widths, std::size_t most) {
    std::size_t total = kGap * (widths.size() - 1);
    for (const std::size_t width : widths) {
        total += width;
    }
    for (const bool also_copied : {false, true}) {
        while (total > most) {
            std::size_t widest = widths.size();
            for (std::size_t i = 0; i < widths.size(); ++i) {
                const bool may = widths[i] > kLeast && (also_copied || !is_copied(columns[i]));
                if (may && (widest == widths.size() || widths[i] > widths[widest])) {
                    widest = i;
                }
            }
            if (widest == widths.size()) {
                break;
            }
            --widths[widest];
            --total;
        }
    }
}

}  // namespace

std::string cell(const json::Object& row, std::string_view member) {
    for (const std::string_view path : split(member, '|')) {
        if (const json::Value* value = find_member(row, path)) {
            if (std::string text = plain(*value); !text.empty()) {
                return text;
            }
        }
    }
    return "-";
}

std::string table(std::span<const Column> columns,
                  const std::vector<json::Object>& rows,
                  const std::optional<Environment::Terminal>& terminal) {
    std::vector<std::vector<std::string>> lines(1);
    for (const Column& column : columns) {
        lines.front().emplace_back(column.title);
    }
    for (const json::Object& row : rows) {
        auto& line = lines.emplace_back();
        for (const Column& column : columns) {
            line.push_back(cell(row, column.member));
        }
    }
    std::vector<std::size_t> widths(columns.size());
    for (const auto& line : lines) {
        for (std::size_t i = 0; i < line.size(); ++i) {
            widths[i] = std::max(widths[i], width_of(line[i]));
        }
    }
    if (terminal) {
        shrink(columns, widths, terminal->columns);
    }
    std::string text;
    for (const auto& line : lines) {
        const bool is_head = &line == &lines.front();
        std::string shown;
        for (std::size_t i = 0; i < line.size(); ++i) {
            const std::string part = cut(line[i], widths[i]);
            shown += part;
            if (i + 1 != line.size()) {
                shown += std::string(widths[i] - width_of(part) + kGap, ' ');
            }
        }
        const bool is_bold = is_head && terminal && terminal->colours;
        text += (is_bold ? "\x1b[1m" + shown + "\x1b[0m" : shown) + "\n";
    }
    return text;
}

}  // namespace gatehouse::cli
