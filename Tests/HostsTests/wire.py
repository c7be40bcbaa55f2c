#!/usr/bin/env python3
"""A switch in user space that holds every frame back for a while: `wire.py NUMBER` makes the devices wire1 … wireNUMBER
(taps) in its network and forwards frames between them.

Each line that comes in is a delay in microseconds, to hold from then on, and is answered by a line. Ends with its input.
The kernel's own delays (netem) are not in every kernel.
"""

import collections
import fcntl
import gc
import os
import select
import struct
import sys
import time

# <linux/if_tun.h>
TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
LONGEST_FRAME = 1 << 16
# Frames that are read from one device before the others, and those that are due, have their turn.
TURN = 32


def tap(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return device


def read(device):
    try:
        return os.read(device, LONGEST_FRAME)
    except OSError:
        # Nothing there, or the device is down.
        return None


def write(device, frame):
    try:
        os.write(device, frame)
    except OSError:
        # As with a cable that is not plugged in.
        pass


def forward(devices):
    now = time.monotonic_ns
    delay = 0
    # Frames and where they go, as they come in: the delay is the same for all.
    held = collections.deque()
    # Hardware address → the device behind which it was seen.
    seen = {}
    places = [*devices, sys.stdin.fileno()]
    while True:
        wait = max(0, held[0][0] - now()) / 1e9 if held else None
        ready = select.select(places, [], [], wait)[0]
        while held and held[0][0] <= now():
            _, targets, frame = held.popleft()
            for target in targets:
                write(target, frame)
        for device in ready:
            if device == sys.stdin.fileno():
                line = sys.stdin.readline()
                if not line:
                    return
                delay = round(float(line) * 1e3)
                print(line.strip(), flush=True)
                continue
            for _ in range(TURN):
                frame = read(device)
                if frame is None:
                    break
                due = now() + delay
                seen[frame[6:12]] = device
                target = seen.get(frame[:6])
                held.append((due, [d for d in devices if d != device] if target is None else [target], frame))


def main():
    devices = [tap(f"wire{k + 1}") for k in range(int(sys.argv[1]))]
    # Ranks that spin must not hold it up, nor may it look through its memory.
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    gc.disable()
    print("ready", flush=True)
    forward(devices)


if __name__ == "__main__":
    main()
