"""A hostile task stays inside its limits; its neighbour does not notice."""

import harness
from harness import probe, task


def test_a_fork_bomb_stays_inside_its_limit_and_ends_at_the_drain():
    guest = harness.boot(instance={"scaleInAfter": -1}, tasks=[
        task("bomb", probe("bomb", "fork-bomb", stopTimeout=2, memory=128)),
        task("calm", probe("calm", "sleep", "3000", "--", "fork", "10", "--",
                           "say", "unharmed"))])
    guest.log("fork-bomb: begins", "bomb")
    guest.log("unharmed", "calm")
    guest.wait_for(lambda g: any(
        m.name == "cloister.container.pids.limit_hits" and m.value > 0
        and m.resource.get("container.name") == "bomb" for m in g.metrics),
        what="a refused fork of the bomb")
    guest.power_button()
    state = guest.record("container.state", container="bomb",
                         state="STOPPED").values
    assert state["signal"] == 9, state
    assert "power off after drain (power-button)" in guest.wait_off()
