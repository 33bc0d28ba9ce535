"""Documents that are refused: said where and why, and nothing starts.

Which documents are refused is the unit tests' business; here it is what the
machine does then.
"""

import copy
import json

import harness
import sign
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
    document = copy.deepcopy(whole_document([FINE]))
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


def test_an_unsigned_document_is_refused_on_the_console():
    guest = refused(tasks=[FINE], signing=lambda document: document)
    assert "path=signature reason=is missing: the document is not signed" \
        in guest.console


def test_a_document_changed_after_signing_is_refused_on_the_console():
    def change(document):
        signed = sign.sign(document)
        return signed.replace(b'"started"', b'"stopped"')
    guest = refused(tasks=[FINE], signing=change)
    assert "path=signature reason=does not fit the document" in guest.console


def test_a_document_for_another_machine_is_refused_on_the_console():
    guest = refused(tasks=[FINE], signing={"audience": "i-2,group:other"},
                    identity="i-1")
    assert "path=signature.audience reason=does not name this machine, i-1, " \
        "or its group, development" in guest.console


def test_a_document_for_this_machine_says_who_signed_it():
    # It comes in OEM strings here, everywhere else through fw_cfg.
    guest = harness.boot([FINE], identity="i-1", oem=True,
                         signing={"audience": "i-0,i-1", "serial": 41})
    values = guest.record("document.accepted").values
    assert (values["key"], values["serial"]) == ("development", 41)
    guest.wait_off()


def test_an_instance_without_a_document_says_so_and_ends():
    guest = refused(document=b"", signing=lambda _: b"")
    assert "cloister.document.refused" in guest.console
