"""Rules of nftables that stand for firewalls as people have them."""

STATEFUL = """
table inet filter {
    chain input {
        type filter hook input priority filter; policy drop;
        iif lo accept
        ct state established,related accept
        icmp type echo-request accept
        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
        %s
    }
}
"""

# Whatever was not asked for is dropped, as in firewalld's zone `public`.
PLAIN = STATEFUL % ""
# firewalld's service `upnp-client`, and the port of nodes.
SOURCE_PORT = STATEFUL % "udp sport 1900 accept\ntcp dport 7776 accept"
# ufw as it comes: its before.rules have no rule for IGMP, and take from multicast what is for mDNS and SSDP.
UFW = STATEFUL % (
    "ct state invalid drop\n"
    "udp sport 67 udp dport 68 accept\n"
    "ip daddr 224.0.0.251 udp dport 5353 accept\n"
    "ip daddr 239.255.255.250 udp dport 1900 accept"
)
# The same, after what `p2pm doctor` tells its user.
UFW_OPENED = UFW.replace("ct state invalid drop", "tcp dport 7776 accept\nct state invalid drop")
# Neither the questions of a switch nor reports of membership get through.
NO_IGMP = """
table inet no_igmp {
    chain incoming { type filter hook input priority filter; meta l4proto igmp drop; }
    chain outgoing { type filter hook output priority filter; meta l4proto igmp drop; }
}
"""
NO_TCP_IPV4, NO_TCP_IPV6 = (
    f"table inet filter {{ chain input {{ type filter hook input priority 0; meta nfproto {family} meta l4proto tcp drop; }}; }}\n"
    for family in ["ipv4", "ipv6"]
)
