#!/usr/bin/env python3
"""Runs a command on another host of three_hosts.py, in place of ssh: `agent.py HOST COMMAND…`."""

import socket
import sys

from host import PORT

with socket.create_connection((sys.argv[1], PORT)) as connection:
    connection.sendall(" ".join(sys.argv[2:]).encode() + b"\n")
    while data := connection.recv(1 << 16):
        sys.stderr.buffer.write(data)
        sys.stderr.flush()
