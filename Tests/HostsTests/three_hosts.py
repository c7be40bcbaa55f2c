"""Three hosts on this machine for as long as a test lasts: each has a network, a name, processes, /tmp and /dev/shm of
its own (namespaces), and a link to a switch between them. Needs root and iproute2.

No namespace has a name and no mount is made outside them: when the processes end, and they end with this one however it
ends, nothing is left but the folder.
"""

import os
import shutil
import signal
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = ("ip", "nsenter", "unshare", "setpriv", "mount", "mpirun")
NETWORK = "10.77.0"
# The folder that all hosts share, as they see it.
SHARED = "/mnt"
KINDS = ("net", "uts", "ipc", "mnt", "pid")
# Bytes of a frame: the longer they are the fewer does the switch in user space have to forward.
MTU = "9000"
# To be ended by the kernel when this process ends.
MORTAL = ["setpriv", "--pdeathsig", "KILL"]


def search_path():
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def why_not():
    """Why there can be no hosts here; None where there can."""
    if os.geteuid() != 0:
        return "namespaces of the network and of mounts need root"
    missing = [name for name in PROGRAMS if shutil.which(name, path=search_path()) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    # Containers may keep root from making them.
    for command in (["unshare", "--net", "ip", "link", "add", "one", "type", "veth", "peer", "name", "other"],
                    ["unshare", "--net", "ip", "link", "add", "one", "type", "bridge"],
                    ["unshare", "--uts", "--ipc", "--mount", "--pid", "--fork", "--mount-proc", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]):
        tried = subprocess.run(
            command, env=dict(os.environ, PATH=search_path()), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=30)
        if tried.returncode != 0:
            return f"{' '.join(command)}: {' '.join(tried.stderr.split())}"
    return None


class ThreeHosts:
    """Hosts 1, 2 and 3, called host1, host2 and host3."""

    NUMBERS = (1, 2, 3)

    def __init__(self, folder):
        # Sockets want short paths; everything lies in here.
        self.folder = folder
        self.keepers = {}
        # The first process of each host, as this machine numbers it.
        self.first = {}
        # Numbers of all namespaces.
        self.namespaces = set()
        # The switch in user space, if links have a delay.
        self.wire = None

    def start(self):
        for name in ("host.py", "agent.py"):
            shutil.copy(os.path.join(HERE, name), self.folder)
            os.chmod(os.path.join(self.folder, name), 0o755)
        with open(os.path.join(self.folder, "hosts"), "w") as file:
            file.write("127.0.0.1 localhost\n")
            file.writelines(f"{NETWORK}.{k} host{k}\n" for k in self.NUMBERS)
        self.keepers["switch"] = subprocess.Popen(
            [*MORTAL, "unshare", "--net", "sleep", "infinity"], stdin=subprocess.DEVNULL)
        self.wait_until(lambda: self.namespace(self.keepers["switch"].pid, "net") != self.namespace("self", "net"))
        self.note_namespaces(self.keepers["switch"].pid)
        self.add_bridge("switch")
        for k in self.NUMBERS:
            self.start_host(k)

    def start_host(self, k):
        keeper = subprocess.Popen(
            [*MORTAL, "unshare", "--net", "--uts", "--ipc", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
             "python3", os.path.join(self.folder, "host.py"), f"host{k}", self.folder],
            # A host has no other place for temporary files than /tmp.
            env={name: value for name, value in os.environ.items() if name != "TMPDIR"},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.keepers[k] = keeper
        if keeper.stdout.readline() != "ready\n":
            raise RuntimeError(f"host{k} did not start")
        with open(f"/proc/{keeper.pid}/task/{keeper.pid}/children") as file:
            self.first[k] = int(file.read().split()[0])
        self.note_namespaces(self.first[k])
        self.switch(
            "ip", "link", "add", f"port{k}", "mtu", MTU, "type", "veth", "peer", "name", "eth0", "mtu", MTU, "netns",
            str(self.first[k]))
        self.switch("ip", "link", "set", f"port{k}", "master", "switch" if self.wire is None else f"delayed{k}", "up")
        for arguments in (["addr", "add", f"{NETWORK}.{k}/24", "dev", "eth0"], ["link", "set", "lo", "up"],
                          ["link", "set", "eth0", "up"]):
            self.run(*self.entering(k), "ip", *arguments)

    def stop(self):
        if self.wire is not None:
            self.keepers["wire"] = self.wire
        for keeper in self.keepers.values():
            keeper.kill()
        for keeper in self.keepers.values():
            keeper.wait(timeout=30)
            for stream in (keeper.stdin, keeper.stdout):
                if stream is not None:
                    stream.close()
        # A host's processes end with its first one, and with the last process its namespaces end.
        self.wait_until(lambda: not self.inhabitants())

    def inhabitants(self):
        """The processes in any namespace of the hosts and the switch, as this machine numbers them."""
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit() and any(self.namespace(name, kind) in self.namespaces for kind in KINDS):
                found.append(int(name))
        return found

    def note_namespaces(self, process):
        own = [self.namespace("self", kind) for kind in KINDS]
        self.namespaces |= {self.namespace(process, kind) for kind in KINDS}.difference(own, [None])

    @staticmethod
    def namespace(process, kind):
        """The number of a process's namespace; None without a process."""
        try:
            return os.readlink(f"/proc/{process}/ns/{kind}")
        except OSError:
            return None

    @staticmethod
    def wait_until(condition, seconds=30):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise RuntimeError("the hosts did not get ready, or did not end")
            time.sleep(0.01)

    @staticmethod
    def run(*command):
        subprocess.run(
            command, env=dict(os.environ, PATH=search_path()), stdin=subprocess.DEVNULL, check=True, timeout=30)

    def switch(self, *command):
        self.run("nsenter", "--target", str(self.keepers["switch"].pid), "--net", "--", *command)

    def entering(self, k):
        """A command's first words, with which it runs on a host."""
        return ["python3", os.path.join(HERE, "enter.py"), str(self.first[k])]

    def mpirun(self, placement, words, directory=SHARED, variables=None, settings=None):
        """The command and the environment that start a program under host 1's mpirun.

        - placement: how many ranks on each host.
        - directory: where, as host 1 sees it.
        - variables: of the ranks; settings: of mpirun.
        """
        launch = ["mpirun", "--host", ",".join(f"host{k}:{n}" for k, n in zip(self.NUMBERS, placement) if n),
                  "-n", str(sum(placement))]
        # Launchers take few variables to other hosts by themselves.
        for name, value in ({"OPENBLAS_NUM_THREADS": "1"} | (variables or {})).items():
            launch += ["-x", f"{name}={value}"]
        # The hosts have no other place for temporary files than /tmp.
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("OMPI_") and name != "TMPDIR"}
        network = f"{NETWORK}.0/24"
        # More ranks than cores, and bound to none.
        environment |= (settings or {}) | {
            "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
            "OMPI_MCA_plm_rsh_agent": f"{SHARED}/agent.py", "OMPI_MCA_pml": "ob1",
            "OMPI_MCA_btl": "self,vader,tcp", "OMPI_MCA_btl_tcp_if_include": network,
            "OMPI_MCA_oob_tcp_if_include": network, "OMPI_MCA_mpi_yield_when_idle": "1",
            "OMPI_MCA_hwloc_base_binding_policy": "none"}
        enter = [*self.entering(1), "sh", "-c", 'cd "$1"; shift; exec "$@"', "sh", directory]
        return enter + launch + words, environment

    def cut(self, k):
        """Takes the cable out of a host."""
        self.switch("ip", "link", "set", f"port{k}", "down")

    def mend(self, k):
        self.switch("ip", "link", "set", f"port{k}", "up")

    def crash(self, k):
        """Takes a host its power: it sends nothing more, and its processes end. `start_host` makes it again."""
        self.cut(k)
        keeper = self.keepers[k]
        keeper.kill()
        keeper.wait(timeout=30)
        keeper.stdout.close()
        self.wait_until(lambda: not self.processes(k))
        # The kernel would remove it with the host's network, but later.
        self.switch("ip", "link", "del", f"port{k}")

    def delay(self, microseconds):
        """Holds every frame between two hosts back for so long, each way, also while a job runs; None: no longer than the
        kernel's switch does. Not while a cable is out."""
        if self.wire is None and microseconds is not None:
            self.wire = subprocess.Popen(
                [*MORTAL, "nsenter", "--target", str(self.keepers["switch"].pid), "--net", "--", "python3",
                 os.path.join(HERE, "wire.py"), str(len(self.NUMBERS))],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            if self.wire.stdout.readline() != "ready\n":
                raise RuntimeError("the switch in user space did not start")
            for k in self.NUMBERS:
                self.add_bridge(f"delayed{k}")
                self.switch("ip", "link", "set", f"wire{k}", "mtu", MTU, "txqueuelen", "10000", "master", f"delayed{k}", "up")
                self.switch("ip", "link", "set", f"port{k}", "master", f"delayed{k}")
        if microseconds is not None:
            self.wire.stdin.write(f"{microseconds}\n")
            self.wire.stdin.flush()
            self.wire.stdout.readline()
        elif self.wire is not None:
            for k in self.NUMBERS:
                self.switch("ip", "link", "set", f"port{k}", "master", "switch")
                self.switch("ip", "link", "del", f"delayed{k}")
            self.wire.communicate(timeout=30)
            self.wire = None

    def latency(self):
        """Seconds that a packet takes from host 1 to host 2 or back: half of what it takes to be refused a connection."""
        code = (
            "import socket, statistics, sys, time\n"
            "def refused():\n"
            "    with socket.socket() as connection:\n"
            "        began = time.perf_counter()\n"
            "        if connection.connect_ex(('host2', 9)) == 0: sys.exit('not refused')\n"
            "        return time.perf_counter() - began\n"
            "print(statistics.median([refused() for _ in range(51)]) / 2)\n")
        return float(subprocess.run(
            [*self.entering(1), "python3", "-c", code], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            check=True, timeout=60).stdout)

    def add_bridge(self, name):
        self.switch("ip", "link", "add", name, "mtu", MTU, "type", "bridge")
        self.switch("ip", "link", "set", name, "up")

    def path(self, k, path):
        """Where a path of a host lies for this machine."""
        return f"/proc/{self.first[k]}/root{path}"

    def processes(self, k):
        """Process → its command's name, of a host, without its first one."""
        found = {}
        own = self.namespace(self.first[k], "pid")
        for name in os.listdir("/proc"):
            if not name.isdigit() or int(name) == self.first[k] or self.namespace(name, "pid") != own:
                continue
            try:
                with open(f"/proc/{name}/stat") as file:
                    text = file.read()
            except OSError:
                continue
            if text.rsplit(")", 1)[1].split()[0] != "Z":
                found[int(name)] = text.split("(", 1)[1].rsplit(")", 1)[0]
        return found

    def kill_all(self):
        for k in self.NUMBERS:
            for process in self.processes(k):
                try:
                    os.kill(process, signal.SIGKILL)
                except ProcessLookupError:
                    continue

    def left(self, k):
        """Names of what lies in a host's /tmp and /dev/shm."""
        return sorted(
            f"{place}/{name}" for place in ("/tmp", "/dev/shm") for name in os.listdir(self.path(k, place)))

    def clear(self):
        for k in self.NUMBERS:
            for name in self.left(k):
                path = self.path(k, name)
                if os.path.isdir(path):
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    os.remove(path)
