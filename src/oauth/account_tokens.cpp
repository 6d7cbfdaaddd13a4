// SPDX-License-Identifier: Apache-2.0
#include "oauth/account_tokens.h"

#include <algorithm>

#include "base/strings.h"
#include "base/units.h"
#include "oauth/authorize_access.h"
#include "oauth/flow_answer.h"
#include "oauth/personal_tokens.h"

namespace gatehouse::oauth {
namespace {

/// "2026-11-24 10:03 UTC"
std::string show_time(Timestamp time) {
    std::string text = format_time(time).substr(0, 16);
    text[10] = ' ';
    return text + " UTC";
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (const std::string_view part : split(text, ',')) {
        for (std::string& word : split_words(part)) {
            words.push_back(std::move(word));
        }
    }
    return words;
}

AccountToken view(const catalog::Catalog& catalog, const PersonalToken& token) {
    const Connection& connection = token.connection;
    const auto* server = catalog.find_server(connection.server);
    return {.id = connection.id,
            .name = connection.client_name,
            .server_title = server == nullptr ? connection.server : title_of(*server),
            .tools = token.tools.empty() ? "every tool" : join(token.tools, ", "),
            .scopes = join(connection.scopes, ", "),
            .since = show_time(connection.created_at),
            .expires = show_time(connection.expires_at)};
}

http::Response refusal_page(const Error& error) {
    switch (error.code) {
        case ErrorCode::kInvalid:
            return bad_request_page("No token was made: " + error.message + ".");
        case ErrorCode::kForbidden:
        case ErrorCode::kNotFound:
            return not_found_page("No token was made: you may not have one for this server.");
        default:
            return unavailable_page(error);
    }
}

}  // namespace

Result<void> add_account_tokens(const FlowParts& parts,
                                const catalog::Catalog& catalog,
                                const std::vector<Person>& people,
                                AccountPage& page) {
    const Timestamp now = parts.dependencies.clock.now();
    for (const Person& person : people) {
        const auto tokens = parts.dependencies.personal_tokens.living(person.user.id, now);
        if (!tokens) {
            return std::unexpected(tokens.error());
        }
        for (const PersonalToken& token : *tokens) {
            page.tokens.push_back(view(catalog, token));
        }
        for (const catalog::Server* server : personal_token_servers(catalog, person.user)) {
            page.token_servers.push_back(
                {.name = server->name, .title = title_of(*server), .url = server->mcp_url});
        }
    }
    return {};
}

http::Response make_account_token(const FlowParts& parts,
                                  const http::Request& request,
                                  const std::vector<Person>& people,
                                  const FormFields& form) {
    const auto catalog = parts.dependencies.catalog.get();
    const auto* server = catalog->find_server(field(form, "server"));
    const auto person = std::ranges::find_if(people, [&](const Person& candidate) {
        return server != nullptr && sign_in_source(*server) == candidate.user.source;
    });
    const auto lifetime = parse_duration(field(form, "expires"));
    if (person == people.end()) {
        return not_found_page("No token was made: you may not have one for this server.");
    }
    if (!lifetime) {
        return bad_request_page("No token was made: it is not clear how long it is to live.");
    }
    const auto made = parts.dependencies.token_maker.make(
        {.user_id = person->user.id,
         .server = server->name,
         .name = std::string(field(form, "name")),
         .tools = words_of(field(form, "tools")),
         .scopes = words_of(field(form, "scopes")),
         .lifetime = std::chrono::duration_cast<std::chrono::seconds>(*lifetime),
         .made_by = "user",
         .client_ip = request.client_ip,
         .request_id = request.request_id});
    if (!made) {
        return refusal_page(made.error());
    }
    return render(MessagePage{
        .title = "Your new token",
        .paragraphs = {"Copy it now: it is not shown again. Who has it can act as you, as far as "
                       "you limited it.",
                       std::string(made->token.reveal()),
                       "A program sends it to " + server->mcp_url +
                           " in the header Authorization: Bearer, followed by the token.",
                       "It works until " + show_time(made->kept.connection.expires_at) +
                           ", or until you revoke it."},
        .links = {{.label = "Back to your connections", .href = "/account", .rel = {}}}});
}

}  // namespace gatehouse::oauth
