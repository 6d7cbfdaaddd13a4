// SPDX-License-Identifier: Apache-2.0
#include "audit/verifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gatehouse::audit {
namespace {

constexpr std::size_t kPage = 1000;
constexpr std::size_t kMaxFindings = 100;

json::Object view(const Finding& finding) {
    json::Object out{{"kind", finding.kind}, {"chain", finding.replica}};
    if (finding.seq != 0) {
        out["position"] = finding.seq;
    }
    if (finding.record != 0) {
        out["record"] = std::to_string(finding.record);
    }
    out["text"] = finding.text;
    return out;
}

}  // namespace

json::Object VerifyReport::to_json() const {
    json::Array list;
    for (const Finding& finding : findings) {
        list.emplace_back(view(finding));
    }
    return {{"ok", found == 0},
            {"chains", chains},
            {"links", links},
            {"records", records},
            {"retired", retired},
            {"anchors", anchors},
            {"unknown_keys", unknown_keys},
            {"found", found},
            {"findings", std::move(list)}};
}

struct Verifier::Walk {
    const ChainHead& head;
    std::uint64_t seq;             ///< of the last link that was looked at
    std::string stored, computed;  ///< its hash as it stands there, and as it should be
    bool known = true;             ///< what it should be is known
    std::uint64_t record = 0;      ///< its record
    std::set<std::uint64_t> open;  ///< records whose newest link must still come
    std::vector<StoredAnchor>::const_iterator anchor, anchors_end;
};

void Verifier::report(Finding finding) {
    ++report_.found;
    if (report_.findings.size() < kMaxFindings) {
        report_.findings.push_back(std::move(finding));
    }
}

Result<VerifyReport> Verifier::run() {
    report_ = {};
    anchors_.clear();
    if (auto loaded = load_anchors(); !loaded) {
        return std::unexpected(loaded.error());
    }
    const auto chains = parts_.store.chains();
    if (!chains) {
        return std::unexpected(chains.error());
    }
    for (const ChainHead& head : *chains) {
        ++report_.chains;
        if (auto walked = walk_chain(head); !walked) {
            return std::unexpected(walked.error());
        }
        anchors_.erase(head.replica);
    }
    for (const auto& [replica, anchors] : anchors_) {
        report({.kind = "removed",
                .replica = replica,
                .text = fmt::format("the whole chain {} is gone, with at least {} links", replica,
                                    anchors.back().seq)});
    }
    if (auto looked = find_inserted(); !looked) {
        return std::unexpected(looked.error());
    }
    return report_;
}

Result<void> Verifier::load_anchors() {
    auto stored = parts_.store.anchors("");
    if (!stored) {
        return std::unexpected(stored.error());
    }
    for (StoredAnchor& exported : parts_.exported) {
        if (std::ranges::find(*stored, exported.statement, &StoredAnchor::statement) ==
            stored->end()) {
            stored->push_back(std::move(exported));
        }
    }
    for (StoredAnchor& anchor : *stored) {
        ++report_.anchors;
        switch (parts_.judge(anchor)) {
            case AnchorTrust::kForged:
                report({.kind = "altered",
                        .replica = anchor.replica,
                        .seq = anchor.seq,
                        .text = fmt::format("the anchor at position {} of chain {} is not what the "
                                            "gateway signed",
                                            anchor.seq, anchor.replica)});
                continue;
            case AnchorTrust::kUnknownKey:
                ++report_.unknown_keys;
                break;
            case AnchorTrust::kGood:
                break;
        }
        anchors_[anchor.replica].push_back(std::move(anchor));
    }
    for (auto& [replica, anchors] : anchors_) {
        std::ranges::sort(anchors, {}, &StoredAnchor::seq);
    }
    return {};
}

Result<void> Verifier::walk_chain(const ChainHead& head) {
    if (head.seq > 0 && !parts_.seal.fits(head)) {
        report({.kind = "rewritten",
                .replica = head.replica,
                .seq = head.seq,
                .text =
                    fmt::format("the end of chain {} was not written by a gateway", head.replica)});
    }
    const std::vector<StoredAnchor>& anchors = anchors_[head.replica];
    Walk walk{.head = head,
              .seq = head.start_seq,
              .stored = head.start_hash,
              .computed = head.start_hash,
              .open = {},
              .anchor = anchors.begin(),
              .anchors_end = anchors.end()};
    while (walk.seq < head.seq) {
        const auto links = parts_.store.links(head.replica, walk.seq, kPage);
        if (!links) {
            return std::unexpected(links.error());
        }
        if (links->empty()) {
            break;
        }
        for (const StoredLink& stored : *links) {
            if (stored.link.seq > head.seq) {
                return check_end(walk);  // it came while we walked
            }
            if (auto checked = check_link(walk, stored); !checked) {
                return checked;
            }
        }
    }
    return check_end(walk);
}

/// Retention may have moved the start while we walked.
Result<bool> Verifier::skip_cut(Walk& walk, std::uint64_t seq) {
    const auto chains = parts_.store.chains();
    if (!chains) {
        return std::unexpected(chains.error());
    }
    const auto now = std::ranges::find(*chains, walk.head.replica, &ChainHead::replica);
    if (now == chains->end() || now->start_seq + 1 != seq || !parts_.seal.fits(*now)) {
        return false;
    }
    walk.seq = now->start_seq;
    walk.stored = walk.computed = now->start_hash;
    walk.known = true;
    return true;
}

Result<void> Verifier::check_link(Walk& walk, const StoredLink& stored) {
    const Link& link = stored.link;
    if (link.seq == walk.seq) {
        report(
            {.kind = "inserted",
             .replica = walk.head.replica,
             .seq = link.seq,
             .record = link.record,
             .text = fmt::format("record {} claims a position that another one has", link.record)});
        return {};
    }
    if (link.seq != walk.seq + 1) {
        const auto skipped = skip_cut(walk, link.seq);
        if (!skipped) {
            return std::unexpected(skipped.error());
        }
        if (!*skipped) {
            report({.kind = "removed",
                    .replica = walk.head.replica,
                    .seq = walk.seq + 1,
                    .record = link.previous,
                    .text = fmt::format("{} record(s) between record {} and record {} are gone, "
                                        "the last of them is record {}",
                                        link.seq - walk.seq - 1, walk.record, link.record,
                                        link.previous)});
            walk.known = false;
        }
    }
    ++report_.links;
    check_hash(walk, stored);
    check_state(walk, stored);
    check_anchors(walk, link);
    walk.seq = link.seq;
    walk.record = link.record;
    return {};
}

void Verifier::check_hash(Walk& walk, const StoredLink& stored) {
    const Link& link = stored.link;
    const std::string after_stored = link_hash(walk.stored, link);
    const bool good =
        !walk.known || link.hash == after_stored || link.hash == link_hash(walk.computed, link);
    if (!good) {
        report({.kind = "altered",
                .replica = walk.head.replica,
                .seq = link.seq,
                .record = link.record,
                .text = fmt::format("record {} is not what was recorded at position {}",
                                    link.record, link.seq)});
    }
    walk.computed = good ? link.hash : link_hash(walk.computed, link);
    walk.stored = link.hash;
    walk.known = true;
}

void Verifier::check_state(Walk& walk, const StoredLink& stored) {
    const Link& link = stored.link;
    switch (stored.state) {
        case LinkState::kCurrent:
            ++report_.records;
            walk.open.erase(link.record);
            return;
        case LinkState::kSuperseded:
            walk.open.insert(link.record);
            return;
        case LinkState::kRetired:
            ++report_.retired;
            walk.open.erase(link.record);
            if (!parts_.seal.fits_retired(walk.head.replica, link, stored.proof)) {
                report({.kind = "removed",
                        .replica = walk.head.replica,
                        .seq = link.seq,
                        .record = link.record,
                        .text = fmt::format("record {} was removed, and not by retention",
                                            link.record)});
            }
            return;
    }
}

void Verifier::check_anchors(Walk& walk, const Link& link) {
    for (; walk.anchor != walk.anchors_end && walk.anchor->seq <= link.seq; ++walk.anchor) {
        if (walk.anchor->seq == link.seq && walk.anchor->hash != link.hash) {
            report({.kind = "rewritten",
                    .replica = walk.head.replica,
                    .seq = link.seq,
                    .record = link.record,
                    .text = fmt::format("the chain up to record {} is not the one that was signed",
                                        link.record)});
        }
    }
}

Result<void> Verifier::check_end(Walk& walk) {
    const ChainHead& head = walk.head;
    std::uint64_t last = head.seq;
    if (walk.anchor != walk.anchors_end) {
        last = std::max(last, std::prev(walk.anchors_end)->seq);
    }
    if (parts_.own && parts_.own->replica == head.replica) {
        last = std::max(last, parts_.own->seq);
    }
    if (last > walk.seq) {
        report(
            {.kind = "removed",
             .replica = head.replica,
             .seq = walk.seq + 1,
             .record = head.seq > walk.seq ? head.record : 0,
             .text = fmt::format("{} record(s) after record {} are gone from the end of chain {}",
                                 last - walk.seq, walk.record, head.replica)});
    } else if (walk.seq == head.seq && walk.stored != head.hash) {
        report({.kind = "altered",
                .replica = head.replica,
                .seq = head.seq,
                .record = walk.record,
                .text = fmt::format("the end of chain {} does not fit record {}", head.replica,
                                    walk.record)});
    }
    for (const std::uint64_t record : walk.open) {
        // It may have got a newer link while we walked.
        const auto newest = parts_.store.newest_link_of(record);
        if (!newest) {
            return std::unexpected(newest.error());
        }
        if (!*newest || **newest <= head.seq) {
            report({.kind = "removed",
                    .replica = head.replica,
                    .seq = 0,
                    .record = record,
                    .text = fmt::format("record {} is gone", record)});
        }
    }
    return {};
}

Result<void> Verifier::find_inserted() {
    std::uint64_t after = 0;
    for (;;) {
        const auto ids = parts_.store.unlinked(after, kPage);
        if (!ids) {
            return std::unexpected(ids.error());
        }
        for (const std::uint64_t id : *ids) {
            report({.kind = "inserted",
                    .replica = {},
                    .record = id,
                    .text = fmt::format("record {} stands in no chain: the gateway did not write "
                                        "it like this",
                                        id)});
        }
        if (ids->size() < kPage) {
            return {};
        }
        after = ids->back();
    }
}

}  // namespace gatehouse::audit
