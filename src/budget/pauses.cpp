// SPDX-License-Identifier: Apache-2.0
#include "budget/pauses.h"

#include <utility>

namespace gatehouse::budget {
namespace {

std::string item(std::string_view kind, std::string_view name) {
    std::string text(kind);
    text += ' ';
    text += name;
    return text;
}

}  // namespace

PauseSet::PauseSet(const std::vector<Pause>& pauses) {
    for (const Pause& pause : pauses) {
        items_.insert(item(pause.kind, pause.name));
    }
}

bool PauseSet::has_tool(std::string_view server, std::string_view tool) const {
    if (items_.empty()) {
        return false;
    }
    std::string name(server);
    name += '/';
    name += tool;
    return has("tool", name);
}

bool PauseSet::has(std::string_view kind, std::string_view name) const {
    return !items_.empty() && items_.contains(item(kind, name));
}

Pauses::Pauses(PauseStore& store, const Clock& clock)
    : store_(store), clock_(clock), live_(std::make_shared<const PauseSet>()) {}

Result<void> Pauses::refresh() {
    const std::lock_guard lock(mutex_);
    const auto pauses = store_.list();
    if (!pauses) {
        return std::unexpected(pauses.error());
    }
    auto next = std::make_shared<const PauseSet>(*pauses);
    // Loops look again whenever this moves.
    if (*next != *live_.get()) {
        live_.set(std::move(next));
    }
    return {};
}

Result<bool> Pauses::pause(Pause pause) {
    pause.paused_at = clock_.now();
    const auto added = store_.add(pause);
    if (!added) {
        return added;
    }
    const auto done = refresh();
    return done ? added : std::unexpected(done.error());
}

Result<bool> Pauses::resume(std::string_view kind, std::string_view name) {
    const auto removed = store_.remove(kind, name);
    if (!removed) {
        return removed;
    }
    const auto done = refresh();
    return done ? removed : std::unexpected(done.error());
}

}  // namespace gatehouse::budget
