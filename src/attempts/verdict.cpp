// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <optional>

#include "attempts/attempt.h"

namespace gatehouse::attempts {
namespace {

using std::chrono::seconds;

/// So long a program is given for its next request, and a person for a page.
constexpr seconds kProgram{20};
constexpr seconds kPerson{600};

std::string said(const json::Object& object, std::string_view name) {
    return json::get_string(object, name).value_or("");
}

std::string quoted(const std::string& text) {
    return text.empty() ? std::string("nothing") : "\"" + text + "\"";
}

std::string because(const Event& event) {
    const std::string description = said(event.answered, "error_description");
    return event.problem + (description.empty() ? "" : " (" + description + ")");
}

Verdict connected() {
    return {
        .code = "connected", .text = "The client is connected and has made calls.", .remedy = {}};
}

/// A refresh token that this very story had already used.
bool was_used_before(const Attempt& attempt, const Event& refused) {
    const std::string token = said(refused.sent, "refresh_token");
    for (const Event& event : attempt.events) {
        if (&event != &refused && event.step == Step::kRefresh && event.ok &&
            said(event.sent, "refresh_token") == token) {
            return true;
        }
    }
    return false;
}

Verdict judge_refresh(const Attempt& attempt, const Event& refused) {
    if (refused.problem == "invalid_grant" && was_used_before(attempt, refused)) {
        return {.code = "refresh_raced",
                .text =
                    "The client refreshed with a token that it had already used: two of its "
                    "processes shared one refresh token, and the slower one came after the "
                    "grace period.",
                .remedy =
                    "Sign in again in that client. If it happens often, run one process of "
                    "it, or raise tokens.refresh_grace."};
    }
    return {.code = "refresh_refused",
            .text = "The refresh was refused: " + because(refused) + ".",
            .remedy =
                "Sign in again in that client. If it happens to everybody, see whether the "
                "connections were revoked or tokens.refresh_idle is too short."};
}

Verdict judge_refused_token(const Attempt& attempt, const Event& challenge) {
    const Event* token = attempt.last_good(Step::kToken);
    const std::string audience = token == nullptr ? "" : said(token->answered, "aud");
    if (challenge.problem == "audience" || challenge.problem == "wrong_audience") {
        return {.code = "token_for_other_server",
                .text = "The client presented a token of another server; it is good for " +
                        quoted(audience) + ".",
                .remedy = "Give the client this server's own URL and let it sign in again."};
    }
    return {.code = "token_refused",
            .text = "The client presented its token and was refused: " + challenge.problem +
                    "; the token is good for " + quoted(audience) + ".",
            .remedy =
                "If a proxy stands in front, see that it passes the Authorization header on "
                "unchanged. Otherwise let the client sign in again."};
}

Verdict judge_token_step(const Event& token) {
    if (token.problem == "invalid_client" || token.problem == "unauthorized_client") {
        return {.code = "client_refused",
                .text = "The client could not prove who it is when it redeemed the code: " +
                        because(token) + ".",
                .remedy =
                    "If it is pre-registered, compare id, secret and the way of "
                    "authentication; otherwise let it register again."};
    }
    if (token.problem == "invalid_target") {
        return {.code = "wrong_resource",
                .text = "The client asked for a token for " + quoted(said(token.sent, "resource")) +
                        ", which is not its server.",
                .remedy =
                    "The URL in the client must be the MCP URL exactly as `gatehouse servers` "
                    "prints it."};
    }
    return {.code = "code_refused",
            .text = "The code was not accepted: " + because(token) + ".",
            .remedy =
                "A code is good once, for tokens.code_ttl, with the redirect URI and the PKCE "
                "verifier of the same attempt. Let the client start over; if it comes again, "
                "the client mixes two attempts up."};
}

Verdict judge_authorize(const Event& event) {
    if (event.problem == "invalid_target") {
        return {.code = "wrong_resource",
                .text = "The client asked for the resource " +
                        quoted(said(event.sent, "resource")) + ", which no server here has.",
                .remedy =
                    "The URL in the client must be the MCP URL exactly as `gatehouse servers` "
                    "prints it, path included."};
    }
    const std::string page = said(event.answered, "page");
    const bool redirect = page.contains("redirect_uri") || page.contains("redirect URI");
    if (event.problem == "refused_with_a_page" && page.contains("not known here")) {
        return {
            .code = "unknown_client",
            .text = "The client gave an id that this gateway does not know, or that is blocked.",
            .remedy =
                "Let the client register again: sign out of the server in the client, or "
                "remove and add it there."};
    }
    if (event.problem == "refused_with_a_page" && redirect) {
        return {.code = "redirect_refused",
                .text = "The redirect URI " + quoted(said(event.sent, "redirect_uri")) +
                        " is not one that the client has registered.",
                .remedy =
                    "Register that URI, or remove the client's stored registration so that "
                    "it registers anew. Only the port of a loopback address may differ."};
    }
    if (event.problem == "refused_with_a_page") {
        return {.code = "authorize_refused",
                .text = "The authorization request was refused with a page: " + quoted(page) + ".",
                .remedy =
                    "If the client is unknown, remove its stored registration in the client "
                    "so that it registers anew."};
    }
    if (event.problem == "access_denied") {
        return {.code = "denied",
                .text = "The person, or the server's access list, said no.",
                .remedy =
                    "Allow it on the consent page, or add the person to the server's "
                    "`access`."};
    }
    return {.code = "authorize_refused",
            .text = "The authorization request was refused: " + because(event) + ".",
            .remedy = "The description names what the client has to send."};
}

Verdict judge_registration(const Event& event) {
    if (event.problem == "invalid_redirect_uri") {
        return {.code = "redirect_refused",
                .text = "The registration was refused because of a redirect URI: " +
                        because(event) + ".",
                .remedy =
                    "http is for loopback addresses only, and script or file schemes are "
                    "never taken. Change the URI in the client."};
    }
    return {.code = "registration_refused",
            .text = "The registration was refused: " + because(event) + ".",
            .remedy =
                "If the server does not allow registration (`registration: {dynamic: true}`), "
                "pre-register the client under `clients`."};
}

Verdict judge_downstream(const Event& event) {
    return {.code = "downstream_failed",
            .text = "The account's own server did not give access: " + event.problem + ".",
            .remedy =
                "See the grant.failed event in `gatehouse logs --kind event`; the profile's "
                "client, scopes and redirect URI must be known there."};
}

std::optional<Verdict> judge_failure(const Attempt& attempt, const Event& last) {
    if (last.ok) {
        return std::nullopt;
    }
    switch (last.step) {
        case Step::kChallenge:
            return judge_refused_token(attempt, last);
        case Step::kResourceMetadata:
        case Step::kServerMetadata:
            return Verdict{
                .code = "metadata_not_found",
                .text = "The client looked for metadata at " + last.path + ", where there is none.",
                .remedy =
                    "Give the client the MCP URL exactly as `gatehouse servers` "
                    "prints it."};
        case Step::kRegistration:
            return judge_registration(last);
        case Step::kAuthorize:
        case Step::kConsent:
        case Step::kCode:
            return judge_authorize(last);
        case Step::kSignIn:
            return Verdict{.code = "sign_in_failed",
                           .text = "The person could not sign in.",
                           .remedy =
                               "Check name and password (`gatehouse users`), or try another "
                               "way of signing in."};
        case Step::kDownstream:
            return judge_downstream(last);
        case Step::kToken:
            return judge_token_step(last);
        case Step::kRefresh:
            return judge_refresh(attempt, last);
        case Step::kFirstCall:
            break;
    }
    return std::nullopt;
}

Verdict judge_silence(const Event& last) {
    switch (last.step) {
        case Step::kChallenge:
            return {.code = "stopped_after_challenge",
                    .text = "The client got the 401 with the challenge and asked for nothing more.",
                    .remedy =
                        "The client does not do OAuth, waits for a person to press \"sign "
                        "in\", or a proxy removed the WWW-Authenticate header: compare with "
                        "`gatehouse doctor`."};
        case Step::kResourceMetadata:
        case Step::kServerMetadata:
            return {.code = "stopped_after_metadata",
                    .text = "The client read the metadata and went no further.",
                    .remedy =
                        "Clients stop here when `resource` is not the URL that they were "
                        "given. Give it the MCP URL as `gatehouse servers` prints it, and "
                        "run `gatehouse doctor --as` that client."};
        case Step::kRegistration:
            return {.code = "stopped_after_registration",
                    .text = "The client registered and opened no browser.",
                    .remedy = "Press \"sign in\" in the client, or open the link that it printed."};
        case Step::kAuthorize:
        case Step::kSignIn:
        case Step::kConsent:
        case Step::kDownstream:
            return {.code = "person_left",
                    .text = "A page was shown and the person did not go on (last: " +
                            std::string(name_of(last.step)) + ").",
                    .remedy =
                        "Let the person start again from the client; a page is good for ten "
                        "minutes."};
        case Step::kCode:
            return {.code = "code_not_redeemed",
                    .text = "The code was sent to " + quoted(said(last.answered, "redirect_uri")) +
                            " and never redeemed.",
                    .remedy =
                        "The client did not receive it, or cannot reach the token endpoint "
                        "from where it runs: check firewalls and, for hosted clients, that "
                        "public_url is reachable from the internet."};
        default:
            return {.code = "token_not_used",
                    .text = "A token was issued and never presented.",
                    .remedy =
                        "The client stopped, or a proxy lost the Authorization header or "
                        "routes only /mcp/* and not /mcp: run `gatehouse doctor` from "
                        "outside."};
    }
}

bool is_persons_turn(Step step) {
    return step == Step::kAuthorize || step == Step::kSignIn || step == Step::kConsent ||
           step == Step::kDownstream || step == Step::kRegistration;
}

}  // namespace

Verdict judge(const Attempt& attempt, Timestamp now) {
    if (attempt.events.empty()) {
        return {.code = "in_progress", .text = "Nothing has happened yet.", .remedy = {}};
    }
    const Event& last = attempt.events.back();
    if (auto failure = judge_failure(attempt, last)) {
        // A client asks for metadata at several places, and a person types a password twice.
        const bool may_go_on = last.step == Step::kResourceMetadata ||
                               last.step == Step::kServerMetadata || last.step == Step::kSignIn;
        if (!may_go_on || now - attempt.updated_at >= kProgram) {
            return *failure;
        }
    }
    if (attempt.has(Step::kFirstCall)) {
        return connected();
    }
    const seconds patience = is_persons_turn(last.step) ? kPerson : kProgram;
    if (last.ok && now - attempt.updated_at >= patience) {
        return judge_silence(last);
    }
    return {.code = "in_progress",
            .text = "The client is on its way; last: " + std::string(name_of(last.step)) + ".",
            .remedy = {}};
}

}  // namespace gatehouse::attempts
