// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/live.h"
#include "catalog/catalog.h"
#include "oauth/token_verifier.h"

namespace gatehouse::proxy {

using SharedToken = std::shared_ptr<const oauth::AccessToken>;

/// Verified access tokens of one loop. Signatures are checked once per token; expiry and revocation
/// on every request (requirements A22). Bounded: new tokens push old ones out.
class TokenCache {
  public:
    explicit TokenCache(const oauth::LiveTrust& trust);

    using Verdict = std::expected<SharedToken, oauth::TokenFault>;

    /// The verdict on a token that was verified before; nothing for one never seen.
    [[nodiscard]] std::optional<Verdict> recall(std::string_view token,
                                                std::string_view audience,
                                                Timestamp now);
    [[nodiscard]] Verdict verify(std::string_view token,
                                 std::string_view issuer,
                                 std::string_view audience,
                                 Timestamp now);

    /// The verdict on a personal access token. Those are all known: nothing is asked of a store.
    [[nodiscard]] Verdict verify_personal(std::string_view token,
                                          const catalog::Server& server,
                                          Timestamp now);

    /// True while a stream that this token opened may go on.
    [[nodiscard]] bool is_revoked(const oauth::AccessToken& token);

  private:
    static constexpr std::size_t kSlots = 8192;
    static constexpr std::size_t kWays = 4;

    struct Slot {
        std::uint64_t hash = 0;
        std::uint64_t used = 0;
        std::uint64_t personal_generation = 0;  ///< of the list that it was found in
        std::string token, audience;
        SharedToken verified;
    };

    [[nodiscard]] std::span<Slot> bucket_of(std::uint64_t hash);
    void keep(std::string_view token, std::string_view audience, SharedToken verified);
    [[nodiscard]] Verdict unless_revoked(SharedToken token);
    const oauth::Trust& current_trust();

    LiveReader<oauth::Trust> trust_;
    std::uint64_t seed_;
    std::uint64_t turn_ = 0;
    std::shared_ptr<const oauth::Trust> seen_;
    std::vector<Slot> slots_;
};

}  // namespace gatehouse::proxy
