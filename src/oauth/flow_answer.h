// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "oauth/client_guess.h"
#include "oauth/pages.h"
#include "oauth/transaction.h"

/// Answers that several steps of an authorization share.
namespace gatehouse::oauth {

/// Where and how a client hears of the outcome.
struct ClientReturn {
    std::string redirect_uri, issuer;
    std::optional<std::string> state;
};

/// What a person reads of an error that concerns them more than the app.
struct ErrorWords {
    int status = 400;
    std::string title;
    std::vector<std::string> paragraphs;
    std::vector<Link> links;
};

struct AuthorizeError {
    std::string code;         ///< of D03
    std::string description;  ///< for the client's developer
    std::optional<ErrorWords> words;
};

[[nodiscard]] ClientReturn return_of(const Transaction& transaction);

/// The redirect URI with `code`, `state` and `iss`; its own query is kept (D03, D06, D14, D15).
[[nodiscard]] std::string success_url(const ClientReturn& to, std::string_view code);
[[nodiscard]] std::string error_url(const ClientReturn& to, const AuthorizeError& error);

/// 303, never cached (D22).
[[nodiscard]] http::Response see_other(std::string location);
[[nodiscard]] http::Response redirect_error(const ClientReturn& to, const AuthorizeError& error);
/// D04: the page that a person leaves by a click, so that nobody is sent to a stranger's address by
/// a link alone. The error's own words, if it has any.
[[nodiscard]] http::Response interstitial(const ClientReturn& to, const AuthorizeError& error);

/// The error's words alone, where no client waits for an answer.
[[nodiscard]] http::Response words_page(const ErrorWords& words);

/// Names the program, where it can be guessed, and how it registers again.
[[nodiscard]] http::Response unknown_client_page(const ClientGuess& guess);
/// The app's metadata document will not do; `why` is for the app's developer.
[[nodiscard]] http::Response bad_document_page(std::string_view why);
[[nodiscard]] http::Response bad_request_page(std::string_view why);
/// 403: the form or link is of another browser, too old, or used.
[[nodiscard]] http::Response over_page();
[[nodiscard]] http::Response not_found_page(std::string_view what);
/// 503: what cannot be recorded is not done.
[[nodiscard]] http::Response unrecorded_page();
/// 503; the cause goes to the log.
[[nodiscard]] http::Response unavailable_page(const Error& cause);

}  // namespace gatehouse::oauth
