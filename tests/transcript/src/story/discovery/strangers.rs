//! What others say on the network: a tool of UPnP, a node that falls silent, and those who make no sense.

/// Somebody that does not know us searches for everything.
pub(super) const SEARCH: &[u8] =
    b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 2\r\nST: ssdp:all\r\n\r\n";

/// A node is there, and is not heard of again.
pub(super) const SILENT: &[u8] = b"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age=120\r\n\
    NT: upnp:rootdevice\r\nNTS: ssdp:alive\r\nUSN: uuid:6b9d1f7e-2f0a-4c39-9d4e-5a1c7b8e9f01::upnp:rootdevice\r\n\
    BOOTID.UPNP.ORG: 7\r\nPORT.P2PM.EXAMPLE: 7776\r\n\r\n";

/// No messages of SSDP, or of devices that are no nodes.
pub(super) const NOISE: [&[u8]; 12] = [
    b"",
    b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"M-SEARCH * HTTP/1.1\r\nMAN: \"ssdp:all\"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n",
    b"M-SEARCH * HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\nMX: -1\r\nST: ssdp:all\r\n\r\n",
    b"M-SEARCH * HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\n\r\n",
    b"NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\n\r\n",
    b"NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\nNT: x\r\nUSN: uuid:x\r\nPORT.P2PM.EXAMPLE: 65536\r\n\r\n",
    b"NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\nNT: x\r\nUSN: uuid:x\r\nPORT.P2PM.EXAMPLE: 0\r\n\r\n",
    b"HTTP/1.1 404 Not Found\r\nST: x\r\nUSN: uuid:x\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nST \x80\xFF: x\r\nUSN\r\n\r\n",
    b"\x00\x01\x02\x03\xFF\xFE\xFD",
];
