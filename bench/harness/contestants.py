# SPDX-License-Identifier: Apache-2.0
"""What the gateway is compared with, each set up as its makers advise for many kept-alive connections, logs off."""
import os
import subprocess

from .processes import Program, free_port

NGINX = '''worker_processes {workers}; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log warn;
worker_rlimit_nofile {files};
events {{ worker_connections {connections}; use epoll; multi_accept on; }}
http {{
    access_log off; server_tokens off; tcp_nodelay on; sendfile off;
    keepalive_requests 100000000; keepalive_timeout 300s;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    upstream runtime {{ server 127.0.0.1:{upstream}; keepalive 512; keepalive_requests 100000000; keepalive_timeout 300s; }}
    server {{
        listen 127.0.0.1:{port} {tls} reuseport backlog=4096;{certificate}
        client_max_body_size 8m; client_body_buffer_size 32k;
        location / {{
            proxy_pass http://runtime; proxy_http_version 1.1;
            proxy_set_header Connection ""; proxy_set_header X-Forwarded-For $remote_addr;
            proxy_buffering {buffering}; proxy_read_timeout 3600s;
        }}
    }}
}}
'''

# Without http-no-delay the first event of a stream waits for a timer; without abortonclose a stream whose client has
# left stays open.
HAPROXY = '''global
    nbthread {workers}
    maxconn {connections}
defaults
    mode http
    option http-keep-alive
    option http-no-delay
    option abortonclose
    http-reuse always
    timeout client 3600s
    timeout server 3600s
    timeout connect 5s
    timeout http-keep-alive 300s
frontend clients
    bind 127.0.0.1:{port} {tls}
    option forwardfor
    default_backend runtime
backend runtime
    server runtime 127.0.0.1:{upstream} pool-max-conn 1024
'''


class Contestants:
    """`upstream`: the port that all of them lead to."""

    def __init__(self, peers, programs, folder, upstream, files):
        self.peers, self.programs, self.folder, self.upstream, self.files = peers, programs, folder, upstream, files

    def _configured(self, name, template, workers, connections, **more):
        folder, port = os.path.join(self.folder, name), free_port()
        os.makedirs(folder)
        path = os.path.join(folder, 'configuration')
        with open(path, 'w') as file:
            file.write(template.format(workers=workers, folder=folder, port=port, upstream=self.upstream, connections=connections, **more))
        return folder, port, path

    def nginx(self, name, workers, on, buffering='on', tls=None):
        """`tls`: what it shows its clients. Streams must not be buffered; for whole answers buffering is the default, and
        cheaper."""
        tls_words = {'tls': 'ssl http2' if tls else '', 'certificate': f' ssl_certificate {tls.certificate}; ssl_certificate_key {tls.key};' if tls else ''}
        folder, port, path = self._configured(name, NGINX, workers, self.files - 100, files=self.files, buffering=buffering, **tls_words)
        return Program(name, [self.peers.nginx, '-c', path, '-p', folder, '-e', f'{folder}/error.log'], port, folder, on).wait_until_listening()

    def haproxy(self, name, workers, on, tls=None):
        tls_words = f'ssl crt {tls.both} alpn h2,http/1.1' if tls else ''
        folder, port, path = self._configured(name, HAPROXY, workers, self.files // 2 - 100, tls=tls_words)
        return Program(name, [self.peers.haproxy, '-f', path, '-db'], port, folder, on).wait_until_listening()

    def relay(self, name, on):
        port = free_port()
        return Program(name, [os.path.join(self.programs, 'bench_relay'), str(port), str(self.upstream)], port, self.folder, on).wait_until_listening()


class Certificate:
    """Of 127.0.0.1, signed by itself: `certificate`, `key` and `both` are paths."""

    def __init__(self, folder):
        self.certificate, self.key, self.both = (os.path.join(folder, name) for name in ('certificate.pem', 'key.pem', 'both.pem'))
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
                        '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', self.key, '-out', self.certificate],
                       check=True, capture_output=True)
        with open(self.both, 'w') as both:
            for path in (self.certificate, self.key):
                with open(path) as part:
                    both.write(part.read())


def start_upstream(programs, folder, on):
    port = free_port()
    return Program('upstream', [os.path.join(programs, 'bench_upstream'), str(port)], port, folder, on).wait_until_listening()
