"""Well-known tools, as Debian packages them, do their work in tasks that have
the narrowest grants for it, and not without.

One machine, five tasks. Those in the instance's network see the packets that
uplink sends; the kernel events are those of a container that starts a program
and tries a connection every second.
"""

import harness
from harness import BUILD, container, task

STORE = BUILD / "guest/tools.tar"
ANSWER_S = 300		# unpacking the images takes the most of it

PACKETS = "-p -i eth0 -f 'host 10.0.2.2 and tcp' -c 4"
COUNT = r"""'tracepoint:syscalls:sys_enter_clock_nanosleep
    { @[comm] = count(); } interval:s:3 { exit(); }'"""


def tool(name, image, script, *capabilities, **fields):
    """A container of tools that runs a script of its shell, then says its
    exit code."""
    added = {"linuxParameters": {"capabilities": {"add": list(capabilities)}}}
    return container(
        name, f"tools:{image}", entryPoint=["/bin/sh", "-c"],
        command=[f"{{ {script}; }} 2>&1; echo exit code $?"],
        **{"memory": 768, "memoryReservation": 256, "essential": False,
           **(added if capabilities else {}), **fields})


def keeper(name):
    """Keeps the task alive, and is what the others watch."""
    return container(name, "tools:agent", entryPoint=["/bin/sh", "-c"],
                     command=["trap exit TERM; "
                              "while :; do nc 127.0.0.1 9; sleep 1; done"])


machine = harness.shared(lambda: harness.boot(
    store=STORE, memory_mib=4096, instance={
        "scaleInAfter": -1,
        "privilegedCapabilities": ["BPF", "PERFMON", "SYS_PTRACE", "NET_RAW"],
    }, tasks=[
        task("packets", networkMode="host", *[
            tool("tshark", "net", f"tshark {PACKETS} -T fields -e ip.dst",
                 "NET_RAW"),
            tool("dumpcap", "net", f"dumpcap -q {PACKETS} -w /tmp/x && "
                 "tshark -r /tmp/x -T fields -e ip.dst", "NET_RAW"),
            tool("tshark-without", "net", f"tshark {PACKETS}"),
            keeper("packets-keeper")]),
        task("trace", *[
            tool("bpftrace", "trace", f"bpftrace -e {COUNT}", "BPF", "PERFMON",
                 environment=[{"name": "BPFTRACE_BTF",
                               "value": "/sys/kernel/btf/vmlinux"}]),
            tool("bpftrace-without", "trace", f"bpftrace -e {COUNT}", "BPF"),
            tool("agent", "agent", "agent", "BPF", "PERFMON"),
            tool("agent-without", "agent", "agent"),
            tool("bpftool", "trace",
                 "bpftool map create /sys/fs/bpf/m type array key 4 value 4 "
                 "entries 1 name m && bpftool map update pinned /sys/fs/bpf/m "
                 "key 0 0 0 0 value 42 0 0 0 && "
                 "bpftool map dump pinned /sys/fs/bpf/m", "BPF"),
            tool("bpftool-without", "trace",
                 "bpftool map create /tmp/m type array key 4 value 4 "
                 "entries 1 name m"),
            tool("strace", "trace", "strace -f -e trace=execve busybox true",
                 "SYS_PTRACE"),
            keeper("trace-keeper")]),
    ]))


def said(name, pattern):
    """Waits until the tool has said it."""
    return machine().log(pattern, container=name, timeout=ANSWER_S).text


def refused(name, pattern):
    """Waits until the tool said why it cannot, and ended badly."""
    said(name, pattern)
    assert said(name, r"^exit code ") != "exit code 0"


def test_tshark_captures_the_packets_of_a_neighbour_with_net_raw():
    said("tshark", r"^10\.0\.2\.2$")
    assert said("tshark", r"^exit code ") == "exit code 0"


def test_dumpcap_writes_a_capture_that_tshark_reads():
    said("dumpcap", r"^10\.0\.2\.2$")
    assert said("dumpcap", r"^exit code ") == "exit code 0"


def test_tshark_without_net_raw_sees_nothing_of_the_instance():
    refused("tshark-without", "You do not have permission to capture")


def test_bpftrace_counts_a_kernel_event_with_bpf_and_perfmon():
    said("bpftrace", r"@\[sleep\]: [1-9]")
    assert said("bpftrace", r"^exit code ") == "exit code 0"


def test_bpftrace_without_perfmon_attaches_nothing():
    refused("bpftrace-without", "ERROR|error")


def test_an_agent_made_with_libbpf_sees_programs_and_connections():
    said("agent", "^exec sleep$")
    said("agent", "^connect nc$")


def test_the_agent_without_a_grant_loads_nothing():
    refused("agent-without", "agent: load: Operation not permitted")


def test_bpftool_makes_and_reads_a_map_with_bpf():
    said("bpftool", r"key: 00 00 00 00  value: 2a 00 00 00")
    assert said("bpftool", r"^exit code ") == "exit code 0"


def test_bpftool_without_bpf_makes_no_map():
    refused("bpftool-without", "Operation not permitted")


def test_strace_follows_its_own_children_with_sys_ptrace():
    said("strace", r'execve\("\S*busybox", \["busybox", "true"\]')
    assert said("strace", r"^exit code ") == "exit code 0"
