# SPDX-License-Identifier: Apache-2.0
"""Walks the gateway's sign-in and consent pages like a person: keeps cookies, fills the forms, says yes."""
import http.client
import ssl
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit


def connect(url, timeout=20):
    """To the origin of `url`. Certificates of the benchmark are not worth a look."""
    parts = urlsplit(url)
    if parts.scheme == 'https':
        return http.client.HTTPSConnection(parts.netloc, timeout=timeout, context=ssl._create_unverified_context())
    return http.client.HTTPConnection(parts.netloc, timeout=timeout)


class _Forms(HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms = []

    def handle_starttag(self, tag, pairs):
        attributes = dict(pairs)
        if tag == 'form':
            self.forms.append({'action': attributes.get('action'), 'fields': [], 'buttons': []})
        elif self.forms and attributes.get('name'):
            kind = attributes.get('type', 'submit' if tag == 'button' else 'text')
            pair = (attributes['name'], attributes.get('value', ''))
            if kind == 'submit':
                self.forms[-1]['buttons'].append(pair)
            elif tag == 'input' and (kind not in ('checkbox', 'radio') or 'checked' in attributes):
                self.forms[-1]['fields'].append(pair)


class Browser:
    MAX_STEPS = 30

    def __init__(self, username, password):
        self.known = {'username': username, 'password': password}
        self.cookies = {}

    def _fetch(self, method, url, body=None):
        parts = urlsplit(url)
        connection = connect(url)
        headers = {'Accept': 'text/html'}
        jar = self.cookies.setdefault(parts.netloc, {})
        if jar:
            headers['Cookie'] = '; '.join(f'{name}={value}' for name, value in jar.items())
        if body is not None:
            headers.update({'Content-Type': 'application/x-www-form-urlencoded', 'Origin': f'{parts.scheme}://{parts.netloc}', 'Sec-Fetch-Site': 'same-origin'})
        connection.request(method, (parts.path or '/') + (f'?{parts.query}' if parts.query else ''), body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        for line in answer.headers.get_all('Set-Cookie', []):
            for name, morsel in SimpleCookie(line).items():
                if morsel['max-age'] == '0' or not morsel.value:
                    jar.pop(name, None)
                else:
                    jar[name] = morsel.value
        return answer, text

    def walk(self, url, stop_at):
        """From `url` on, until it is sent to an address that begins with `stop_at`; that address."""
        method, body, trail = 'GET', None, []
        for _ in range(self.MAX_STEPS):
            answer, text = self._fetch(method, url, body)
            trail.append(f'{answer.status} {url}')
            if 300 <= answer.status < 400:
                url, method, body = urljoin(url, answer.headers['Location']), 'GET', None
                if url.startswith(stop_at):
                    return url
                continue
            page = _Forms()
            page.feed(text)
            form = next((form for form in page.forms if form['buttons'] or form['fields']), None)
            if answer.status != 200 or form is None:
                raise RuntimeError('sign-in does not go on:\n' + '\n'.join(trail) + '\n' + text)
            values = [(name, self.known.get(name, value)) for name, value in form['fields']]
            yes = [pair for pair in form['buttons'] if pair == ('decision', 'allow')]
            values += yes or [pair for pair in form['buttons'] if pair[0] != 'decision'][:1]
            url, method, body = urljoin(url, form['action'] or url), 'POST', urlencode(values)
        raise RuntimeError('sign-in has no end:\n' + '\n'.join(trail))
