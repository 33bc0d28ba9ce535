"""Logs while the collector is away: nothing blocks, nothing is unaccounted."""

import harness
from harness import probe, task

LINES = 3000
FLOOD = 60000		# lines of some 60 bytes: more than a ring of 1 MiB


def numbers(guest, name):
    """Sequence number and text of each line, without repetitions."""
    return {line.values["cloister.log.sequence"]: line.text
            for line in guest.logs if line.container == name}


def written(name, *verbs):
    """A container that writes, then one whose end the console shows: while
    the collector is away that is the sign that everything was written."""
    return [
        probe(name, *verbs, essential=False),
        probe("sign", "eat", "200", memory=32, essential=False, dependsOn=[
            {"containerName": name, "condition": "SUCCESS"}]),
        probe("stay", "pause")]


def sign_seen(guest):
    guest.line("cloister.container.oom: .*container=sign", timeout=120)


def test_lines_written_while_the_collector_is_down_arrive_when_it_is_back():
    guest = harness.boot(collector=False, tasks=[
        task("t", *written("c", "lines", str(LINES), "--", "exit", "0"))])
    sign_seen(guest)
    assert not guest.logs
    guest.collector.start()
    guest.wait_for(lambda g: len(numbers(g, "c")) >= LINES, timeout=120,
                   what="every line")
    assert sorted(numbers(guest, "c")) == list(range(1, LINES + 1))
    guest.power_button()
    guest.wait_off()


def test_a_collector_that_refuses_for_a_while_gets_every_line_once_it_accepts():
    guest = harness.boot(tasks=[
        task("t", *written("c", "lines", str(LINES), "--", "exit", "0"))])
    guest.collector.answer(503)
    sign_seen(guest)
    guest.collector.answer(200)
    guest.wait_for(lambda g: len(numbers(g, "c")) >= LINES, timeout=120,
                   what="every line")
    assert sorted(numbers(guest, "c")) == list(range(1, LINES + 1))
    guest.power_button()
    guest.wait_off()


def test_a_flood_beyond_the_ring_is_counted_line_by_line():
    guest = harness.boot(collector=False, tasks=[
        task("t", *written("c", "lines", str(FLOOD), "padding-" * 6, "--",
                           "exit", "0"))])
    sign_seen(guest)
    guest.collector.start()

    def adds_up(g):
        lines = numbers(g, "c")
        gaps = sum(r.values["cloister.gap.lines"] for r in g.records
                   if "cloister.gap.lines" in r.values)
        return gaps > 0 and FLOOD in lines and len(lines) + gaps == FLOOD
    guest.wait_for(adds_up, timeout=120, what="sent + dropped = produced")
    operator = guest.record("log.gap", container="c").values
    assert operator["lines"] > 0 and operator["bytes"] > 0
    guest.power_button()
    guest.wait_off()
