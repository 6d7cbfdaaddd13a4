// SPDX-License-Identifier: Apache-2.0
// uses: policy
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/message.h"
#include "policy/event_filter.h"
#include "policy/list_filter.h"
#include "policy/pointer_tree.h"

namespace {

using namespace gatehouse::policy;

/// Hides what begins with an s.
class HideSome final : public ListJudge {
  public:
    [[nodiscard]] bool hides(ItemKind /*kind*/,
                             std::string_view name,
                             const Hints& /*hints*/) override {
        return name.starts_with('s');
    }
};

void expect(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// What was cut is fine as it is now.
void check_list(std::string_view json) {
    static ListFilter filter;
    HideSome judge;
    std::string cut;
    if (filter.filter(json, judge, cut) == Filtered::kChanged) {
        std::string again;
        expect(filter.filter(cut, judge, again) == Filtered::kUnchanged);
    }
}

std::string pass(std::string_view text, std::size_t piece) {
    static ListFilter filter;
    HideSome judge;
    EventFilter events;
    const EventFilter::Rewrite rewrite = [&](std::string_view data, std::string& out) {
        return filter.filter(data, judge, out);
    };
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += piece) {
        expect(events.pass(text.substr(at, piece), EventFilter::Part::kMore, rewrite, out) ==
               EventFilter::State::kFine);
    }
    expect(events.pass({}, EventFilter::Part::kLast, rewrite, out) == EventFilter::State::kFine);
    return out;
}

/// The same pointers find the same in the whole body as in a text of their own.
void check_arguments(std::string_view body, const std::string& padded) {
    static gatehouse::mcp::Classifier classifier;
    static ArgumentReader reader;
    static const PointerTree tree = [] {
        PointerTree made;
        for (const std::string_view pointer : {"/a", "/a/b", "/a/0/c", "/", "/x~1y"}) {
            (void)made.add(pointer);
        }
        return made;
    }();
    const auto read = classifier.classify(std::string_view(padded).substr(0, body.size()));
    if (!read) {
        return;
    }
    for (const auto& message : read->messages) {
        const auto found = reader.read(tree, message.arguments);
        const std::vector<Found> inside(found.begin(), found.end());
        std::string copy(message.arguments);
        copy.append(gatehouse::mcp::kPadding, '\0');
        const auto alone =
            reader.read(tree, std::string_view(copy).substr(0, message.arguments.size()));
        for (std::size_t i = 0; i < tree.size(); ++i) {
            expect(inside[i].kind == alone[i].kind && inside[i].text == alone[i].text);
        }
    }
}

}  // namespace

/// The first byte is the length of a piece.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    std::string padded(text);
    padded.append(gatehouse::mcp::kPadding, '\0');
    check_list(text);
    expect(pass(text, text.size()) == pass(text, 1U + data[0] % 64U));
    check_arguments(text, padded);
    return 0;
}
