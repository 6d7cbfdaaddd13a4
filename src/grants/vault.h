// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/sealer.h"
#include "oidc/token_answer.h"

namespace gatehouse::grants {

/// Whose tokens a box holds: its associated data, so that no box opens in another's row (G15).
struct Owner {
    std::string_view server, profile;
    std::string_view user;  ///< a user id, or `pending` of a grant that is nobody's yet

    [[nodiscard]] static std::string revocation(std::string_view id) {
        return "revocation:" + std::string(id);
    }

    [[nodiscard]] static std::string pending(std::string_view pending_id) {
        return "pending:" + std::string(pending_id);
    }
};

/// Seals what must not be readable in the store. Thread-safe.
class Vault {
  public:
    explicit Vault(const std::vector<Secret>& master_keys);

    /// As crypto::Sealer.
    void rekey(const std::vector<Secret>& master_keys);

    [[nodiscard]] std::string seal(const oidc::Tokens& tokens, const Owner& owner) const;
    /// kCorrupt for another owner's, altered or truncated box.
    [[nodiscard]] Result<oidc::Tokens> open(std::string_view box, const Owner& owner) const;

    /// False when an earlier master key sealed it.
    [[nodiscard]] bool is_current(std::string_view box) const { return grants_.is_current(box); }

    [[nodiscard]] bool are_lines_current(std::string_view box) const {
        return lines_.is_current(box);
    }

    /// Lines without line breaks, of one leg or one client registration, bound to its name.
    [[nodiscard]] std::string seal_lines(const std::vector<std::string>& lines,
                                         std::string_view name) const;
    [[nodiscard]] Result<std::vector<std::string>> open_lines(std::string_view box,
                                                              std::string_view name) const;

  private:
    crypto::Sealer grants_, lines_;
};

}  // namespace gatehouse::grants
