// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

/// Mustache templates of the pages and their style sheet. `{{x}}` is escaped.
namespace gatehouse::oauth::templates {

inline constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--page:#f2f4f7;--card:#fff;--text:#1b2430;--soft:#536072;--line:#d5dbe3;
--accent:#1f5fbf;--accent-text:#fff;--warn:#fff5dd;--warn-line:#e0b64a;--bad:#b3261e;--bad-back:#fdecea}
@media (prefers-color-scheme:dark){:root{--page:#12161c;--card:#1b2129;--text:#e8ecf1;--soft:#a5b0be;
--line:#37414e;--accent:#8ab4f8;--accent-text:#0d1a2e;--warn:#332a12;--warn-line:#8a6d1f;--bad:#ffb4ab;
--bad-back:#3d1a18}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",
Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
main{max-width:32rem;margin:0 auto;padding:2.5rem 1rem 1rem}
main.wide{max-width:46rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:2rem;
box-shadow:0 1px 3px rgba(0,0,0,.08)}
.brand{display:flex;align-items:center;gap:.5rem;margin:0 0 1rem;color:var(--soft);font-weight:600;
font-size:.9rem}
.brand svg{width:1.3rem;height:1.3rem}
h1{font-size:1.4rem;line-height:1.3;margin:0 0 .75rem;font-weight:650}
h2{font-size:1.05rem;margin:0 0 .25rem}
p{margin:0 0 1rem}
.soft{color:var(--soft)}
.small{font-size:.875rem}
dl{margin:0 0 1.25rem;border-top:1px solid var(--line)}
dl div{display:grid;grid-template-columns:6.5rem 1fr;gap:.1rem 1rem;padding:.5rem 0;
border-bottom:1px solid var(--line)}
dt{color:var(--soft);font-size:.9rem}
dd{margin:0}
dd span{display:block;color:var(--soft);font-size:.875rem}
.tag{display:inline-block;padding:.05rem .55rem;border:1px solid var(--warn-line);border-radius:999px;
background:var(--warn);color:var(--text);font-size:.8rem;font-weight:600}
.note{padding:.75rem 1rem;border:1px solid var(--warn-line);border-radius:10px;background:var(--warn);
margin:0 0 1.25rem}
.error{padding:.75rem 1rem;border:1px solid var(--bad);border-radius:10px;background:var(--bad-back);
color:var(--bad);margin:0 0 1.25rem}
fieldset{border:0;margin:0 0 1.25rem;padding:0}
legend{padding:0;font-weight:600;margin-bottom:.4rem}
.choice{display:flex;gap:.75rem;align-items:flex-start;padding:.55rem .75rem;border:1px solid var(--line);
border-radius:10px;margin-bottom:.5rem;cursor:pointer}
.choice input{width:1.2rem;height:1.2rem;margin:.15rem 0 0;flex:none;accent-color:var(--accent)}
.choice span span{display:block;color:var(--soft);font-size:.85rem}
label.field{display:block;font-weight:600;margin-bottom:.3rem}
input.text,select.text{display:block;width:100%;padding:.7rem .8rem;margin-bottom:1rem;border:1px solid var(--soft);
border-radius:10px;background:var(--card);color:var(--text);font:inherit}
.buttons{display:flex;gap:.75rem;flex-wrap:wrap}
.buttons>*{flex:1 1 8rem}
button,a.button{display:inline-flex;align-items:center;justify-content:center;min-height:2.9rem;padding:.65rem 1.1rem;border:1px solid var(--accent);
border-radius:10px;background:var(--accent);color:var(--accent-text);font:inherit;font-weight:600;
text-align:center;text-decoration:none;cursor:pointer}
button.plain,a.plain{background:transparent;color:var(--text);border-color:var(--soft)}
button:hover,a.button:hover{filter:brightness(1.08)}
a{color:var(--accent)}
h2.part{margin:2rem 0 .5rem}
h3{font-size:1rem;margin:0 0 .25rem}
.calm{border-color:var(--line);background:transparent;color:var(--soft)}
.foot{margin:1.5rem 0 0}
.or{margin:1rem 0;text-align:center;color:var(--soft)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
ul.list{list-style:none;margin:0 0 1.5rem;padding:0}
ul.list li{border:1px solid var(--line);border-radius:12px;padding:1rem;margin-bottom:.75rem}
ul.list .buttons{margin-top:.75rem}
ul.list li>:last-child,.card>:last-child{margin-bottom:0}
code{padding:.1rem .35rem;border:1px solid var(--line);border-radius:6px;background:var(--page);
font:.9em ui-monospace,Menlo,Consolas,monospace}
ul.list button{flex:0 1 auto;min-height:2.75rem}
@media (max-width:30rem){main{padding-top:1rem}.card{padding:1.25rem}dl div{grid-template-columns:1fr}
.buttons>*,ul.list button{flex:1 1 100%}}
)css";

/// `body` is HTML that another template made.
inline constexpr std::string_view kLayout = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{title}} – Gatehouse</title>
<style>{{{style}}}</style>
</head>
<body>
<main{{#wide}} class="wide"{{/wide}}>
<div class="card">
<div class="brand"><svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true"><path d="M3 21V8l3-2V3h3v2h6V3h3v3l3 2v13M8 21v-6a4 4 0 0 1 8 0v6"/></svg>Gatehouse</div>
{{{body}}}
</div>
</main>
</body>
</html>
)html";

inline constexpr std::string_view kMessage = R"html(<h1>{{title}}</h1>
{{#paragraphs}}<p>{{#parts}}{{#code}}<code>{{text}}</code>{{/code}}{{^code}}{{text}}{{/code}}{{/parts}}</p>
{{/paragraphs}}{{#any_link}}<div class="buttons">{{#links}}<a class="button{{#rel}} plain{{/rel}}" href="{{href}}"{{#rel}} rel="{{rel}}"{{/rel}}>{{label}}</a>{{/links}}</div>
{{/any_link}})html";

inline constexpr std::string_view kSignIn = R"html(<h1>Sign in</h1>
{{#purpose}}<p class="soft">{{purpose}}</p>
{{/purpose}}{{#notice}}<p class="note" role="status">{{notice}}</p>
{{/notice}}{{#error}}<p class="error" role="alert" id="error">{{error}}</p>
{{/error}}{{#password_form}}<form method="post" action="/sign-in">
{{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">
{{/hidden}}<label class="field" for="username">User name or e-mail</label>
<input class="text" id="username" name="username" type="text" value="{{username}}" autocomplete="username" autocapitalize="none" spellcheck="false" required{{#error}} aria-describedby="error"{{/error}}{{^username}} autofocus{{/username}}>
<label class="field" for="password">Password</label>
<input class="text" id="password" name="password" type="password" autocomplete="current-password" required{{#username}} autofocus{{/username}}>
<div class="buttons"><button type="submit">Sign in</button></div>
</form>
{{/password_form}}{{#any_method}}{{#password_form}}<p class="or">or</p>
{{/password_form}}<form method="post" action="/sign-in">
{{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">
{{/hidden}}<div class="buttons">{{#methods}}<button type="submit" name="method" value="{{name}}" class="plain">{{label}}</button>{{/methods}}</div>
</form>
{{/any_method}}{{#other_ways}}<p class="small foot"><a href="{{href}}">{{label}}</a></p>
{{/other_ways}})html";

inline constexpr std::string_view kConsent =
    R"html(<h1>Allow {{client_name}} to use {{server_title}}?</h1>
{{#error}}<p class="error" role="alert">{{error}}</p>
{{/error}}<dl>
<div><dt>App</dt><dd>{{client_name}} {{#unverified}}<b class="tag">unverified</b><span>It registered itself and nobody has checked its name. Go on only if you started this yourself.</span>{{/unverified}}{{^unverified}}<span>{{client_origin}}</span>{{/unverified}}{{#caution}}<span>{{caution}}</span>{{/caution}}</dd></div>
<div><dt>Sends you to</dt><dd>{{redirect_host}}{{#this_device}}<span>a program on this device</span>{{/this_device}}</dd></div>
<div><dt>Server</dt><dd>{{server_title}}<span>{{server_url}}</span></dd></div>
{{#user}}<div><dt>Signed in as</dt><dd>{{user}}</dd></div>
{{/user}}{{#downstream_host}}<div><dt>Your account</dt><dd>{{downstream_host}}<span>{{^user}}You sign in there next. {{/user}}{{server_title}} acts there for you with the permissions below.</span></dd></div>
{{/downstream_host}}</dl>
<form method="post" action="/consent">
{{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">
{{/hidden}}{{#any_scope}}<fieldset>
<legend>The app may</legend>
{{#scopes}}<label class="choice"><input type="checkbox" name="scope" value="{{scope}}" checked><span>{{words}}<span>{{scope}}</span></span></label>
{{/scopes}}</fieldset>
{{/any_scope}}<p class="soft small">It stays connected until you disconnect it on your <a href="/account">account page</a>.</p>
<div class="buttons">
<button type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny" class="plain">Deny</button>
</div>
</form>
)html";

inline constexpr std::string_view kChooser = R"html(<h1>Which server?</h1>
{{#error}}<p class="error" role="alert">{{error}}</p>
{{/error}}<p class="soft">{{client_name}} did not say which server it wants to use. Choose one; nothing is allowed yet.</p>
<form method="post" action="/authorize/server">
{{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">
{{/hidden}}<fieldset>
<legend>Servers that this app may use</legend>
{{#servers}}<label class="choice"><input type="radio" name="server" value="{{name}}" required><span>{{title}}<span>{{url}}</span></span></label>
{{/servers}}</fieldset>
<div class="buttons"><button type="submit">Continue</button></div>
</form>
)html";

inline constexpr std::string_view kConfirm = R"html(<h1>{{title}}</h1>
{{#paragraphs}}<p>{{.}}</p>
{{/paragraphs}}<form method="post" action="{{action}}">
{{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">
{{/hidden}}<div class="buttons"><button type="submit">{{button}}</button></div>
</form>
)html";

inline constexpr std::string_view kRecentCalls = R"html(<h1>Recent calls</h1>
<p class="soft">What apps did lately in your name.</p>
{{^any_call}}<p>No app has called anything yet.</p>
{{/any_call}}<ul class="list">
{{#calls}}<li>
<h2>{{what}}</h2>
<p class="small">{{outcome}}</p>
<p class="small soft">{{client_name}} at {{server_title}} · {{time}}</p>
</li>
{{/calls}}</ul>
<p class="small"><a href="/account">Your connections</a></p>
)html";

inline constexpr std::string_view kKey = R"html(<h1>{{title}}</h1>
{{#paragraphs}}<p>{{.}}</p>
{{/paragraphs}}{{#error}}<p class="error" role="alert" id="error">{{error}}</p>
{{/error}}<form method="post" action="{{action}}">
{{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">
{{/hidden}}<label class="field" for="key">{{label}}</label>
<input class="text" id="key" name="key" type="password" autocomplete="off" autocapitalize="none" spellcheck="false" required autofocus{{#error}} aria-describedby="error"{{/error}}>
<div class="buttons"><button type="submit">Store it</button></div>
</form>
{{#links}}<p class="small"><a href="{{href}}"{{#rel}} rel="{{rel}}"{{/rel}}>{{label}}</a></p>
{{/links}})html";

inline constexpr std::string_view kAccount = R"html(<h1>Your connections</h1>
{{#notice}}<p class="note" role="status">{{notice}}</p>
{{/notice}}<p class="soft">Signed in as {{people}}.</p>
{{^any_connection}}<p>No app is connected. When you connect one, you can look at it and end it here.</p>
{{/any_connection}}<ul class="list">
{{#connections}}<li>
<h2>{{client_name}}</h2>
<p class="small soft">uses {{server_title}} · since {{since}} · last used {{last_used}}</p>
{{#scopes}}<p class="small">May: {{scopes}}</p>
{{/scopes}}{{#downstream}}<p class="small">{{downstream}}</p>
{{/downstream}}<form method="post" action="/account">
{{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">
{{/hidden}}<input type="hidden" name="connection" value="{{id}}">
<div class="buttons"><button type="submit" name="action" value="disconnect" class="plain" aria-label="Disconnect {{client_name}} from {{server_title}}">Disconnect</button>{{#reconnects}}<button type="submit" name="action" value="reconnect" class="plain" aria-label="Reconnect the account behind {{server_title}}">Reconnect account</button>{{/reconnects}}</div>
</form>
</li>
{{/connections}}</ul>
{{#any_account}}<h2>Connected accounts</h2>
<ul class="list">
{{#accounts}}<li>
<p class="small">{{words}}</p>
<form method="post" action="/account">
{{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">
{{/hidden}}<input type="hidden" name="account" value="{{server}}">
<div class="buttons"><button type="submit" name="action" value="disconnect" class="plain" aria-label="Disconnect the account behind {{server_title}}">Disconnect account</button></div>
</form>
</li>
{{/accounts}}</ul>
{{/any_account}}{{#any_token}}<h2>Personal access tokens</h2>
<p class="small soft">For programs that cannot sign in and only send a fixed header.</p>
<ul class="list">
{{#tokens}}<li>
<h2>{{name}}</h2>
<p class="small soft">for {{server_title}} · since {{since}} · until {{expires}}</p>
<p class="small">May call: {{tools}}{{#scopes}} · scopes: {{scopes}}{{/scopes}}</p>
<form method="post" action="/account">
{{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">
{{/hidden}}<input type="hidden" name="connection" value="{{id}}">
<div class="buttons"><button type="submit" name="action" value="revoke_token" class="plain" aria-label="Revoke the token {{name}}">Revoke</button></div>
</form>
</li>
{{/tokens}}</ul>
{{/any_token}}{{#makes_tokens}}<form method="post" action="/account">
{{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">
{{/hidden}}<fieldset>
<legend>Make a token for</legend>
{{#token_servers}}<label class="choice"><input type="radio" name="server" value="{{name}}" required><span>{{title}}<span>{{url}}</span></span></label>
{{/token_servers}}</fieldset>
<label class="field" for="token-name">Name</label>
<input class="text" id="token-name" name="name" type="text" maxlength="80" required>
<label class="field" for="token-tools">Only these tools (names, separated by spaces; empty: every tool)</label>
<input class="text" id="token-tools" name="tools" type="text" autocapitalize="none" spellcheck="false">
<label class="field" for="token-expires">It ends after</label>
<select class="text" id="token-expires" name="expires"><option value="7d">7 days</option><option value="30d" selected>30 days</option><option value="90d">90 days</option><option value="365d">1 year</option></select>
<div class="buttons"><button type="submit" name="action" value="make_token">Make a token</button></div>
</form>
{{/makes_tokens}}{{#anything}}<form method="post" action="/account">
{{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">
{{/hidden}}<div class="buttons"><button type="submit" name="action" value="disconnect_all" class="plain">Disconnect everything</button></div>
</form>
{{/anything}}<h2 class="part">Where you are signed in</h2>
<ul class="list">
{{#sessions}}<li>
<h3>{{browser}}{{#is_this}} <span class="tag calm">this browser</span>{{/is_this}}</h3>
<p class="small soft">{{#address}}from {{address}} · {{/address}}since {{since}} · last used {{last_used}}</p>
{{^is_this}}<form method="post" action="/account">
{{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">
{{/hidden}}<input type="hidden" name="session" value="{{id}}">
<div class="buttons"><button type="submit" name="action" value="end_session" class="plain" aria-label="Sign out {{browser}}">Sign out</button></div>
</form>
{{/is_this}}</li>
{{/sessions}}</ul>
<form method="post" action="/account">
{{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">
{{/hidden}}<div class="buttons">{{#other_session}}<button type="submit" name="action" value="end_other_sessions" class="plain">Sign out all other browsers</button>{{/other_session}}<button type="submit" name="action" value="end_all_sessions" class="plain">Sign out everywhere</button></div>
</form>
<p class="small foot">{{#has_password}}<a href="/account/password">Change your password</a> · {{/has_password}}<a href="/account/calls">Recent calls</a> · <a href="/sign-out">Sign out</a></p>
)html";

inline constexpr std::string_view kPassword = R"html(<h1>{{title}}</h1>
{{#user}}<p class="soft">For {{user}}.{{#asks_current}} Other browsers are signed out; apps stay connected.{{/asks_current}}</p>
{{/user}}{{#error}}<p class="error" role="alert" id="error">{{error}}</p>
{{/error}}<form method="post" action="{{action}}">
{{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">
{{/hidden}}{{#username}}<input type="text" name="username" value="{{username}}" autocomplete="username" hidden>
{{/username}}{{#asks_current}}<label class="field" for="current_password">Current password</label>
<input class="text" id="current_password" name="current_password" type="password" autocomplete="current-password" required autofocus>
{{/asks_current}}<label class="field" for="new_password">New password</label>
<input class="text" id="new_password" name="new_password" type="password" autocomplete="new-password" minlength="8" required aria-describedby="rule{{#error}} error{{/error}}">
<p class="small soft" id="rule">At least 8 characters; a few words make a good one.</p>
<label class="field" for="new_password_again">New password again</label>
<input class="text" id="new_password_again" name="new_password_again" type="password" autocomplete="new-password" required>
<div class="buttons"><button type="submit">{{button}}</button></div>
</form>
)html";

inline constexpr std::string_view kRegister = R"html(<h1>Create an account</h1>
{{#error}}<p class="error" role="alert" id="error">{{error}}</p>
{{/error}}<form method="post" action="/sign-in/register">
{{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">
{{/hidden}}<label class="field" for="username">User name</label>
<input class="text" id="username" name="username" type="text" value="{{username}}" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64" required autofocus>
<label class="field" for="email">E-mail</label>
<input class="text" id="email" name="email" type="email" value="{{email}}" autocomplete="email">
<label class="field" for="password">Password</label>
<input class="text" id="password" name="password" type="password" autocomplete="new-password" minlength="8" required aria-describedby="rule">
<p class="small soft" id="rule">At least 8 characters; a few words make a good one.</p>
<div class="buttons"><button type="submit">Create account</button></div>
</form>
)html";

}  // namespace gatehouse::oauth::templates
