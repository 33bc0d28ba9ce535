"""Documents that are refused: said where and why, and nothing starts.

Which documents are refused is the unit tests' business; here it is what the
machine does then.
"""

import json

import harness
from harness import probe, task, whole_document

FINE = task("t", probe("c", "say", "started"))


def refused(**boot):
    """Boots, waits for the end; gives the console and the records."""
    guest = harness.boot(**boot)
    console = guest.wait_off()
    assert "power off after drain (document-refused)" in console
    started = [r for r in guest.records if r.name in (
        "cloister.task.state", "cloister.image.unpacked")]
    assert not started and not guest.logs
    return guest


def reason(guest):
    values = guest.record("document.refused").values
    return values["path"], values["reason"]


def test_an_unknown_field_is_named_by_its_path_and_leaves_as_a_record():
    document = whole_document([FINE])
    document["tasks"][0]["taskDefinition"]["colour"] = "red"
    path, why = reason(refused(document=document))
    assert path == "$.tasks[0].taskDefinition.colour"
    assert why == "is not a known field", why


def test_a_duplicate_key_is_refused_on_the_console():
    text = json.dumps(whole_document([FINE])).replace(
        '"family": "t"', '"family": "t", "family": "u"')
    guest = refused(document=text.encode())
    assert "cloister.document.refused" in guest.console
    assert "a key is twice in one object" in guest.console


def test_bytes_that_are_no_json_are_refused_on_the_console():
    guest = refused(document=b'{"schemaVersion": 1,\xff\xfe')
    assert "cloister.document.refused" in guest.console


def test_a_document_over_the_limit_is_refused_on_the_console():
    document = whole_document([FINE])
    document["padding"] = "x" * (1 << 20)
    guest = refused(document=json.dumps(document).encode())
    assert "cloister.document.refused" in guest.console


def test_an_instance_without_a_document_says_so_and_ends():
    guest = refused(document=b"")
    assert "cloister.document.refused" in guest.console
