# SPDX-License-Identifier: Apache-2.0
"""Programs on loopback: started on processors of their own, watched through /proc, always stopped."""
import os
import resource
import signal
import socket
import subprocess
import time

# The gateway holds two descriptors for each stream.
FILES = 65536


def raise_file_limit():
    """As many descriptors as the machine allows; returns how many."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, max(FILES, hard)))
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, hard), hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def processors():
    return sorted(os.sched_getaffinity(0))


def free_port():
    # Below the range that outgoing connections take their ports from: none of them can be in the way.
    for port in range(20000 + os.getpid() % 10000, 32000):
        if port in free_port.given:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(('127.0.0.1', port))
            except OSError:
                continue
        free_port.given.add(port)
        return port
    raise RuntimeError('no free port')


free_port.given = set()


def until(what, condition, seconds=10, pause=0.01):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f'{what}: not within {seconds} s')
        time.sleep(pause)


def is_listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(('127.0.0.1', port)) == 0


class Program:
    """A program that serves a port. Its output is in `folder`/`name`.log."""
    running = []

    def __init__(self, name, command, port, folder, on=None):
        self.name, self.port, self.log = name, port, os.path.join(folder, f'{name}.log')
        pin = (lambda: os.sched_setaffinity(0, on)) if on else None
        with open(self.log, 'ab') as log:
            self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=pin)
        Program.running.append(self)

    def wait_until_listening(self):
        until(f'{self.name} (see {self.log})', lambda: self.check() and is_listening(self.port))
        return self

    def check(self):
        if self.process.poll() is not None:
            with open(self.log, errors='replace') as log:
                raise RuntimeError(f'{self.name} ended: {log.read()[-2000:]}')
        return True

    def stop(self):
        if self in Program.running:
            Program.running.remove(self)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(25)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    @classmethod
    def stop_all(cls):
        for program in reversed(list(cls.running)):
            program.stop()

    def _family(self, pid=None):
        pid = pid or self.process.pid
        found = [pid]
        for task in os.listdir(f'/proc/{pid}/task'):
            with open(f'/proc/{pid}/task/{task}/children') as children:
                for child in children.read().split():
                    found += self._family(int(child))
        return found

    def cpu_by_thread(self):
        """Nanoseconds on a processor by the name of the thread, children included."""
        spent = {}
        for pid in self._family():
            for task in os.listdir(f'/proc/{pid}/task'):
                try:
                    with open(f'/proc/{pid}/task/{task}/comm') as comm:
                        name = comm.read().strip()
                    with open(f'/proc/{pid}/task/{task}/schedstat') as schedstat:
                        spent[name] = spent.get(name, 0) + int(schedstat.read().split()[0])
                except FileNotFoundError:
                    pass
        return spent

    def cpu(self):
        return sum(self.cpu_by_thread().values())

    def settle(self, seconds=30):
        """Waits until it has done what it put off. True if it came to rest in time."""
        deadline = time.monotonic() + seconds
        before = self.cpu()
        while time.monotonic() < deadline:
            time.sleep(0.1)
            after = self.cpu()
            if after - before < 0.03e8:  # 3 % of that tenth of a second
                return True
            before = after
        return False

    def memory(self, field='RssAnon'):
        """Bytes, children included. RssAnon: what it allocated; VmRSS: with its code."""
        total = 0
        for pid in self._family():
            with open(f'/proc/{pid}/status') as status:
                total += sum(int(line.split()[1]) * 1024 for line in status if line.startswith(field + ':'))
        return total
