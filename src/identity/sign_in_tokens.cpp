// SPDX-License-Identifier: Apache-2.0
#include "identity/sign_in_tokens.h"

#include <optional>
#include <utility>

#include "base/json.h"
#include "base/pause.h"
#include "crypto/jwt.h"
#include "crypto/random.h"
#include "identity/internal/provider_party.h"
#include "telemetry/log.h"

namespace gatehouse::identity {
namespace {

using Trouble = SignInTokens::Trouble;
using catalog::ExchangeSubject;

// The exchange itself takes a while, and clocks differ.
constexpr std::chrono::seconds kMargin{30};
constexpr std::chrono::seconds kLeaseTime{30};
constexpr std::chrono::milliseconds kLeasePoll{50};
constexpr int kLeasePolls = 200;
constexpr std::chrono::hours kKeepUnused{1};
constexpr std::size_t kPage = 500;
constexpr std::int64_t kYear3000 = 32'503'680'000;

std::string context_of(std::string_view user_id, std::string_view provider) {
    return std::string(provider) + '/' + std::string(user_id);
}

Secret to_text(const ProviderTokens& tokens) {
    return Secret(json::dump({{"subject", tokens.subject},
                              {"access", tokens.access.reveal()},
                              {"refresh", tokens.refresh.reveal()},
                              {"id_token", tokens.id_token.reveal()},
                              {"access_ends", to_unix_millis(tokens.access_ends)},
                              {"id_token_ends", to_unix_millis(tokens.id_token_ends)}}));
}

std::optional<ProviderTokens> from_text(std::string_view text) {
    const auto object = json::parse_object(text);
    if (!object) {
        return std::nullopt;
    }
    const auto secret = [&](std::string_view name) {
        return Secret(json::get_string(*object, name).value_or(""));
    };
    const auto time = [&](std::string_view name) {
        return from_unix_millis(json::get_int(*object, name).value_or(0));
    };
    return ProviderTokens{.subject = json::get_string(*object, "subject").value_or(""),
                          .access = secret("access"),
                          .refresh = secret("refresh"),
                          .id_token = secret("id_token"),
                          .access_ends = time("access_ends"),
                          .id_token_ends = time("id_token_ends")};
}

Trouble trouble_of(const Error& error) {
    return error.code == ErrorCode::kPeer ? Trouble::kOperator : Trouble::kTransient;
}

}  // namespace

struct SignInTokens::Held {
    StoredSignIn row;
    ProviderTokens tokens;
};

SignInTokens::SignInTokens(const Needs& needs, crypto::Sealer sealer)
    : needs_(needs),
      sealer_(std::move(sealer)),
      providers_(needs.http, needs.clock),
      tokens_(needs.http, needs.clock) {}

StoredSignIn SignInTokens::sealed(std::string_view user_id,
                                  std::string_view provider,
                                  const ProviderTokens& tokens) const {
    return {.user_id = std::string(user_id),
            .provider = std::string(provider),
            .sealed = sealer_.seal(to_text(tokens).reveal(), context_of(user_id, provider)),
            .updated_at = needs_.clock.now()};
}

Result<void> SignInTokens::keep(std::string_view user_id,
                                std::string_view provider,
                                const ProviderTokens& tokens) {
    if (!needs_.catalog.get()->exchanges_sign_in(provider)) {
        return {};
    }
    return needs_.store.keep(sealed(user_id, provider, tokens));
}

std::expected<SignInTokens::Held, Trouble> SignInTokens::load(std::string_view user_id,
                                                              std::string_view provider) {
    auto row = needs_.store.find(user_id, provider);
    if (!row) {
        return std::unexpected(row.error().code == ErrorCode::kNotFound ? Trouble::kSignInAgain
                                                                        : Trouble::kTransient);
    }
    const auto plain = sealer_.open(row->sealed, context_of(user_id, provider));
    auto tokens = plain ? from_text(plain->reveal()) : std::nullopt;
    if (!tokens) {
        telemetry::error("identity", "the sign-in of user {} at {} cannot be opened", user_id,
                         provider);
        return std::unexpected(Trouble::kSignInAgain);
    }
    return Held{.row = *std::move(row), .tokens = *std::move(tokens)};
}

bool SignInTokens::is_good(const Held& held, ExchangeSubject kind) const {
    const bool wants_id = kind == ExchangeSubject::kIdToken;
    const Secret& token = wants_id ? held.tokens.id_token : held.tokens.access;
    const Timestamp ends = wants_id ? held.tokens.id_token_ends : held.tokens.access_ends;
    return !token.empty() && needs_.clock.now() + kMargin < ends;
}

std::expected<Secret, Trouble> SignInTokens::find(std::string_view user_id,
                                                  std::string_view provider,
                                                  ExchangeSubject kind) {
    auto held = load(user_id, provider);
    if (held && !is_good(*held, kind)) {
        if (held->tokens.refresh.empty()) {
            return std::unexpected(Trouble::kSignInAgain);
        }
        if (const auto renewed = renew(*held); !renewed) {
            return std::unexpected(renewed.error());
        }
        held = load(user_id, provider);
    }
    if (!held) {
        return std::unexpected(held.error());
    }
    if (!is_good(*held, kind)) {
        return std::unexpected(Trouble::kSignInAgain);
    }
    return kind == ExchangeSubject::kIdToken ? held->tokens.id_token : held->tokens.access;
}

/// False when somebody else did it meanwhile.
std::expected<bool, Trouble> SignInTokens::take_turn(const SignInLease& wanted) {
    SignInLease lease = wanted;
    for (int poll = 0; poll < kLeasePolls; ++poll) {
        lease.now = needs_.clock.now();
        lease.until = lease.now + kLeaseTime;
        const auto leased = needs_.store.lease(lease);
        if (!leased) {
            return std::unexpected(Trouble::kTransient);
        }
        if (*leased) {
            return true;
        }
        const auto current = needs_.store.find(lease.user_id, lease.provider);
        if (!current || current->version != lease.version) {
            return false;
        }
        pause(kLeasePoll);
    }
    return std::unexpected(Trouble::kTransient);
}

SignInTokens::Step SignInTokens::renew(const Held& held) {
    // Its own owner for each attempt: threads of one process exclude each other, too.
    const SignInLease lease{.user_id = held.row.user_id,
                            .provider = held.row.provider,
                            .version = held.row.version,
                            .owner = crypto::random_token(12)};
    const auto turn = take_turn(lease);
    if (!turn) {
        return std::unexpected(turn.error());
    }
    if (!*turn) {
        return {};
    }
    auto done = ask(held);
    if (const auto released = needs_.store.release(lease); !released) {
        telemetry::warn("identity", "lease not released: {}", describe(released.error()));
    }
    return done;
}

SignInTokens::Step SignInTokens::ask(const Held& held) {
    const auto catalog = needs_.catalog.get();
    const auto* entry = catalog->find_oidc(held.row.provider);
    if (entry == nullptr) {
        return std::unexpected(Trouble::kOperator);
    }
    const catalog::Profile profile = internal::to_profile(*entry);
    const auto provider = providers_.provider_of(profile);
    if (!provider) {
        return std::unexpected(trouble_of(provider.error()));
    }
    const oidc::ClientCredentials client = internal::to_client(*entry, *provider);
    const oidc::Party party{.profile = profile, .provider = *provider, .client = client};
    const auto answer = tokens_.refresh(party, held.tokens.refresh, {});
    if (!answer) {
        const oidc::TokenFailure& failure = answer.error();
        if (failure.refusal == oidc::TokenRefusal::kGrantGone) {
            // Spent or ended: nobody need ask with it again.
            ProviderTokens last = held.tokens;
            last.refresh = Secret();
            return store(held, last);
        }
        telemetry::warn("identity", "sign_in.oidc.{} does not renew a sign-in: {}", entry->name,
                        failure.code);
        return std::unexpected(failure.refusal == oidc::TokenRefusal::kOperator
                                   ? Trouble::kOperator
                                   : Trouble::kTransient);
    }
    ProviderTokens next = held.tokens;
    next.access = answer->access;
    next.access_ends = oidc::token_end(*answer, needs_.clock.now(), std::chrono::seconds{0});
    next.refresh = answer->refresh.empty() ? held.tokens.refresh : answer->refresh;
    if (!answer->id_token.empty()) {
        const auto ends = check(party, answer->id_token, held.tokens.subject);
        if (!ends) {
            telemetry::warn("identity", "sign_in.oidc.{}: {}", entry->name, describe(ends.error()));
        } else {
            next.id_token = answer->id_token;
            next.id_token_ends = *ends;
        }
    }
    return store(held, next);
}

/// OpenID Connect Core §12.2: of the same issuer, for us, about the same person.
Result<Timestamp> SignInTokens::check(const oidc::Party& party,
                                      const Secret& id_token,
                                      const std::string& subject) {
    const auto token = providers_.verify(party.provider, id_token.reveal());
    if (!token) {
        return std::unexpected(token.error());
    }
    const json::Object& claims = token->claims;
    const auto exp = json::get_int(claims, "exp");
    if (json::get_string(claims, "iss") != party.provider.issuer ||
        !crypto::has_audience(claims, party.client.client_id) ||
        json::get_string(claims, "sub") != subject || !exp || *exp < 0 || *exp > kYear3000) {
        return fail(ErrorCode::kPeer, "the renewed ID token is about somebody or something else");
    }
    return from_unix_millis(*exp * 1000);
}

SignInTokens::Step SignInTokens::store(const Held& held, const ProviderTokens& tokens) {
    StoredSignIn next = sealed(held.row.user_id, held.row.provider, tokens);
    next.version = held.row.version;
    // False: a new sign-in, which is the better one, or nobody wants it any more.
    if (const auto stored = needs_.store.renew(next); !stored) {
        telemetry::error("identity", "a renewed sign-in could not be stored: {}",
                         describe(stored.error()));
        return std::unexpected(Trouble::kTransient);
    }
    return {};
}

Result<void> SignInTokens::forget(std::string_view user_id) {
    return needs_.store.remove_of(user_id);
}

Result<void> SignInTokens::tidy() {
    return needs_.store.remove_unused(needs_.clock.now() - kKeepUnused);
}

Result<std::size_t> SignInTokens::reseal() {
    std::size_t done = 0;
    std::string user, provider;
    for (;;) {
        const auto page = needs_.store.list(user, provider, kPage);
        if (!page) {
            return std::unexpected(page.error());
        }
        for (StoredSignIn row : *page) {
            user = row.user_id;
            provider = row.provider;
            const auto plain = sealer_.is_current(row.sealed)
                                   ? fail(ErrorCode::kConflict, "nothing to do")
                                   : sealer_.open(row.sealed, context_of(user, provider));
            if (!plain) {
                continue;
            }
            row.sealed = sealer_.seal(plain->reveal(), context_of(user, provider));
            const auto changed = needs_.store.reseal(row);
            if (!changed) {
                return std::unexpected(changed.error());
            }
            done += *changed ? 1 : 0;
        }
        if (page->size() < kPage) {
            return done;
        }
    }
}

}  // namespace gatehouse::identity
