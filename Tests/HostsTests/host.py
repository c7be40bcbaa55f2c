#!/usr/bin/env python3
"""The first process of a host of three_hosts.py, in namespaces of its own: `host.py NAME FOLDER`.

Gives the host its name, its own /tmp and /dev/shm, and FOLDER, which all hosts share, as /mnt; then serves what
agent.py asks for, as sshd would: a line with a command comes over TCP, the command's output goes back.
"""

import os
import signal
import socket
import subprocess
import sys

PORT = 514


def reap(_signal, _frame):
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except ChildProcessError:
        pass


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def main():
    name, folder = sys.argv[1:]
    socket.sethostname(name)
    mount("--bind", folder, "/mnt")
    mount("--bind", "/mnt/hosts", "/etc/hosts")
    for place in ("/tmp", "/dev/shm"):
        mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", place)
    os.chdir("/")
    # What the host's processes leave behind becomes a child of this one.
    signal.signal(signal.SIGCHLD, reap)
    server = socket.create_server(("", PORT))
    print("ready", flush=True)
    while True:
        connection, _ = server.accept()
        if os.fork() > 0:
            # The command alone has it: it is closed when the last of its processes has closed it.
            connection.close()
            continue
        with connection.makefile("rb") as stream:
            command = stream.readline().decode()
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for descriptor in (1, 2):
            os.dup2(connection.fileno(), descriptor)
        os.execv("/bin/sh", ["sh", "-c", command])


if __name__ == "__main__":
    main()
