"""Reads what QEMU's filter-dump wrote: the packets of a network card.

    for frame in pcap.frames(path):
        frame.kind     "TCP 10.0.2.15 10.0.2.2:4318", "ARP 10.0.2.2", ...
    pcap.streams(path)     {(address, port, address, port): bytes sent}

A kind names the protocol and where the frame goes to (for TCP: both ends,
with the port of the side that was called). Source: pcap-savefile(5); RFC 791,
826, 8200, 9293.
"""

import dataclasses
import ipaddress
import pathlib
import struct

HEADER, PACKET, ETHERNET = 24, 16, 14
ARP, IPV4, IPV6 = 0x0806, 0x0800, 0x86dd
PROTOCOLS = {1: "ICMP", 2: "IGMP", 6: "TCP", 17: "UDP", 58: "ICMPv6",
             0: "MLD"}	# IPv6 hop-by-hop: the router alert of MLD reports


@dataclasses.dataclass
class Frame:
    source: str		# MAC
    protocol: str
    sender: str		# IP
    receiver: str
    ports: tuple	# of TCP and UDP, else empty
    payload: bytes	# behind the IP header
    sequence: int = 0	# of TCP
    data: bytes = b""	# of TCP

    def kind(self, called):
        """`called`: ports that somebody was told to call."""
        if self.protocol == "TCP":
            ends = [self.sender, self.receiver]
            for i, port in enumerate(self.ports):
                if port in called:
                    ends[i] += f":{port}"
            return f"TCP {ends[0]} {ends[1]}"
        return f"{self.protocol} {self.receiver}"


def _packets(path):
    data = pathlib.Path(path).read_bytes()
    if struct.unpack_from("<I", data)[0] != 0xa1b2c3d4:
        raise ValueError(f"{path} is no pcap of this byte order")
    at = HEADER
    while at + PACKET <= len(data):
        size, original = struct.unpack_from("<II", data, at + 8)
        if size != original:
            raise ValueError("a packet was cut")
        yield data[at + PACKET:at + PACKET + size]
        at += PACKET + size


def _ip(packet, kind):
    """Protocol, addresses and payload of an IP packet."""
    if kind == IPV4:
        size = (packet[0] & 15) * 4
        length = struct.unpack_from(">H", packet, 2)[0]
        return packet[9], packet[12:16], packet[16:20], packet[size:length]
    length = struct.unpack_from(">H", packet, 4)[0]
    return packet[6], packet[8:24], packet[24:40], packet[40:40 + length]


def _frame(packet):
    source = packet[6:12].hex(":")
    kind = struct.unpack_from(">H", packet, 12)[0]
    body = packet[ETHERNET:]
    if kind == ARP:
        return Frame(source, "ARP", str(ipaddress.ip_address(body[14:18])),
                     str(ipaddress.ip_address(body[24:28])), (), body)
    if kind not in (IPV4, IPV6):
        return Frame(source, f"ETHERNET {kind:#06x}", "", packet[:6].hex(":"),
                     (), body)
    number, sender, receiver, payload = _ip(body, kind)
    frame = Frame(source, PROTOCOLS.get(number, f"IP {number}"),
                  str(ipaddress.ip_address(sender)),
                  str(ipaddress.ip_address(receiver)), (), payload)
    if frame.protocol in ("TCP", "UDP"):
        frame.ports = struct.unpack_from(">HH", payload)
    if frame.protocol == "TCP":
        frame.sequence = struct.unpack_from(">I", payload, 4)[0]
        frame.data = payload[(payload[12] >> 4) * 4:]
    return frame


def frames(path):
    return [_frame(packet) for packet in _packets(path)]


def streams(path):
    """What each end of each TCP connection sent, put together."""
    out, starts = {}, {}
    for frame in frames(path):
        if frame.protocol != "TCP":
            continue
        key = (frame.sender, frame.ports[0], frame.receiver, frame.ports[1])
        if frame.payload[13] & 2:	# SYN: a new connection
            starts[key] = len(out.setdefault(key, bytearray())) - \
                frame.sequence - 1
        at = (starts.get(key, 0) + frame.sequence) & 0xffffffff
        if frame.data:
            stream = out.setdefault(key, bytearray())
            stream.extend(bytes(max(0, at + len(frame.data) - len(stream))))
            stream[at:at + len(frame.data)] = frame.data
    return {key: bytes(stream) for key, stream in out.items()}
