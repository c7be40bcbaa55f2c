"""A Slurm of one node, which is this machine, for as long as a test lasts: munged, slurmctld and slurmd as processes of
the test, in a directory of their own. Needs root; no systemd, no control groups, no configuration of the system."""

import os
import shutil
import signal
import socket
import subprocess
import time

PROGRAMS = ("munged", "munge", "unmunge", "slurmctld", "slurmd", "sinfo", "squeue", "sbatch", "scontrol", "scancel", "srun")

CONFIGURATION = """\
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1,sched_min_interval=0
ReturnToService=2
KillWait=5
NodeName=localhost NodeAddr=127.0.0.1 CPUs=16 RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=localhost Default=YES MaxTime=INFINITE State=UP
"""


def why_not():
    """Why there can be no Slurm here; None where there can."""
    if os.geteuid() != 0:
        return "Slurm's daemons need root"
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    return f"not installed: {', '.join(missing)}" if missing else None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class OneNodeSlurm:
    def __init__(self, folder):
        self.folder = folder
        self.daemons = []
        self.environment = dict(os.environ, SLURM_CONF=f"{folder}/slurm.conf")
        self.environment["PATH"] += ":/usr/sbin:/sbin"

    def start(self):
        for name in ("state", "spool"):
            os.makedirs(f"{self.folder}/{name}")
        os.chmod(self.folder, 0o755)
        with open(f"{self.folder}/slurm.conf", "w") as file:
            file.write(CONFIGURATION.format(
                folder=self.folder, controller_port=free_port(), node_port=free_port()))
        with open(f"{self.folder}/munge.key", "wb") as file:
            os.fchmod(file.fileno(), 0o400)
            file.write(os.urandom(128))
        self.start_daemon(
            "munged", "-F", "--force", f"--key-file={self.folder}/munge.key", f"--socket={self.folder}/munge.socket",
            f"--pid-file={self.folder}/munge.pid", f"--log-file={self.folder}/munge.log",
            f"--seed-file={self.folder}/munge.seed")
        self.wait_until(lambda: self.answers("munge", "-S", f"{self.folder}/munge.socket", "-n"))
        self.start_daemon("slurmctld", "-D", "-c")
        self.start_daemon("slurmd", "-D")
        self.wait_until(lambda: self.answers("sinfo", "-h", "-o", "%T").strip() == "idle")

    def start_daemon(self, *command):
        with open(f"{self.folder}/{command[0]}.out", "wb") as output:
            self.daemons.append((command[0], subprocess.Popen(
                command, env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                cwd=self.folder)))

    def wait_until(self, condition, seconds=30):
        deadline = time.monotonic() + seconds
        while not condition():
            for name, daemon in self.daemons:
                if daemon.poll() is not None:
                    raise RuntimeError(f"{name} ended with status {daemon.returncode}: {self.messages(name)}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"Slurm did not start within {seconds} s: {self.messages('slurmctld')}")
            time.sleep(0.1)

    def messages(self, name):
        found = ""
        for end in ("out", "log"):
            if os.path.exists(f"{self.folder}/{name}.{end}"):
                with open(f"{self.folder}/{name}.{end}", errors="replace") as file:
                    found += file.read()[-1000:]
        return found

    def answers(self, *command):
        """What a command prints; nothing if it fails."""
        try:
            return self.run(*command, timeout=5).stdout
        except subprocess.TimeoutExpired:
            return ""

    def run(self, *command, timeout=30, **options):
        return subprocess.run(
            command, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout,
            **options)

    def state(self, job):
        """Fields of `scontrol show job`, of each job of an array; none once Slurm has forgotten it."""
        lines = self.run("scontrol", "--oneliner", "show", "job", job).stdout.splitlines()
        return [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in lines]

    def stop(self):
        for _, daemon in reversed(self.daemons):
            daemon.send_signal(signal.SIGTERM)
            try:
                daemon.wait(timeout=15)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait(timeout=15)
