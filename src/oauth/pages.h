// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

/// What people see. Everything in these models is plain text, trusted or not: rendering escapes it.
/// Every page works without JavaScript, loads nothing, cannot be framed and is never cached (D19,
/// D30).
namespace gatehouse::oauth {

/// Where a page's forms may end up besides here, as CSP sources: browsers hold the redirects that
/// follow a form to `form-action` too.
using FormTargets = std::vector<std::string>;

/// The CSP source of a URL: its origin, `scheme:` for private-use schemes and for hosts that CSP
/// cannot name; empty for what cannot be read.
[[nodiscard]] std::string form_target(std::string_view url);

struct HiddenField {
    std::string name, value;
};

struct Link {
    std::string label, href;
    std::string rel;  ///< may be empty
};

/// Something to read, and at most a few ways on.
struct MessagePage {
    int status = 200;
    std::string title;
    std::vector<std::string> paragraphs;  ///< what stands between backticks is a command
    std::vector<Link> links;
};

/// A way of signing in that is not the form for name and password.
struct SignInMethod {
    std::string name, label;
};

struct SignInPage {
    int status = 200;
    std::string server_title, client_name;  ///< what it is for; may be empty
    std::string notice;                     ///< good news; may be empty
    bool has_password_form = true;
    std::string username, error;
    std::vector<HiddenField> hidden;
    std::vector<SignInMethod> methods;
    std::vector<Link> other_ways;
    FormTargets targets;
};

struct ScopeChoice {
    std::string scope, words;
};

struct ConsentPage {
    int status = 200;
    std::string client_name;
    std::string client_origin;  ///< who vouches for the name; empty: it registered itself
    std::string caution;        ///< why the name may mislead all the same; may be empty
    std::string redirect_host;
    bool redirects_to_this_device = false;
    std::string server_title, server_url;
    std::string user;             ///< empty: the downstream sign-in follows
    std::string downstream_host;  ///< empty: no downstream account is involved
    std::vector<ScopeChoice> scopes;
    std::string error;
    std::vector<HiddenField> hidden;
    FormTargets targets;
};

struct ServerChoice {
    std::string name, title, url;
};

struct ChooserPage {
    int status = 200;
    std::string client_name, error;
    std::vector<ServerChoice> servers;
    std::vector<HiddenField> hidden;
    FormTargets targets;
};

/// One button that changes something, with an explanation.
struct ConfirmPage {
    std::string title;
    std::vector<std::string> paragraphs;
    std::string action, button;
    std::vector<HiddenField> hidden;
    FormTargets targets;
};

/// A key of the person's, to be pasted.
struct KeyPage {
    int status = 200;
    std::string title, label, action;
    std::vector<std::string> paragraphs;
    std::string error;
    std::vector<Link> links;
    std::vector<HiddenField> hidden;
    FormTargets targets;
};

struct AccountConnection {
    std::string id, client_name, server_title, scopes, since, last_used;
    std::string downstream;   ///< state of the downstream account in words; empty: none
    bool reconnects = false;  ///< a downstream account can be connected again
};

/// One call in words.
struct RecentCall {
    std::string time, what, server_title, client_name, outcome;
};

struct RecentCallsPage {
    std::vector<RecentCall> calls;
};

/// A personal access token, without the token itself.
struct AccountToken {
    std::string id, name, server_title, tools, scopes, since, expires;
};

struct AccountSession {
    std::string id, browser, address, since, last_used;
    bool is_this = false;  ///< the browser that looks at the page
};

/// A downstream account that is connected.
struct AccountGrant {
    std::string server, server_title, words;
};

struct AccountPage {
    std::vector<std::string> people;
    std::string notice;
    std::vector<AccountConnection> connections;
    std::vector<AccountToken> tokens;
    std::vector<ServerChoice> token_servers;  ///< where the person may make more of them
    std::vector<AccountGrant> accounts;
    std::vector<AccountSession> sessions;
    bool has_password = false;
    std::vector<HiddenField> hidden;
    FormTargets targets;
};

/// Somebody chooses a password.
struct PasswordPage {
    int status = 200;
    std::string title;
    std::string user,
        username;  ///< whose it is, for people and for password managers; may be empty
    std::string action, button;
    bool asks_current = false;
    std::string error;
    std::vector<HiddenField> hidden;
};

/// Somebody makes an account.
struct RegisterPage {
    int status = 200;
    std::string username, email, error;
    std::vector<HiddenField> hidden;
};

[[nodiscard]] http::Response render(const MessagePage& page);
[[nodiscard]] http::Response render(const SignInPage& page);
[[nodiscard]] http::Response render(const ConsentPage& page);
[[nodiscard]] http::Response render(const ChooserPage& page);
[[nodiscard]] http::Response render(const ConfirmPage& page);
[[nodiscard]] http::Response render(const KeyPage& page);
[[nodiscard]] http::Response render(const AccountPage& page);
[[nodiscard]] http::Response render(const RecentCallsPage& page);
[[nodiscard]] http::Response render(const PasswordPage& page);
[[nodiscard]] http::Response render(const RegisterPage& page);

/// The headers of D19 for answers without a body of ours, such as redirects.
void protect(http::Response& response);

}  // namespace gatehouse::oauth
