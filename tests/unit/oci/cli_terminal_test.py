#!/usr/bin/env python3
"""Terminals of containers: handed to a socket, or relayed in the foreground.
Prints TAP."""

import fcntl
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import termios

from cli import PATIENCE_S, case, expect, holds, main, same, until


def want_terminal(box, **size):
    box.config["process"]["terminal"] = True
    if size:
        box.config["process"]["consoleSize"] = size


def listen(path):
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    where = os.getcwd()
    os.chdir(path.parent)
    server.bind(path.name)
    os.chdir(where)
    server.listen(1)
    server.settimeout(PATIENCE_S)
    return server


def receive(server):
    connection, _ = server.accept()
    data, fds, _, _ = socket.recv_fds(connection, 4096, 2)
    connection.close()
    same(1, len(fds), "descriptors")
    expect(data, "no text with it")
    return fds[0]


def read_all(master):
    text = b""
    while select.select([master], [], [], PATIENCE_S)[0]:
        try:
            part = os.read(master, 4096)
        except OSError:
            break
        if not part:
            break
        text += part
    return text.decode()


def read_until(master, word):
    text = b""
    while word.encode() not in text:
        expect(select.select([master], [], [], PATIENCE_S)[0],
               "no", word, "in", text)
        text += os.read(master, 4096)
    return text.decode()


@case
def terminal_of_create_goes_to_the_socket(box):
    want_terminal(box, height=33, width=77)
    box.args("tty")
    server = listen(box.folder / "socket")
    box.create("--console-socket", box.folder / "socket")
    master = receive(server)
    same((33, 77), struct.unpack("HHHH", fcntl.ioctl(
        master, termios.TIOCGWINSZ, b"\0" * 8))[:2])
    box.ok("start", box.id)
    same("tty /dev/pts/0 33 77\r\n", read_all(master))
    same("", box.output())
    os.close(master)


@case
def path_of_the_socket_may_be_longer_than_an_address(box):
    want_terminal(box)
    folder = box.folder / ("x" * 120)
    folder.mkdir()
    server = listen(folder / "socket")
    box.args("tty")
    box.create("--console-socket", folder / "socket")
    os.close(receive(server))


@case
def terminal_without_a_socket_is_refused(box):
    want_terminal(box)
    box.no("--console-socket is missing", "create", "--bundle", box.bundle,
           box.id)
    box.no("--console-socket is missing", "run", "--detach", "--bundle",
           box.bundle, box.id)


@case
def socket_without_a_terminal_is_refused(box):
    server = listen(box.folder / "socket")
    box.no("process.terminal is false", "create", "--bundle", box.bundle,
           "--console-socket", box.folder / "socket", box.id)
    server.close()


@case
def socket_that_nobody_listens_to_undoes_the_container(box):
    want_terminal(box)
    done = box.no("connect(socket", "create", "--bundle", box.bundle,
                  "--console-socket", box.folder / "none", box.id)
    holds("No such file or directory", done.stderr)


@case
def terminal_of_exec_goes_to_the_socket(box):
    box.start()
    server = listen(box.folder / "socket")
    box.ok("exec", "--tty", "--detach", "--console-socket",
           box.folder / "socket", box.id, "probe", "tty")
    master = receive(server)
    holds("tty /dev/pts/", read_all(master))
    os.close(master)


def in_terminal(line):
    """Runs a program on a terminal of ours, 40 by 100."""
    pid, master = pty.fork()
    if pid == 0:
        os.execv(line[0], line)
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0,
                                                        0))
    return pid, master


def exit_status(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@case
def terminal_of_run_is_ours_in_the_foreground(box):
    want_terminal(box)
    box.args("echo")
    box.write()
    pid, master = in_terminal(box.line("run", "--bundle", box.bundle, box.id))
    read_until(master, "ready")
    os.write(master, b"hello\n")
    # Once by the terminal's echo, once by the program.
    text = read_until(master, "got hello")
    same(1, text.count("got hello"))
    os.write(master, b"\4")
    same(0, exit_status(pid))
    os.close(master)


@case
def interrupt_key_reaches_the_program_and_not_us(box):
    want_terminal(box)
    box.args("echo")
    box.write()
    pid, master = in_terminal(box.line("run", "--bundle", box.bundle, box.id))
    read_until(master, "ready")
    os.write(master, b"\3")
    read_until(master, "interrupt")
    os.write(master, b"\4")
    same(0, exit_status(pid))
    os.close(master)


@case
def window_size_is_followed(box):
    want_terminal(box)
    box.args("echo")
    box.write()
    pid, master = in_terminal(box.line("run", "--bundle", box.bundle, box.id))
    read_until(master, "ready")
    fcntl.ioctl(master, termios.TIOCSWINSZ,
                struct.pack("HHHH", 50, 120, 0, 0))
    read_until(master, "size 50 120")
    os.write(master, b"\4")
    same(0, exit_status(pid))
    os.close(master)


@case
def our_terminal_is_as_it_was_afterwards(box):
    want_terminal(box)
    box.args("exit", "3")
    box.write()
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    with subprocess.Popen(box.line("run", "--bundle", box.bundle, box.id),
                          stdin=slave, stdout=slave, stderr=slave) as shell:
        same(3, shell.wait())
    same(before, termios.tcgetattr(slave))
    os.close(master)
    os.close(slave)


@case
def output_without_a_terminal_of_ours_is_whole(box):
    want_terminal(box)
    box.args("flood", "2000")
    text = box.ok("run", "--bundle", box.bundle, box.id)
    same(2000, text.count("flood\n"))


@case
def terminal_of_exec_is_ours_in_the_foreground(box):
    box.start()
    pid, master = in_terminal(box.line("exec", "--tty", box.id, "probe",
                                       "echo"))
    read_until(master, "ready")
    os.write(master, b"hello\n")
    read_until(master, "got hello")
    os.kill(pid, signal.SIGTERM)
    same(143, exit_status(pid))
    os.close(master)


main("cli_terminal")
