"""Images that are not what they say: refused, and nothing of them runs."""

import json
import pathlib

import harness
import oci
from harness import BUILD, container, task

PROBE = (BUILD / "probe").read_bytes()
SAYS = oci.layer({"probe": oci.File(PROBE, 0o755)})


def spoil_layer(layout, digest):
    """Changes a byte of the manifest's first layer, not its name."""
    manifest = json.loads(layout.blobs[digest])
    layer = manifest["layers"][0]["digest"]
    data = bytearray(layout.blobs[layer])
    data[len(data) // 2] ^= 1
    layout.blobs[layer] = bytes(data)


def spoil_config(layout, digest):
    manifest = json.loads(layout.blobs[digest])
    config = manifest["config"]["digest"]
    layout.blobs[config] = layout.blobs[config].replace(b"linux", b"linvx")


def lose_layer(layout, digest):
    manifest = json.loads(layout.blobs[digest])
    del layout.blobs[manifest["layers"][0]["digest"]]


def climbing(layout):
    return layout.image("bad:climbing", [SAYS, oci.layer(
        {"../../climbed": oci.File(b"x")})], Entrypoint=["/probe"])


BAD = ("corrupt-layer", spoil_layer), ("corrupt-config", spoil_config), \
    ("lost-layer", lose_layer)


def make_store():
    layout = oci.Layout()
    layout.image("good:image", [SAYS], Entrypoint=["/probe"])
    for name, spoil in BAD:
        # A layer of its own for each, or one spoiling would reach them all.
        own = oci.layer({"probe": oci.File(PROBE, 0o755),
                         "name": oci.File(name.encode())})
        spoil(layout, layout.image(f"bad:{name}", [own],
                                   Entrypoint=["/probe"]))
    climbing(layout)
    return pathlib.Path(layout.write(harness.temporary("store.tar")))


NAMES = [name for name, _ in BAD] + ["climbing"]

machine = harness.shared(lambda: harness.boot(store=make_store(), tasks=[
    task("good", container("good", "good:image", "say", "fine"))] + [
    task(name, container(name, f"bad:{name}", "say", "ran"))
    for name in NAMES]))


def test_a_spoiled_image_is_refused_with_its_reason():
    for name in NAMES:
        refused = machine().record("image.refused", image=f"bad:{name}").values
        assert refused["reason"], refused
        state = machine().record("container.state", container=name,
                                 state="STOPPED").values
        assert state["reason"].startswith("CannotPullContainerError"), state


def test_nothing_of_a_spoiled_image_runs_and_the_good_one_does():
    guest = machine()
    guest.log("fine", "good")
    guest.wait_off()
    for name in NAMES:
        assert not guest.texts(name), name


def test_an_instance_without_a_store_says_so():
    guest = harness.boot(store=None, tasks=[
        task("t", container("c", "good:image", "say", "ran"))])
    state = guest.record("container.state", container="c",
                         state="STOPPED").values
    assert state["reason"].startswith(
        "CannotPullContainerError: the instance has no store"), state
    guest.wait_off()
