// SPDX-License-Identifier: Apache-2.0
#include "admin/api_keys.h"

#include <algorithm>

#include "base/strings.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "telemetry/log.h"

namespace gatehouse::admin {
namespace {

constexpr std::string_view kPrefix = "ghk_";
constexpr std::size_t kMaxName = 100;
// Often enough to see that a key is in use, seldom enough not to write at every request.
constexpr std::chrono::minutes kNoteUseEvery{1};

}  // namespace

Result<MadeApiKey> ApiKeys::add(const NewApiKey& wanted) {
    if (wanted.name.empty() || sanitize_text(wanted.name, kMaxName) != wanted.name) {
        return fail(ErrorCode::kInvalid, "name must be a printable text of at most 100 bytes");
    }
    const Timestamp now = clock_.now();
    if (wanted.expires_at && *wanted.expires_at <= now) {
        return fail(ErrorCode::kInvalid, "expires must be in the future");
    }
    Secret text(std::string(kPrefix) + crypto::random_token());
    ApiKey key{.id = crypto::random_token(12),
               .name = wanted.name,
               .role = std::string(role_name(wanted.role)),
               .digest = crypto::token_digest(text.reveal()),
               .made_by = wanted.made_by,
               .created_at = now,
               .expires_at = wanted.expires_at,
               .last_used_at = {}};
    if (auto inserted = store_.insert(key); !inserted) {
        return inserted.error().code == ErrorCode::kConflict
                   ? fail(ErrorCode::kConflict, "there is an API key of that name already")
                   : std::unexpected(inserted.error());
    }
    return MadeApiKey{.key = std::move(key), .text = std::move(text)};
}

Result<std::optional<Caller>> ApiKeys::find(std::string_view digest) const {
    const auto key = store_.find_by_digest(digest);
    if (!key) {
        return key.error().code == ErrorCode::kNotFound ? Result<std::optional<Caller>>()
                                                        : std::unexpected(key.error());
    }
    const Timestamp now = clock_.now();
    const auto role = parse_role(key->role);
    if (!role || (key->expires_at && *key->expires_at <= now)) {
        return std::nullopt;
    }
    if (!key->last_used_at || now - *key->last_used_at >= kNoteUseEvery) {
        if (auto noted = store_.note_use(key->id, now); !noted) {
            telemetry::warn("admin", "the use of an API key was not noted: {}",
                            describe(noted.error()));
        }
    }
    return Caller{.name = key->name, .role = *role, .key_id = key->id};
}

Result<ApiKey> ApiKeys::find_by_id_or_name(std::string_view name) const {
    auto keys = store_.list();
    if (!keys) {
        return std::unexpected(keys.error());
    }
    const auto by_id = std::ranges::find(*keys, name, &ApiKey::id);
    const auto found = by_id != keys->end() ? by_id : std::ranges::find(*keys, name, &ApiKey::name);
    return found != keys->end() ? Result<ApiKey>(std::move(*found))
                                : fail(ErrorCode::kNotFound, "there is no such API key");
}

}  // namespace gatehouse::admin
