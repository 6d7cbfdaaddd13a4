// SPDX-License-Identifier: Apache-2.0
#include "cli/internal/table.h"

#include <algorithm>

#include "base/strings.h"

namespace gatehouse::cli {
namespace {

constexpr std::size_t kMaxCell = 200;

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

std::string table(std::span<const Column> columns, const std::vector<json::Object>& rows) {
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
    std::string text;
    for (const auto& line : lines) {
        for (std::size_t i = 0; i < line.size(); ++i) {
            text += line[i];
            const bool is_last = i + 1 == line.size();
            text += is_last ? "\n" : std::string(widths[i] - width_of(line[i]) + 2, ' ');
        }
    }
    return text;
}

}  // namespace gatehouse::cli
