// SPDX-License-Identifier: Apache-2.0
#include "runtimes/facts.h"

#include <algorithm>

namespace gatehouse::runtimes {

ToolKind kind_of(const Annotations& annotations) {
    if (annotations.read_only.value_or(false)) {
        return ToolKind::kRead;
    }
    return annotations.destructive.value_or(true) ? ToolKind::kDestructive : ToolKind::kWrite;
}

std::string_view kind_name(ToolKind kind) {
    switch (kind) {
        case ToolKind::kRead:
            return "read";
        case ToolKind::kWrite:
            return "write";
        case ToolKind::kDestructive:
            return "destructive";
    }
    return "destructive";
}

std::string_view standing_name(Standing standing) {
    switch (standing) {
        case Standing::kApproved:
            return "approved";
        case Standing::kNew:
            return "new";
        case Standing::kChanged:
            return "changed";
    }
    return "changed";
}

std::string_view reach_name(Reach reach) {
    switch (reach) {
        case Reach::kPending:
            return "pending";
        case Reach::kReady:
            return "ready";
        case Reach::kNeedsUser:
            return "needs_user";
        case Reach::kUnreachable:
            return "unreachable";
    }
    return "unreachable";
}

std::string_view source_name(ToolSource source) {
    switch (source) {
        case ToolSource::kNone:
            return "not_known";
        case ToolSource::kProbe:
            return "probe";
        case ToolSource::kUsers:
            return "users";
    }
    return "not_known";
}

const Tool* Facts::find_tool(std::string_view tool) const {
    const auto it = std::ranges::find(tools, tool, &Tool::name);
    return it == tools.end() ? nullptr : &*it;
}

bool Facts::is_approved(std::string_view tool, std::string_view digest) const {
    const auto it = approved.find(tool);
    return it != approved.end() && std::ranges::find(it->second, digest) != it->second.end();
}

std::shared_ptr<const Facts> find_facts(const Book& book, std::string_view server) {
    const auto it = book.find(server);
    return it == book.end() ? nullptr : it->second;
}

}  // namespace gatehouse::runtimes
