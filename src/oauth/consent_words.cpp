// SPDX-License-Identifier: Apache-2.0
#include "oauth/consent_words.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/strings.h"

namespace gatehouse::oauth {
namespace {

struct Words {
    std::string_view key, text;
};

constexpr std::array<Words, 4> kWholeScopes{{{"profile", "See your name and profile"},
                                             {"email", "See your e-mail address"},
                                             {"groups", "See which groups you belong to"},
                                             {"address", "See your postal address"}}};

constexpr std::array<Words, 20> kVerbs{{{"read", "Read"},     {"readonly", "Read"},
                                        {"view", "Read"},     {"list", "List"},
                                        {"get", "Read"},      {"write", "Change"},
                                        {"edit", "Change"},   {"update", "Change"},
                                        {"modify", "Change"}, {"create", "Create"},
                                        {"add", "Create"},    {"delete", "Delete"},
                                        {"remove", "Delete"}, {"send", "Send"},
                                        {"manage", "Manage"}, {"admin", "Administer"},
                                        {"execute", "Run"},   {"run", "Run"},
                                        {"use", "Use"},       {"all", "Do anything with"}}};

template <std::size_t N>
std::string_view find(const std::array<Words, N>& list, std::string_view key) {
    const auto it = std::ranges::find(list, key, &Words::key);
    return it == list.end() ? std::string_view() : it->text;
}

std::vector<std::string> words_of(std::string_view scope) {
    // Scopes of some servers are URLs: what matters is at their end.
    if (const auto slash = scope.rfind('/');
        scope.find("://") != std::string_view::npos && slash + 1 < scope.size()) {
        scope.remove_prefix(slash + 1);
    }
    std::vector<std::string> words(1);
    for (const char c : scope) {
        if (std::string_view(".:/_-").find(c) == std::string_view::npos) {
            words.back() += c;
        } else if (!words.back().empty()) {
            words.emplace_back();
        }
    }
    std::erase(words, std::string());
    return words;
}

}  // namespace

std::string describe_scope(std::string_view scope) {
    if (const auto text = find(kWholeScopes, scope); !text.empty()) {
        return std::string(text);
    }
    auto words = words_of(scope);
    const auto verb = std::ranges::find_if(
        words, [](const std::string& word) { return !find(kVerbs, to_lower(word)).empty(); });
    if (verb == words.end()) {
        return std::string(scope);
    }
    std::string text(find(kVerbs, to_lower(*verb)));
    words.erase(verb);
    return text + ' ' + (words.empty() ? "your data" : join(words, " "));
}

}  // namespace gatehouse::oauth
