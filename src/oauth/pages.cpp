// SPDX-License-Identifier: Apache-2.0
#include "oauth/pages.h"

#include <kainjow/mustache.hpp>

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/strings.h"
#include "base/url.h"
#include "crypto/digest.h"
#include "oauth/page_templates.h"

namespace gatehouse::oauth {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::mustache;

std::string fill(std::string_view pattern, const data& values) {
    mustache page{std::string(pattern)};
    return page.render(values);
}

data flag(bool on) {
    return on ? data(data::type::bool_true) : data(data::type::bool_false);
}

/// Sections of empty text stay away.
data text_or_absent(const std::string& text) {
    return text.empty() ? flag(false) : data(text);
}

data list_of_text(const std::vector<std::string>& texts) {
    data list(data::type::list);
    for (const std::string& text : texts) {
        list << data(text);
    }
    return list;
}

data paragraph_list(const std::vector<std::string>& paragraphs) {
    data list(data::type::list);
    for (const std::string& paragraph : paragraphs) {
        data parts(data::type::list);
        bool is_code = false;
        for (const std::string_view text : split(paragraph, '`')) {
            data part;
            part.set("text", std::string(text));
            part.set("code", flag(is_code));
            parts << part;
            is_code = !is_code;
        }
        data item;
        item.set("parts", parts);
        list << item;
    }
    return list;
}

data hidden_fields(const std::vector<HiddenField>& fields) {
    data list(data::type::list);
    for (const HiddenField& field : fields) {
        data item;
        item.set("name", field.name);
        item.set("value", field.value);
        list << item;
    }
    return list;
}

data link_list(const std::vector<Link>& links) {
    data list(data::type::list);
    for (const Link& link : links) {
        data item;
        item.set("label", link.label);
        item.set("href", link.href);
        item.set("rel", text_or_absent(link.rel));
        list << item;
    }
    return list;
}

const std::string& style_source() {
    static const std::string source =
        "'sha256-" + base64_encode(crypto::sha256(templates::kStyle)) + "'";
    return source;
}

enum class Width { kNormal, kWide };

struct Frame {
    int status = 200;
    std::string title;
    FormTargets targets;
    Width width = Width::kNormal;
};

http::Response respond(const Frame& frame, const std::string& body) {
    data layout;
    layout.set("title", frame.title);
    layout.set("style", std::string(templates::kStyle));
    layout.set("wide", flag(frame.width == Width::kWide));
    layout.set("body", body);
    auto response = http::html_response(frame.status, fill(templates::kLayout, layout));
    std::string policy = "default-src 'none'; style-src " + style_source() +
                         "; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
    for (const std::string& target : frame.targets) {
        if (!target.empty()) {
            policy += ' ' + target;
        }
    }
    protect(response);
    response.headers.set("Content-Security-Policy", policy);
    return response;
}

data token_list(const std::vector<AccountToken>& tokens) {
    data list(data::type::list);
    for (const AccountToken& token : tokens) {
        data item;
        item.set("id", token.id);
        item.set("name", token.name);
        item.set("server_title", token.server_title);
        item.set("tools", token.tools);
        item.set("scopes", text_or_absent(token.scopes));
        item.set("since", token.since);
        item.set("expires", token.expires);
        list << item;
    }
    return list;
}

data server_list(const std::vector<ServerChoice>& choices) {
    data list(data::type::list);
    for (const ServerChoice& choice : choices) {
        data item;
        item.set("name", choice.name);
        item.set("title", choice.title);
        item.set("url", choice.url);
        list << item;
    }
    return list;
}

bool is_csp_host(std::string_view host) {
    return !host.empty() && std::ranges::all_of(host, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    });
}

}  // namespace

std::string form_target(std::string_view url) {
    const auto parsed = parse_url(url);
    if (!parsed) {
        return {};
    }
    const bool web = parsed->scheme == "https" || parsed->scheme == "http";
    return web && is_csp_host(parsed->host) ? parsed->origin() : parsed->scheme + ":";
}

void protect(http::Response& response) {
    response.headers.set("Content-Security-Policy",
                         "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
    response.headers.set("X-Frame-Options", "DENY");
    response.headers.set("X-Content-Type-Options", "nosniff");
    response.headers.set("Cache-Control", "no-store");
    response.headers.set("Referrer-Policy", "no-referrer");
}

http::Response render(const MessagePage& page) {
    data values;
    values.set("title", page.title);
    values.set("paragraphs", paragraph_list(page.paragraphs));
    values.set("any_link", flag(!page.links.empty()));
    values.set("links", link_list(page.links));
    return respond({.status = page.status, .title = page.title, .targets = {}},
                   fill(templates::kMessage, values));
}

http::Response render(const SignInPage& page) {
    std::string purpose;
    if (!page.server_title.empty()) {
        purpose = page.client_name.empty()
                      ? "to use " + page.server_title
                      : "to let " + page.client_name + " use " + page.server_title;
    }
    data methods(data::type::list);
    for (const SignInMethod& method : page.methods) {
        data item;
        item.set("name", method.name);
        item.set("label", method.label);
        methods << item;
    }
    data values;
    values.set("purpose", text_or_absent(purpose));
    values.set("notice", text_or_absent(page.notice));
    values.set("error", text_or_absent(page.error));
    values.set("password_form", flag(page.has_password_form));
    values.set("any_method", flag(!page.methods.empty()));
    values.set("methods", methods);
    values.set("hidden", hidden_fields(page.hidden));
    values.set("username", text_or_absent(page.username));
    values.set("other_ways", link_list(page.other_ways));
    return respond({.status = page.status, .title = "Sign in", .targets = page.targets},
                   fill(templates::kSignIn, values));
}

http::Response render(const ConsentPage& page) {
    data scopes(data::type::list);
    for (const ScopeChoice& choice : page.scopes) {
        data item;
        item.set("scope", choice.scope);
        item.set("words", choice.words);
        scopes << item;
    }
    data values;
    values.set("client_name", page.client_name);
    values.set("client_origin", page.client_origin);
    values.set("unverified", flag(page.client_origin.empty()));
    values.set("caution", text_or_absent(page.caution));
    values.set("redirect_host", page.redirect_host);
    values.set("this_device", flag(page.redirects_to_this_device));
    values.set("server_title", page.server_title);
    values.set("server_url", page.server_url);
    values.set("user", text_or_absent(page.user));
    values.set("downstream_host", text_or_absent(page.downstream_host));
    values.set("any_scope", flag(!page.scopes.empty()));
    values.set("scopes", scopes);
    values.set("error", text_or_absent(page.error));
    values.set("hidden", hidden_fields(page.hidden));
    return respond({.status = page.status, .title = "Allow access", .targets = page.targets},
                   fill(templates::kConsent, values));
}

http::Response render(const ChooserPage& page) {
    data values;
    values.set("client_name", page.client_name);
    values.set("error", text_or_absent(page.error));
    values.set("servers", server_list(page.servers));
    values.set("hidden", hidden_fields(page.hidden));
    return respond({.status = page.status, .title = "Choose a server", .targets = page.targets},
                   fill(templates::kChooser, values));
}

http::Response render(const ConfirmPage& page) {
    data values;
    values.set("title", page.title);
    values.set("paragraphs", list_of_text(page.paragraphs));
    values.set("action", page.action);
    values.set("button", page.button);
    values.set("hidden", hidden_fields(page.hidden));
    return respond({.title = page.title, .targets = page.targets},
                   fill(templates::kConfirm, values));
}

http::Response render(const RecentCallsPage& page) {
    data calls(data::type::list);
    for (const RecentCall& call : page.calls) {
        data item;
        item.set("time", call.time);
        item.set("what", call.what);
        item.set("server_title", call.server_title);
        item.set("client_name", call.client_name);
        item.set("outcome", call.outcome);
        calls << item;
    }
    data values;
    values.set("any_call", flag(!page.calls.empty()));
    values.set("calls", calls);
    return respond({.title = "Recent calls", .targets = {}, .width = Width::kWide},
                   fill(templates::kRecentCalls, values));
}

http::Response render(const PasswordPage& page) {
    data values;
    values.set("title", page.title);
    values.set("user", text_or_absent(page.user));
    values.set("username", text_or_absent(page.username));
    values.set("action", page.action);
    values.set("button", page.button);
    values.set("asks_current", flag(page.asks_current));
    values.set("error", text_or_absent(page.error));
    values.set("hidden", hidden_fields(page.hidden));
    return respond({.status = page.status, .title = page.title, .targets = {}},
                   fill(templates::kPassword, values));
}

http::Response render(const RegisterPage& page) {
    data values;
    values.set("username", page.username);
    values.set("email", page.email);
    values.set("error", text_or_absent(page.error));
    values.set("hidden", hidden_fields(page.hidden));
    return respond({.status = page.status, .title = "Create an account", .targets = {}},
                   fill(templates::kRegister, values));
}

http::Response render(const KeyPage& page) {
    data values;
    values.set("title", page.title);
    values.set("label", page.label);
    values.set("action", page.action);
    values.set("paragraphs", list_of_text(page.paragraphs));
    values.set("error", text_or_absent(page.error));
    values.set("links", link_list(page.links));
    values.set("hidden", hidden_fields(page.hidden));
    return respond({.status = page.status, .title = page.title, .targets = page.targets},
                   fill(templates::kKey, values));
}

http::Response render(const AccountPage& page) {
    data sessions(data::type::list);
    for (const AccountSession& session : page.sessions) {
        data item;
        item.set("id", session.id);
        item.set("browser", session.browser);
        item.set("address", text_or_absent(session.address));
        item.set("since", session.since);
        item.set("last_used", session.last_used);
        item.set("is_this", flag(session.is_this));
        sessions << item;
    }
    data connections(data::type::list);
    for (const AccountConnection& connection : page.connections) {
        data item;
        item.set("id", connection.id);
        item.set("client_name", connection.client_name);
        item.set("server_title", connection.server_title);
        item.set("scopes", text_or_absent(connection.scopes));
        item.set("since", connection.since);
        item.set("last_used", connection.last_used);
        item.set("downstream", text_or_absent(connection.downstream));
        item.set("reconnects", flag(connection.reconnects));
        connections << item;
    }
    data values;
    values.set("people", join(page.people, ", "));
    values.set("notice", text_or_absent(page.notice));
    values.set("any_connection", flag(!page.connections.empty()));
    values.set("any_account", flag(!page.accounts.empty()));
    data accounts(data::type::list);
    for (const AccountGrant& account : page.accounts) {
        data item;
        item.set("server", account.server);
        item.set("server_title", account.server_title);
        item.set("words", account.words);
        accounts << item;
    }
    values.set("accounts", accounts);
    values.set("anything",
               flag(!page.connections.empty() || !page.accounts.empty() || !page.tokens.empty()));
    values.set("any_token", flag(!page.tokens.empty() || !page.token_servers.empty()));
    values.set("makes_tokens", flag(!page.token_servers.empty()));
    values.set("tokens", token_list(page.tokens));
    values.set("token_servers", server_list(page.token_servers));
    values.set("connections", connections);
    values.set("sessions", sessions);
    values.set("other_session", flag(page.sessions.size() > 1));
    values.set("has_password", flag(page.has_password));
    values.set("hidden", hidden_fields(page.hidden));
    return respond({.title = "Your connections", .targets = page.targets, .width = Width::kWide},
                   fill(templates::kAccount, values));
}

}  // namespace gatehouse::oauth
