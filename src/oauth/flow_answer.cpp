// SPDX-License-Identifier: Apache-2.0
#include "oauth/flow_answer.h"

#include <utility>

#include "base/encoding.h"
#include "base/strings.h"
#include "oauth/pages.h"
#include "oauth/redirect_uri.h"
#include "telemetry/log.h"

namespace gatehouse::oauth {
namespace {

constexpr std::size_t kMaxDescription = 200;

std::string finish_url(const ClientReturn& to, FormFields fields) {
    if (to.state) {
        fields.emplace_back("state", *to.state);
    }
    fields.emplace_back("iss", to.issuer);
    return append_query(to.redirect_uri, fields);
}

}  // namespace

ClientReturn return_of(const Transaction& transaction) {
    return {.redirect_uri = transaction.redirect_uri,
            .issuer = transaction.origin,
            .state = transaction.state};
}

std::string success_url(const ClientReturn& to, std::string_view code) {
    return finish_url(to, {{"code", std::string(code)}});
}

std::string error_url(const ClientReturn& to, const AuthorizeError& error) {
    return finish_url(to,
                      {{"error", error.code},
                       {"error_description", to_safe_ascii(error.description, kMaxDescription)}});
}

http::Response see_other(std::string location) {
    auto response = http::redirect_response(303, std::move(location));
    protect(response);
    return response;
}

http::Response redirect_error(const ClientReturn& to, const AuthorizeError& error) {
    return see_other(error_url(to, error));
}

http::Response interstitial(const ClientReturn& to, const AuthorizeError& error) {
    const std::string host = redirect_host(to.redirect_uri);
    if (error.words) {
        ErrorWords words = *error.words;
        words.links.push_back(
            {.label = "Back to " + host, .href = error_url(to, error), .rel = "continue"});
        return words_page(words);
    }
    return render(MessagePage{
        .status = 400,
        .title = "This did not work",
        .paragraphs = {"The app could not be connected: " +
                           to_safe_ascii(error.description, kMaxDescription) + ".",
                       "You never allowed this app anything here. If you started this yourself, "
                       "you can tell the app what happened by going on to " +
                           host + ". If not, just close this page: nothing has been allowed."},
        .links = {
            {.label = "Continue to " + host, .href = error_url(to, error), .rel = "continue"}}});
}

http::Response words_page(const ErrorWords& words) {
    auto response = render(MessagePage{.status = words.status,
                                       .title = words.title,
                                       .paragraphs = words.paragraphs,
                                       .links = words.links});
    if (words.status == 503) {
        response.headers.set("Retry-After", "30");
    }
    return response;
}

http::Response unknown_client_page(const ClientGuess& guess) {
    constexpr std::string_view kAnyProgram =
        "Let it register again: sign out of this server in the app, or remove the server from the "
        "app and add it again (in Claude Code: `claude mcp logout NAME`, or `claude mcp remove "
        "NAME` and `claude mcp add`).";
    const std::string program(guess.program.empty() ? "The app" : guess.program);
    return render(MessagePage{
        .status = 400,
        .title =
            guess.program.empty() ? "This app is not known here" : program + " is not known here",
        .paragraphs =
            {(guess.program.empty() ? "The app" : "An app that looks like " + program) +
                 " sent a client id that this gateway does not know, or that an operator has "
                 "blocked. Nothing has been allowed.",
             "Usually the app has kept an old registration. " +
                 std::string(guess.remedy.empty() ? kAnyProgram : guess.remedy) +
                 " Then start over from the app.",
             "If that does not help, ask whoever runs this gateway."},
        .links = {}});
}

http::Response bad_document_page(std::string_view why) {
    return render(MessagePage{
        .status = 400,
        .title = "This app cannot be used here",
        .paragraphs = {"The app names itself by a web address, and what is found there will not "
                       "do. Nothing has been allowed.",
                       "For the app's developer: " + std::string(why) + "."},
        .links = {}});
}

http::Response bad_request_page(std::string_view why) {
    return render(MessagePage{
        .status = 400,
        .title = "This link cannot be used",
        .paragraphs = {std::string(why),
                       "Nothing has been allowed. Go back to the app and start over; if it "
                       "happens again, the app is at fault and its makers should hear of it."},
        .links = {}});
}

http::Response over_page() {
    return render(MessagePage{
        .status = 403,
        .title = "This page is no longer valid",
        .paragraphs = {"It was used already, is older than ten minutes, or belongs to another "
                       "browser. Nothing was changed.",
                       "Go back to the app and start over in this browser. Cookies must be "
                       "allowed for this site."},
        .links = {}});
}

http::Response not_found_page(std::string_view what) {
    return render(MessagePage{
        .status = 404, .title = "Not found", .paragraphs = {std::string(what)}, .links = {}});
}

http::Response unrecorded_page() {
    return unavailable_page(
        {.code = ErrorCode::kUnavailable, .message = "the journal takes no records", .detail = {}});
}

http::Response unavailable_page(const Error& cause) {
    telemetry::error("oauth", "a page could not be served: {}", describe(cause));
    auto response = render(MessagePage{
        .status = 503,
        .title = "Not possible right now",
        .paragraphs = {"The gateway cannot do this at the moment. Nothing has been allowed. Try "
                       "again in a minute."},
        .links = {}});
    response.headers.set("Retry-After", "30");
    return response;
}

}  // namespace gatehouse::oauth
