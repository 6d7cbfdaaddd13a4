# SPDX-License-Identifier: Apache-2.0
"""Instructions by part of the program, out of what callgrind wrote."""
import re

from .modules import part_of

_NAMED = re.compile(r'\w+=\((\d+)\)(?: (.*))?')


def instructions(path):
    """Of everything in the file, by part."""
    functions, libraries, found = {}, {}, {}
    function = library = ''
    skip = False

    def name_of(names, line):
        number, name = _NAMED.match(line).groups()
        if name is not None:
            names[number] = name
        return names[number]

    with open(path, errors='replace') as lines:
        for line in lines:
            line = line.rstrip('\n')
            if line.startswith('fn='):
                function = name_of(functions, line)
            elif line.startswith('ob='):
                library = name_of(libraries, line)
            elif line.startswith('cfn='):
                name_of(functions, line)
            elif line.startswith('cob='):
                name_of(libraries, line)
            elif line.startswith('calls='):
                skip = True  # the next line has what the callee cost, which its own lines have, too
            elif line[:1] and line[0] in '+-*0123456789':
                if skip:
                    skip = False
                    continue
                words = line.split()
                part = part_of(function, library)
                found[part] = found.get(part, 0) + (int(words[1]) if len(words) > 1 else 0)
    return found
