# SPDX-License-Identifier: Apache-2.0
"""Which part of the gateway a function belongs to."""
import os
import re

_SOURCES = os.path.join(os.path.dirname(__file__), '../../src')
_MODULES = {name for name in os.listdir(_SOURCES) if os.path.isdir(os.path.join(_SOURCES, name))}
_LIBRARIES = (('OpenSSL', ('libcrypto', 'libssl')), ('SQLite', ('libsqlite3',)), ('simdjson', ('libsimdjson',)), ('Boost.JSON', ('libboost_json',)),
              ('fmt', ('libfmt',)), ('libsodium', ('libsodium',)), ('nghttp2', ('libnghttp2',)), ('C++ library', ('libstdc++', 'libgcc')),
              ('C library', ('libc.so', 'libc-', 'libm.so', 'ld-linux', 'libpthread', '[vdso]')))
_INSIDE = (('simdjson', 'simdjson::'), ('Boost.JSON', 'boost::'), ('fmt', 'fmt::'), ('C++ library', 'std::'))


def part_of(function, library):
    """Our modules by the namespace of the function; what is inlined into it counts as its own."""
    if library.startswith('[kernel') or library.endswith('.ko'):
        return 'kernel'
    for name, words in _LIBRARIES:
        if any(word in library for word in words):
            return name
    # The first of ours in the name: templates of a library that work for a module are the module's.
    if 'gatehouse::' in function:
        module = re.search(r'gatehouse::(\w+)::', function)
        return f'src/{module.group(1)}' if module and module.group(1) in _MODULES else 'src/base'
    return next((name for name, word in _INSIDE if word in function), 'other')
