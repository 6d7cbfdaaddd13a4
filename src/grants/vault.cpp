// SPDX-License-Identifier: Apache-2.0
#include "grants/vault.h"

#include <utility>

#include "base/strings.h"

namespace gatehouse::grants {
namespace {

std::string associated_data(const Owner& owner) {
    std::string text(owner.server);
    text += '/';
    text += owner.profile;
    text += '/';
    text += owner.user;
    return text;
}

}  // namespace

Vault::Vault(const std::vector<Secret>& master_keys)
    : grants_(master_keys, "grant"), lines_(master_keys, "grant-lines") {}

void Vault::rekey(const std::vector<Secret>& master_keys) {
    grants_.rekey(master_keys);
    lines_.rekey(master_keys);
}

std::string Vault::seal(const oidc::Tokens& tokens, const Owner& owner) const {
    std::string plain(tokens.access.reveal());
    plain += '\n';
    plain += tokens.refresh.reveal();
    const Secret wiped(std::move(plain));
    return grants_.seal(wiped.reveal(), associated_data(owner));
}

Result<oidc::Tokens> Vault::open(std::string_view box, const Owner& owner) const {
    const auto plain = grants_.open(box, associated_data(owner));
    if (!plain) {
        return std::unexpected(plain.error());
    }
    const std::string_view text = plain->reveal();
    const std::size_t line = text.find('\n');
    if (line == std::string_view::npos) {
        return fail(ErrorCode::kCorrupt, "stored grant is damaged");
    }
    return oidc::Tokens{.access = Secret(std::string(text.substr(0, line))),
                        .refresh = Secret(std::string(text.substr(line + 1)))};
}

std::string Vault::seal_lines(const std::vector<std::string>& lines, std::string_view name) const {
    const Secret plain(join(lines, "\n"));
    return lines_.seal(plain.reveal(), name);
}

Result<std::vector<std::string>> Vault::open_lines(std::string_view box,
                                                   std::string_view name) const {
    const auto plain = lines_.open(box, name);
    if (!plain) {
        return std::unexpected(plain.error());
    }
    std::vector<std::string> lines;
    for (const std::string_view line : split(plain->reveal(), '\n')) {
        lines.emplace_back(line);
    }
    return lines;
}

}  // namespace gatehouse::grants
