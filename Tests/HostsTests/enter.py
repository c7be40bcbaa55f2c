#!/usr/bin/env python3
"""Runs a command in the namespaces of a process: `enter.py PROCESS COMMAND…`, and ends as it ends.

In place of nsenter, which stops itself when its command has been stopped, and stays so when that goes on.
"""

import ctypes
import os
import signal
import sys

KINDS = ("uts", "ipc", "net", "pid", "mnt")


def main():
    process, *command = sys.argv[1:]
    library = ctypes.CDLL(None, use_errno=True)
    # All of them before the first is entered: the place where they are found is another one afterwards.
    for namespace in [os.open(f"/proc/{process}/ns/{kind}", os.O_RDONLY) for kind in KINDS]:
        if library.setns(namespace, 0) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        os.close(namespace)
    # Only children are in the namespace of processes.
    child = os.fork()
    if child == 0:
        os.execvp(command[0], command)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status < 0:
        if -status != signal.SIGKILL:
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)


if __name__ == "__main__":
    main()
