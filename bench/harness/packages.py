# SPDX-License-Identifier: Apache-2.0
"""The programs of Debian that the gateway is compared with. What the machine lacks is unpacked below .cache/bench:
nothing is installed, so nothing is ever started as a service."""
import os
import shutil
import subprocess

SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'


def _listed(root):
    with open(os.path.join(root, 'bench/packages.txt')) as lines:
        return [line.split()[0] for line in lines if line.strip() and not line.startswith('#')]


def _unpack(root, place):
    stamp = os.path.join(place, '.unpacked')
    wanted = '\n'.join(_listed(root))
    if os.path.exists(stamp) and open(stamp).read() == wanted:
        return
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place)
    command = ['apt-get', 'download', '-qq', '-o', 'APT::Sandbox::User=root', *wanted.split()]
    if subprocess.run(command, cwd=place, stdout=subprocess.DEVNULL).returncode != 0:
        subprocess.run(['apt-get', 'update', '-qq'], check=True)
        subprocess.run(command, cwd=place, check=True, stdout=subprocess.DEVNULL)
    for package in sorted(os.listdir(place)):
        subprocess.run(['dpkg-deb', '-x', os.path.join(place, package), place], check=True)
        os.remove(os.path.join(place, package))
    with open(stamp, 'w') as file:
        file.write(wanted)


class Peers:
    """Paths of nginx, haproxy, wrk and h2load."""

    def __init__(self, root):
        names = ('nginx', 'haproxy', 'wrk', 'h2load')
        found = {name: shutil.which(name, path=SYSTEM_PATH) for name in names}
        if not all(found.values()):
            place = os.path.join(root, '.cache/bench')
            _unpack(root, place)
            libraries = os.path.join(place, 'usr/lib', _multiarch())
            os.environ['LD_LIBRARY_PATH'] = os.pathsep.join(filter(None, [libraries, os.environ.get('LD_LIBRARY_PATH')]))
            for name in names:
                found[name] = found[name] or shutil.which(name, path=f'{place}/usr/sbin:{place}/usr/bin')
        self.nginx, self.haproxy, self.wrk, self.h2load = (found[name] for name in names)

    def versions(self):
        def first(command):
            out = subprocess.run(command, capture_output=True, text=True)
            return (out.stdout + out.stderr).splitlines()[0].split(' Copyright')[0].strip()
        return [first([self.nginx, '-v']), first([self.haproxy, '-v']), first([self.wrk, '-v']), first([self.h2load, '--version'])]


def _multiarch():
    return subprocess.run(['dpkg-architecture', '-qDEB_HOST_MULTIARCH'], capture_output=True, text=True).stdout.strip() or f'{os.uname().machine}-linux-gnu'
