// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/secret.h"
#include "http/message.h"
#include "oauth/pages.h"
#include "oauth/transaction_store.h"

namespace gatehouse::oauth {

inline constexpr std::chrono::minutes kTransactionLife{10};

/// A transaction and the cookie that ties it to one browser (D18, D20). Each has a cookie of its
/// own, so that two tabs do not disturb each other.
struct Walk {
    Transaction transaction;
    Secret browser;
};

/// What a form is for: its anti-forgery field fits no other form, transaction, browser or person.
struct FormPlace {
    std::string_view step;     ///< "sign-in", "consent", …
    std::string_view user_id;  ///< whom the page named, or empty
};

/// Opens and finds transactions. Thread-safe; blocks on the store.
class Walks {
  public:
    Walks(TransactionStore& store, const Clock& clock) : store_(store), clock_(clock) {}

    /// Stores the transaction for the browser that sent `request`, under a fresh id unless it has
    /// one already: kConflict when that one is taken.
    [[nodiscard]] Result<Walk> open(const http::Request& request, Transaction transaction) const;
    /// The living transaction of this browser, or the page that says why not: 403 for one that is
    /// unknown, over, or another browser's.
    [[nodiscard]] std::expected<Walk, http::Response> find(const http::Request& request,
                                                           std::string_view id) const;
    /// As `find`, by the hidden field of a form; whether the form is ours, `is_own_form` says.
    [[nodiscard]] std::expected<Walk, http::Response> find_by_form(const http::Request& request,
                                                                   const FormFields& form) const;

  private:
    TransactionStore& store_;
    const Clock& clock_;
};

/// The browser's cookie for this transaction, also set again when it lives on.
void set_walk_cookie(http::Response& response, const Walk& walk);
/// Cookies of transactions beyond the newest twenty are removed (D31).
void drop_old_walk_cookies(http::Response& response, const http::Request& request);

/// The hidden fields of a form of this transaction.
[[nodiscard]] std::vector<HiddenField> form_fields(const Walk& walk, const FormPlace& place);
[[nodiscard]] bool is_own_form(const Walk& walk, const FormFields& form, const FormPlace& place);

/// As above for forms that belong to a whole browser session.
[[nodiscard]] std::vector<HiddenField> form_fields(const Secret& cookie, std::string_view step);
[[nodiscard]] bool is_own_form(const Secret& cookie, const FormFields& form, std::string_view step);

/// The first value of a field, empty when absent.
[[nodiscard]] std::string_view field(const FormFields& form, std::string_view name);
/// The form that a page posted; nothing for another content type, a broken or a huge one.
[[nodiscard]] std::optional<FormFields> read_form(const http::Request& request);

}  // namespace gatehouse::oauth
