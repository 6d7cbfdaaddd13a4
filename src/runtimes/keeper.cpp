// SPDX-License-Identifier: Apache-2.0
#include "runtimes/keeper.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/strings.h"
#include "mcp/tool_list.h"
#include "runtimes/tool_reader.h"
#include "telemetry/log.h"

namespace gatehouse::runtimes {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMaxRunning = 4;
constexpr std::size_t kMaxTools = 5'000;
constexpr std::size_t kMaxNamed = 50;  // in an event
// A runtime that says "changed" in a loop is not asked in a loop.
constexpr seconds kBetween{5};
constexpr seconds kRereadEvery{2};
constexpr seconds kFirstRetry{2};

json::Array names_of(const std::vector<std::string>& names) {
    json::Array array;
    for (const std::string& name : names) {
        if (array.size() == kMaxNamed) {
            break;
        }
        array.emplace_back(sanitize_text(name, 128));
    }
    return array;
}

std::vector<Sighting> sightings_of(const std::vector<Tool>& tools) {
    std::vector<Sighting> seen;
    seen.reserve(tools.size());
    for (const Tool& tool : tools) {
        seen.push_back({.tool = tool.name, .digest = tool.digest});
    }
    return seen;
}

void set_standings(Facts& facts) {
    for (Tool& tool : facts.tools) {
        const auto it = facts.approved.find(tool.name);
        if (it == facts.approved.end()) {
            tool.standing = Standing::kNew;
        } else {
            tool.standing = facts.is_approved(tool.name, tool.digest) ? Standing::kApproved
                                                                      : Standing::kChanged;
        }
    }
}

/// What users are shown may differ from one to the next: nothing is forgotten.
void merge_tools(std::vector<Tool>& known, const std::vector<Tool>& seen) {
    for (const Tool& tool : seen) {
        const auto it = std::ranges::find(known, tool.name, &Tool::name);
        if (it != known.end()) {
            *it = tool;
        } else if (known.size() < kMaxTools) {
            known.push_back(tool);
        }
    }
}

}  // namespace

Keeper::Keeper(const Needs& needs) : needs_(needs), live_(std::make_shared<const Book>()) {}

Peer Keeper::peer_of(const catalog::Server& server,
                     const std::string& runtime,
                     std::chrono::milliseconds timeout) {
    Peer peer{.url = runtime, .timeout = timeout};
    peer.headers.add("User-Agent", "gatehouse (asks what this server offers)");
    if (!server.worker.secrets.empty()) {
        peer.headers.add(server.worker.secret_header,
                         std::string(server.worker.secrets.front().reveal()));
    }
    for (const auto& [name, value] : server.worker.static_headers) {
        peer.headers.add(name, std::string(value.reveal()));
    }
    return peer;
}

void Keeper::follow_catalog(const catalog::Catalog& catalog, SteadyTime now) {
    std::erase_if(schedules_,
                  [&](const auto& entry) { return catalog.find_server(entry.first) == nullptr; });
    for (const catalog::Server& server : catalog.servers) {
        Schedule& schedule = schedules_[server.name];
        if (schedule.runtimes != server.runtimes) {
            schedule.runtimes = server.runtimes;
            schedule.due = now;
            schedule.failures = 0;
        }
    }
}

std::vector<std::string> Keeper::take_due(SteadyTime now) {
    std::vector<std::string> due;
    std::size_t running = 0;
    for (const auto& [name, schedule] : schedules_) {
        running += schedule.running ? 1 : 0;
    }
    for (auto& [name, schedule] : schedules_) {
        if (running < kMaxRunning && !schedule.running && schedule.due <= now) {
            schedule.running = true;
            schedule.asked = now;
            ++running;
            due.push_back(name);
        }
    }
    return due;
}

void Keeper::load_approvals() {
    const auto catalog = needs_.catalog.get();
    for (const catalog::Server& server : catalog->servers) {
        if (server.tool_changes == catalog::ToolChanges::kBlockNew) {
            const std::lock_guard lock(book_mutex_);
            Facts facts{.server = server.name, .runtime = server.runtimes.front()};
            take_approvals(facts);
            publish(std::move(facts));
        }
    }
}

void Keeper::tend(const Run& run) {
    const auto catalog = needs_.catalog.get();
    const SteadyTime now = needs_.clock.steady_now();
    std::vector<std::string> due;
    bool reread = false;
    {
        const std::lock_guard lock(mutex_);
        follow_catalog(*catalog, now);
        due = take_due(now);
        reread = now >= next_reread_;
        if (reread) {
            next_reread_ = now + kRereadEvery;
        }
    }
    for (const std::string& name : due) {
        if (!run([this, name] { probe_server(name); })) {
            finish(name, false);
        }
    }
    if (reread && std::ranges::any_of(catalog->servers, [](const catalog::Server& server) {
            return server.tool_changes == catalog::ToolChanges::kBlockNew;
        })) {
        (void)run([this] { reread_approvals(); });
    }
}

void Keeper::hurry(std::string_view server) {
    const std::lock_guard lock(mutex_);
    if (const auto it = schedules_.find(server); it != schedules_.end()) {
        it->second.due = std::min(it->second.due, it->second.asked + kBetween);
    }
}

void Keeper::finish(const std::string& name, bool well) {
    const auto every = needs_.catalog.get()->runtime_checks.every;
    const std::lock_guard lock(mutex_);
    const auto it = schedules_.find(name);
    if (it == schedules_.end()) {
        return;
    }
    Schedule& schedule = it->second;
    schedule.running = false;
    schedule.failures = well ? 0 : std::min(schedule.failures + 1, 10U);
    const auto retry = kFirstRetry * (1U << std::min(schedule.failures, 10U));
    schedule.due = needs_.clock.steady_now() + (well ? every : std::min<seconds>(retry, every));
}

void Keeper::probe_server(const std::string& name) {
    const auto catalog = needs_.catalog.get();
    const catalog::Server* const server = catalog->find_server(name);
    if (server == nullptr) {
        return;
    }
    if (!server->probe) {
        finish(name, true);
        return;
    }
    std::string runtime;
    Found found = ask_any(*server, runtime);
    const bool well = found.reach != Reach::kUnreachable;
    take_probe(*server, runtime, std::move(found));
    finish(name, well);
}

/// The replicas are the same runtime: the first that answers speaks for all.
Found Keeper::ask_any(const catalog::Server& server, std::string& runtime) {
    const auto timeout = needs_.catalog.get()->runtime_checks.timeout;
    Found found;
    for (const std::string& replica : server.runtimes) {
        runtime = replica;
        found = probe(needs_.client, peer_of(server, replica, timeout));
        if (found.reach != Reach::kUnreachable) {
            break;
        }
    }
    return found;
}

Result<void> Keeper::refresh(std::string_view server) {
    const auto catalog = needs_.catalog.get();
    const catalog::Server* const found = catalog->find_server(server);
    if (found == nullptr) {
        return fail(ErrorCode::kNotFound, "there is no server of this name");
    }
    if (!found->probe) {
        return fail(ErrorCode::kConflict, "probe is off for this server");
    }
    std::string runtime;
    take_probe(*found, runtime, ask_any(*found, runtime));
    return {};
}

void Keeper::take_probe(const catalog::Server& server, const std::string& runtime, Found found) {
    const std::lock_guard lock(book_mutex_);
    const auto before = find_facts(*live_.get(), server.name);
    Facts facts{.server = server.name,
                .runtime = runtime,
                .reach = found.reach,
                .trouble = std::move(found.trouble),
                .revisions = std::move(found.revisions),
                .sessions = found.sessions,
                .sse_only = found.sse_only,
                .name = std::move(found.name),
                .version = std::move(found.version),
                .checked_at = needs_.clock.now()};
    // Without a token, a runtime that serves accounts may list nothing where users see something.
    const bool lists_for_users = !found.tools || (found.tools->empty() && !server.profile.empty());
    if (!lists_for_users) {
        facts.source = ToolSource::kProbe;
        facts.tools = *std::move(found.tools);
        judge(server, facts, facts.tools);
    } else if (before != nullptr) {
        facts.source = before->source;
        facts.tools = before->tools;
        facts.approved = before->approved;
        if (facts.reach == Reach::kUnreachable) {
            facts.revisions = before->revisions;
            facts.sessions = before->sessions;
            facts.sse_only = before->sse_only;
        }
    } else {
        take_approvals(facts);
    }
    if (facts.reach == Reach::kReady && lists_for_users) {
        facts.reach = Reach::kNeedsUser;
    }
    publish(std::move(facts));
}

void Keeper::learn(std::string_view name, std::string_view message) {
    const auto catalog = needs_.catalog.get();
    const catalog::Server* const server = catalog->find_server(name);
    auto page = mcp::read_tool_page(message);
    if (server == nullptr || !page) {
        return;
    }
    const auto seen = read_tools(std::move(page->entries));
    const std::lock_guard lock(book_mutex_);
    const auto before = find_facts(*live_.get(), name);
    Facts facts = before != nullptr ? *before
                                    : Facts{.server = server->name,
                                            .runtime = server->runtimes.front(),
                                            .checked_at = needs_.clock.now()};
    const bool news = std::ranges::any_of(seen, [&](const Tool& tool) {
        const Tool* const known = facts.find_tool(tool.name);
        return known == nullptr || known->digest != tool.digest;
    });
    if (!news && facts.source != ToolSource::kNone) {
        return;
    }
    merge_tools(facts.tools, seen);
    if (facts.source == ToolSource::kNone) {
        facts.source = ToolSource::kUsers;
    }
    judge(*server, facts, seen);
    publish(std::move(facts));
}

/// Holds what was seen against what is approved, and says what is new.
void Keeper::judge(const catalog::Server& server, Facts& facts, const std::vector<Tool>& seen) {
    const auto welcome = server.tool_changes == catalog::ToolChanges::kAllow
                             ? ApprovalStore::Welcome::kApprove
                             : ApprovalStore::Welcome::kOnlyNote;
    const auto noted =
        needs_.approvals.note(server.name, sightings_of(seen), welcome, needs_.clock.now());
    take_approvals(facts);
    if (!noted) {
        telemetry::warn("runtimes", "tools of {} could not be noted: {}", server.name,
                        describe(noted.error()));
        return;
    }
    if (!noted->first && !noted->fresh.empty()) {
        note_changes(server, *noted, facts);
    }
}

void Keeper::take_approvals(Facts& facts) {
    const auto list = needs_.approvals.list(facts.server);
    if (list) {
        facts.approved.clear();
        for (const Sighting& sighting : *list) {
            if (sighting.approved) {
                facts.approved[sighting.tool].push_back(sighting.digest);
            }
        }
    } else {
        telemetry::warn("runtimes", "approvals of {} could not be read: {}", facts.server,
                        describe(list.error()));
    }
    set_standings(facts);
}

void Keeper::note_changes(const catalog::Server& server,
                          const ApprovalStore::Noted& noted,
                          const Facts& facts) {
    std::vector<std::string> added;
    std::vector<std::string> changed;
    for (const Sighting& sighting : noted.fresh) {
        const auto known = facts.approved.find(sighting.tool);
        const bool is_new =
            known == facts.approved.end() || (sighting.approved && known->second.size() == 1);
        (is_new ? added : changed).push_back(sighting.tool);
    }
    constexpr std::array<std::string_view, 3> kModes{"allow", "warn", "block_new"};
    const auto mode = kModes.at(static_cast<std::size_t>(server.tool_changes));
    if (server.tool_changes != catalog::ToolChanges::kAllow) {
        telemetry::warn("runtimes",
                        "the tools of {} are not what an operator approved: {} new, {} changed{}",
                        server.name, added.size(), changed.size(),
                        server.tool_changes == catalog::ToolChanges::kBlockNew
                            ? "; they are kept back until they are approved"
                            : "");
    }
    const auto recorded = needs_.events.record(
        {.name = "tools.changed",
         .server = server.name,
         .detail = {
             {"tool_changes", mode}, {"new", names_of(added)}, {"changed", names_of(changed)}}});
    if (!recorded) {
        telemetry::warn("runtimes", "a change of tools was not recorded: {}",
                        describe(recorded.error()));
    }
}

Result<std::vector<std::string>> Keeper::approve(std::string_view server,
                                                 const std::vector<std::string>& tools) {
    const std::lock_guard lock(book_mutex_);
    const auto known = find_facts(*live_.get(), server);
    if (known == nullptr || known->source == ToolSource::kNone) {
        return fail(ErrorCode::kNotFound, "nothing is known of this server's tools");
    }
    std::vector<Sighting> shapes;
    std::vector<std::string> names;
    for (const Tool& tool : known->tools) {
        if (tools.empty() ? tool.standing != Standing::kApproved : contains(tools, tool.name)) {
            shapes.push_back({.tool = tool.name, .digest = tool.digest});
            names.push_back(tool.name);
        }
    }
    for (const std::string& name : tools) {
        if (known->find_tool(name) == nullptr) {
            return fail(ErrorCode::kNotFound, "there is no tool " + sanitize_text(name, 128));
        }
    }
    if (auto done = needs_.approvals.approve(server, shapes, needs_.clock.now()); !done) {
        return std::unexpected(done.error());
    }
    Facts facts = *known;
    take_approvals(facts);
    publish(std::move(facts));
    return names;
}

/// Other gateways at the same store approve, too.
void Keeper::reread_approvals() {
    const auto catalog = needs_.catalog.get();
    for (const catalog::Server& server : catalog->servers) {
        if (server.tool_changes != catalog::ToolChanges::kBlockNew) {
            continue;
        }
        const std::lock_guard lock(book_mutex_);
        const auto known = find_facts(*live_.get(), server.name);
        if (known == nullptr) {
            continue;
        }
        Facts facts = *known;
        take_approvals(facts);
        if (facts.approved != known->approved) {
            publish(std::move(facts));
        }
    }
}

void Keeper::publish(Facts facts) {
    const auto catalog = needs_.catalog.get();
    auto next = std::make_shared<Book>(*live_.get());
    std::erase_if(*next,
                  [&](const auto& entry) { return catalog->find_server(entry.first) == nullptr; });
    const auto made = std::make_shared<const Facts>(std::move(facts));
    (*next)[made->server] = made;
    live_.set(std::move(next));
    if (on_tools_ && made->source != ToolSource::kNone) {
        on_tools_(*made);
    }
}

}  // namespace gatehouse::runtimes
