// SPDX-License-Identifier: Apache-2.0
#include "admin/definitions.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/strings.h"

namespace gatehouse::admin {
namespace {

using config::Addition;

constexpr std::array kKinds{Addition::Kind::kProfile, Addition::Kind::kServer,
                            Addition::Kind::kPolicy, Addition::Kind::kBudget};

std::string key_of(const Addition& addition) {
    return std::string(config::section_name(addition.kind)) + "/" + config::id_of(addition);
}

bool is_same(const Addition& a, const Addition& b) {
    return a.kind == b.kind && a.name == b.name && a.server == b.server;
}

auto find_in(auto& definitions, const Addition& what) {
    return std::ranges::find_if(definitions,
                                [&](const Definition& known) { return is_same(known.what, what); });
}

std::string plain_text(const Addition& addition) {
    return json::dump(json::Object{
        {"name", addition.name}, {"server", addition.server}, {"object", addition.object}});
}

std::vector<Addition> additions_of(const std::vector<Definition>& definitions) {
    std::vector<Addition> additions;
    // What belongs to a server comes after it.
    for (const Addition::Kind kind : kKinds) {
        for (const Definition& definition : definitions) {
            if (definition.what.kind == kind) {
                additions.push_back(definition.what);
            }
        }
    }
    return additions;
}

std::unexpected<Refusal> refuse(Error error) {
    return std::unexpected(Refusal{.error = std::move(error), .problems = {}});
}

/// The definitions after the edit.
std::expected<std::vector<Definition>, Refusal> edited(std::vector<Definition> definitions,
                                                       const Definitions::Edit& edit,
                                                       Timestamp now) {
    const auto found = find_in(definitions, edit.what);
    using Kind = Definitions::Edit::Kind;
    if (edit.kind == Kind::kMake) {
        if (found != definitions.end()) {
            return refuse(
                {.code = ErrorCode::kConflict, .message = "there is one of that name already"});
        }
        definitions.push_back({.what = edit.what, .created_at = now, .updated_at = now});
        return definitions;
    }
    if (found == definitions.end()) {
        return refuse({.code = ErrorCode::kNotFound, .message = "there is nothing of this id"});
    }
    if (edit.updated_at && *edit.updated_at != found->updated_at) {
        return refuse({.code = ErrorCode::kConflict,
                       .message = "it was changed in the meantime; read it again"});
    }
    if (edit.kind == Kind::kRemove) {
        definitions.erase(found);
    } else {
        found->what.object = edit.what.object;
        found->updated_at = std::max(now, found->updated_at + std::chrono::milliseconds(1));
    }
    return definitions;
}

}  // namespace

Result<void> Definitions::open(DefinitionStore& store,
                               crypto::Sealer sealer,
                               std::filesystem::path file,
                               std::string text) {
    store_ = &store;
    sealer_.emplace(std::move(sealer));
    file_ = std::move(file);
    text_ = std::move(text);
    auto known = read();
    if (!known) {
        return std::unexpected(known.error());
    }
    known_ = *std::move(known);
    return {};
}

void Definitions::publish_to(Publish publish) {
    const std::lock_guard changing(changing_);
    publish_ = std::move(publish);
}

Result<Definition> Definitions::unseal(const StoredDefinition& stored) const {
    const auto text = sealer_->open(stored.box, stored.section + "/" + stored.id);
    if (!text) {
        return std::unexpected(text.error());
    }
    const auto object = json::parse_object(text->reveal());
    const json::Value* const inner = object ? object->if_contains("object") : nullptr;
    const auto kind = std::ranges::find(kKinds, stored.section, config::section_name);
    if (inner == nullptr || !inner->is_object() || kind == kKinds.end()) {
        return fail(ErrorCode::kCorrupt, "a stored definition cannot be read",
                    stored.section + "/" + stored.id);
    }
    return Definition{.what = {.kind = *kind,
                               .name = json::get_string(*object, "name").value_or(""),
                               .server = json::get_string(*object, "server").value_or(""),
                               .object = inner->get_object()},
                      .created_at = stored.created_at,
                      .updated_at = stored.updated_at};
}

Result<Definitions::Known> Definitions::read() {
    auto snapshot = store_->load();
    if (!snapshot) {
        return std::unexpected(snapshot.error());
    }
    Known known{.definitions = {}, .revision = snapshot->revision};
    for (StoredDefinition& stored : snapshot->definitions) {
        auto definition = unseal(stored);
        if (!definition) {
            return std::unexpected(definition.error());
        }
        if (!sealer_->is_current(stored.box)) {
            stored.box =
                sealer_->seal(plain_text(definition->what), stored.section + "/" + stored.id);
            const auto kept = store_->put(stored, known.revision);
            if (!kept) {
                return std::unexpected(kept.error());
            }
            known.revision = *kept;
        }
        known.definitions.push_back(*std::move(definition));
    }
    return known;
}

Result<void> Definitions::reseal() {
    auto known = read();
    if (!known) {
        return std::unexpected(known.error());
    }
    const std::lock_guard lock(mutex_);
    known_.revision = known->revision;
    return {};
}

config::LoadOutcome Definitions::check(const std::string& text,
                                       const std::vector<Definition>& with) const {
    return config::parse(text, file_, environment_, additions_of(with));
}

config::LoadOutcome Definitions::check(const std::string& text) const {
    return check(text, list());
}

void Definitions::note(const config::Config& config) {
    const std::lock_guard lock(mutex_);
    for (Definition& definition : known_.definitions) {
        definition.counts = contains(config.additions, key_of(definition.what));
    }
}

void Definitions::reload(const std::function<std::optional<std::string>()>& adopt) {
    const std::lock_guard changing(changing_);
    if (auto text = adopt()) {
        text_ = *std::move(text);
    }
}

Result<void> Definitions::refresh() {
    const std::lock_guard changing(changing_);
    const auto revision = store_->revision();
    if (!revision || *revision == known_.revision) {
        return revision ? Result<void>() : std::unexpected(revision.error());
    }
    auto known = read();
    if (!known) {
        return std::unexpected(known.error());
    }
    const auto loaded = check(text_, known->definitions);
    {
        const std::lock_guard lock(mutex_);
        known_ = *std::move(known);
    }
    if (!loaded) {
        // This replica's file differs from that of the replica which took the change.
        return fail(ErrorCode::kInvalid,
                    "what another replica changed does not fit this configuration file",
                    describe(loaded.error().front()));
    }
    note(*loaded);
    if (publish_) {
        publish_(loaded->catalog);
    }
    return {};
}

std::vector<Definition> Definitions::list() const {
    const std::lock_guard lock(mutex_);
    return known_.definitions;
}

Result<std::int64_t> Definitions::keep(const Edit& edit, Timestamp updated_at) {
    const std::string section(config::section_name(edit.what.kind));
    const std::string id = config::id_of(edit.what);
    if (edit.kind == Edit::Kind::kRemove) {
        return store_->remove(section, id, known_.revision);
    }
    return store_->put({.section = section,
                        .id = id,
                        .box = sealer_->seal(plain_text(edit.what), section + "/" + id),
                        .created_at = updated_at,
                        .updated_at = updated_at},
                       known_.revision);
}

std::expected<std::shared_ptr<const catalog::Catalog>, Refusal> Definitions::apply(const Edit& edit,
                                                                                   Mode mode) {
    const std::lock_guard changing(changing_);
    auto next = edited(list(), edit, clock_.now());
    if (!next) {
        return std::unexpected(next.error());
    }
    auto loaded = check(text_, *next);
    if (!loaded) {
        return std::unexpected(Refusal{
            .error = {.code = ErrorCode::kInvalid, .message = loaded.error().front().message},
            .problems = std::move(loaded.error())});
    }
    const auto made = find_in(*next, edit.what);
    if (edit.kind == Edit::Kind::kMake && !contains(loaded->additions, key_of(edit.what))) {
        return refuse({.code = ErrorCode::kConflict,
                       .message = "the configuration file defines one of that name"});
    }
    if (mode == Mode::kTry) {
        return loaded->catalog;
    }
    const auto revision = keep(edit, made == next->end() ? clock_.now() : made->updated_at);
    if (!revision) {
        return refuse(revision.error());
    }
    {
        const std::lock_guard lock(mutex_);
        known_ = {.definitions = *std::move(next), .revision = *revision};
    }
    note(*loaded);
    if (publish_) {
        publish_(loaded->catalog);
    }
    return loaded->catalog;
}

}  // namespace gatehouse::admin
