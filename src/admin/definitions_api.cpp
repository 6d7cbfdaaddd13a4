// SPDX-License-Identifier: Apache-2.0
#include "admin/definitions_api.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "admin/answers.h"
#include "admin/changes.h"
#include "admin/problem.h"
#include "admin/views.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "base/units.h"

namespace gatehouse::admin {
namespace {

using config::Addition;
using Edit = Definitions::Edit;
using Mode = Definitions::Mode;

constexpr std::array kKinds{Addition::Kind::kServer, Addition::Kind::kProfile,
                            Addition::Kind::kPolicy, Addition::Kind::kBudget};

std::optional<Addition::Kind> kind_of(std::string_view list) {
    const auto found = std::ranges::find(kKinds, list, config::section_name);
    return found == kKinds.end() ? std::nullopt : std::optional(*found);
}

std::string_view noun_of(Addition::Kind kind) {
    switch (kind) {
        case Addition::Kind::kServer:
            return "server";
        case Addition::Kind::kProfile:
            return "profile";
        case Addition::Kind::kPolicy:
            return "policy";
        case Addition::Kind::kBudget:
            return "budget";
    }
    return "server";
}

bool belongs_to_server(Addition::Kind kind) {
    return kind == Addition::Kind::kPolicy || kind == Addition::Kind::kBudget;
}

/// As it was given, secrets as fingerprints.
json::Object shown_definition(const Addition& what) {
    return config::map_secrets(
        what.kind, what.object,
        [](std::string_view, std::string_view secret) { return json::Value(fingerprint(secret)); });
}

void mark(json::Object& item, const Definition& definition) {
    item["origin"] = "api";
    item["created_at"] = format_time(definition.created_at);
    item["updated_at"] = format_time(definition.updated_at);
    item["defined"] = shown_definition(definition.what);
}

json::Object bare_view(const Definition& definition) {
    json::Object view{{"id", config::id_of(definition.what)}, {"name", definition.what.name}};
    if (!definition.what.server.empty()) {
        view["server"] = definition.what.server;
    }
    return view;
}

/// RFC 7396.
void merge_patch(json::Object& target, const json::Object& patch) {
    for (const auto& member : patch) {
        const json::Value& value = member.value();
        if (value.is_null()) {
            target.erase(member.key());
        } else if (value.is_object()) {
            json::Value& inner = target[member.key()];
            if (!inner.is_object()) {
                inner = json::Object{};
            }
            merge_patch(inner.get_object(), value.get_object());
        } else {
            target[member.key()] = value;
        }
    }
}

/// Whoever sends back what the API showed means the secret that is there.
json::Object with_kept_secrets(const Addition& before, const json::Object& wanted) {
    std::map<std::string, std::string, std::less<>> known;
    (void)config::map_secrets(before.kind, before.object,
                              [&](std::string_view, std::string_view secret) {
                                  known.emplace(fingerprint(secret), secret);
                                  return json::Value(nullptr);
                              });
    return config::map_secrets(before.kind, wanted, [&](std::string_view, std::string_view secret) {
        const auto kept = known.find(secret);
        return json::Value(kept == known.end() ? secret : kept->second);
    });
}

http::Response refusal_response(const Refusal& refusal, Edit::Kind kind) {
    if (refusal.problems.empty()) {
        return problem(refusal.error);
    }
    json::Array errors;
    for (const config::Problem& one : refusal.problems) {
        errors.push_back(json::Object{{"path", one.path}, {"message", one.message}});
    }
    // What still needs it stands in the way of a removal; a body that is wrong is another matter.
    const bool is_needed = kind == Edit::Kind::kRemove;
    return problem(is_needed ? 409 : 400, is_needed ? "Conflict" : "Bad Request",
                   refusal.error.message, {{"errors", std::move(errors)}});
}

Mode mode_of(const http::Request& request) {
    const auto fields = parse_form(request.query);
    const bool is_dry = fields && std::ranges::any_of(*fields, [](const auto& field) {
                            return field.first == "dry_run" && field.second != "false";
                        });
    return is_dry ? Mode::kTry : Mode::kKeep;
}

Result<Addition> parse_new(Addition::Kind kind, const http::Request& request) {
    auto object = json::parse_object(request.body);
    if (!object) {
        return std::unexpected(object.error());
    }
    const auto name = json::get_string(*object, "name");
    if (!name || name->empty()) {
        return fail(ErrorCode::kInvalid, "`name` is missing");
    }
    if (belongs_to_server(kind) && (name->contains(':') || name->contains('/'))) {
        return fail(ErrorCode::kInvalid, "`name`: expected one without `:` and `/`");
    }
    Addition addition{.kind = kind, .name = *name, .server = {}, .object = {}};
    if (belongs_to_server(kind) && object->contains("server")) {
        const auto server = json::get_string(*object, "server");
        if (!server) {
            return fail(ErrorCode::kInvalid, "`server`: expected the name of a server");
        }
        addition.server = *server;
        object->erase("server");
    }
    object->erase("name");
    addition.object = *std::move(object);
    return addition;
}

std::optional<Definition> find_definition(const Dependencies& dependencies,
                                          Addition::Kind kind,
                                          std::string_view id) {
    for (Definition& definition : dependencies.definitions->list()) {
        if (definition.what.kind == kind && config::id_of(definition.what) == id) {
            return std::move(definition);
        }
    }
    return std::nullopt;
}

/// One of the four lists, and what its routes do.
class List {
  public:
    List(const Dependencies& dependencies, Addition::Kind kind, Load shown)
        : dependencies_(dependencies), kind_(kind), shown_(std::move(shown)) {}

    [[nodiscard]] std::string pattern() const {
        return "/api/v1/" + std::string(config::section_name(kind_));
    }

    http::Response add(const http::Request& request) const {
        const auto wanted = parse_new(kind_, request);
        if (!wanted) {
            return problem(wanted.error());
        }
        return carry_out(request, {.what = *wanted, .kind = Edit::Kind::kMake}, nullptr);
    }

    http::Response change(const http::Request& request) const {
        const auto before = addressed(request);
        if (!before) {
            return before.error();
        }
        const auto patch = json::parse_object(request.body);
        if (!patch) {
            return problem(patch.error());
        }
        for (const char* fixed : {"name", "server"}) {
            if (patch->contains(fixed)) {
                return problem(400, "Bad Request",
                               std::string(fixed) + " cannot be changed; make another one");
            }
        }
        Edit edit{
            .what = before->what, .kind = Edit::Kind::kReplace, .updated_at = before->updated_at};
        merge_patch(edit.what.object, *patch);
        edit.what.object = with_kept_secrets(before->what, edit.what.object);
        return carry_out(request, edit, &*before);
    }

    http::Response remove(const http::Request& request) const {
        const auto before = addressed(request);
        if (!before) {
            return before.error();
        }
        return carry_out(
            request,
            {.what = before->what, .kind = Edit::Kind::kRemove, .updated_at = before->updated_at},
            &*before);
    }

  private:
    /// What the path names, if the API made it and the request has read it as it is.
    std::expected<Definition, http::Response> addressed(const http::Request& request) const {
        const auto parameters = http::path_parameters(pattern() + "/{id}", request.path);
        const auto id = parameters.empty() ? std::nullopt : percent_decode(parameters[0]);
        auto items = shown_({.limit = 1, .cursor = {}, .filters = {}});
        if (!items) {
            return std::unexpected(problem(items.error()));
        }
        const auto item = std::ranges::find_if(
            *items, [&](const json::Object& one) { return json::get_string(one, "id") == id; });
        if (!id || item == items->end()) {
            return std::unexpected(problem(
                404, "Not Found", "there is no " + std::string(noun_of(kind_)) + " of this id"));
        }
        if (json::get_string(*item, "origin") == "file") {
            return std::unexpected(
                problem(409, "Conflict", "the configuration file defines it; change it there"));
        }
        auto definition = find_definition(dependencies_, kind_, *id);
        if (!definition) {
            return std::unexpected(
                problem(409, "Conflict", "it is part of its server; change it there"));
        }
        if (auto refusal = stale(request, version_of(*item))) {
            return std::unexpected(*std::move(refusal));
        }
        return *std::move(definition);
    }

    http::Response carry_out(const http::Request& request,
                             const Edit& edit,
                             const Definition* before) const {
        const Mode mode = mode_of(request);
        const auto done = dependencies_.definitions->apply(edit, mode);
        if (!done) {
            return refusal_response(done.error(), edit.kind);
        }
        if (mode == Mode::kTry) {
            json::Object tried = shown_definition(edit.what);
            tried["id"] = config::id_of(edit.what);
            tried["dry_run"] = true;
            return object_response(200, tried);
        }
        if (auto recorded = record(edit, before); !recorded) {
            return problem(recorded.error());
        }
        if (edit.kind == Edit::Kind::kRemove) {
            return {.status = 204, .headers = {}, .body = {}};
        }
        return show(edit);
    }

    http::Response show(const Edit& edit) const {
        auto items = shown_({.limit = 1, .cursor = {}, .filters = {}});
        if (!items) {
            return problem(items.error());
        }
        const auto item = std::ranges::find_if(*items, [&](const json::Object& one) {
            return json::get_string(one, "id") == config::id_of(edit.what);
        });
        return item == items->end() ? problem(404, "Not Found", "it was removed just now")
                                    : object_response(edit.kind == Edit::Kind::kMake ? 201 : 200,
                                                      *item, version_of(*item));
    }

    Result<void> record(const Edit& edit, const Definition* before) const {
        constexpr std::array<std::string_view, 3> kActions{".add", ".change", ".remove"};
        const std::string action = std::string(config::section_name(kind_)) +
                                   std::string(kActions.at(static_cast<std::size_t>(edit.kind)));
        Change change{.action = action, .kind = noun_of(kind_), .id = config::id_of(edit.what)};
        if (before != nullptr) {
            change.before = shown_definition(before->what);
        }
        if (edit.kind != Edit::Kind::kRemove) {
            change.after = shown_definition(edit.what);
        }
        change.server = kind_ == Addition::Kind::kServer ? edit.what.name : edit.what.server;
        return record_change(dependencies_.events, std::move(change));
    }

    const Dependencies& dependencies_;
    Addition::Kind kind_;
    Load shown_;
};

}  // namespace

Load with_definitions(const Dependencies& dependencies, const std::string& list, Load load) {
    const auto kind = kind_of(list);
    if (!kind || dependencies.definitions == nullptr) {
        return load;
    }
    return [&dependencies, kind = *kind,
            load = std::move(load)](const ListQuery& query) -> Result<std::vector<json::Object>> {
        auto items = load(query);
        if (!items) {
            return items;
        }
        std::vector<std::string> made_servers;
        for (const Definition& definition : dependencies.definitions->list()) {
            if (!definition.counts) {
                continue;
            }
            if (definition.what.kind == Addition::Kind::kServer) {
                made_servers.push_back(definition.what.name);
            }
            if (definition.what.kind != kind) {
                continue;
            }
            const std::string id = config::id_of(definition.what);
            auto item = std::ranges::find_if(
                *items, [&](const json::Object& one) { return json::get_string(one, "id") == id; });
            if (item == items->end()) {
                items->push_back(bare_view(definition));
                item = std::prev(items->end());
            }
            mark(*item, definition);
        }
        for (json::Object& item : *items) {
            if (const auto server = json::get_string(item, "server");
                server && contains(made_servers, *server)) {
                item["origin"] = "api";
            }
        }
        return items;
    };
}

bool add_definition_changes(http::Router& router,
                            const Dependencies& dependencies,
                            const std::string& list,
                            const Load& shown) {
    const auto kind = kind_of(list);
    if (!kind || dependencies.definitions == nullptr) {
        return false;
    }
    const auto routes = std::make_shared<const List>(dependencies, *kind, shown);
    const auto add = [&](std::string method, const std::string& pattern,
                         http::Response (List::*handle)(const http::Request&) const) {
        router.add(std::move(method), pattern, http::WorkClass::kSlow,
                   dependencies.guard.protect([routes, handle](const http::Request& request) {
                       return (*routes.*handle)(request);
                   }));
    };
    add("POST", routes->pattern(), &List::add);
    add("PATCH", routes->pattern() + "/{id}", &List::change);
    add("DELETE", routes->pattern() + "/{id}", &List::remove);
    return true;
}

void add_export_route(http::Router& router, const Dependencies& dependencies) {
    if (dependencies.definitions == nullptr) {
        return;
    }
    router.add("GET", "/api/v1/export", http::WorkClass::kQuick,
               dependencies.guard.protect([&dependencies](const http::Request& request) {
                   const auto query = parse_list_query(request.query);
                   if (!query) {
                       return problem(query.error());
                   }
                   const std::string server = query->filter("server");
                   std::vector<Addition> additions;
                   for (const Definition& definition : dependencies.definitions->list()) {
                       const Addition& what = definition.what;
                       const bool is_wanted =
                           server.empty() || what.server == server ||
                           (what.kind == Addition::Kind::kServer && what.name == server);
                       if (is_wanted && definition.counts) {
                           additions.push_back(what);
                       }
                   }
                   return object_response(200, {{"yaml", config::export_yaml(additions)}});
               }));
}

}  // namespace gatehouse::admin
