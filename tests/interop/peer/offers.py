"""What two nodes have offered each other: section 18.1. It outlasts the links on which it was said."""

from dataclasses import dataclass, field, replace

from peer.faults import Fault, ProtocolFault
from peer.messages import Message
from peer.transfer_messages import Answer, Cipher, Offer, Verdict, Withdraw


@dataclass
class Incoming:
    """What we are offered: the last attempt, and what we have said."""

    offer: Offer
    answer: Answer | None = None
    is_whole: bool = False
    withdrawn: bool = False


@dataclass
class Outgoing:
    """What we offer: the last attempt, and what was said to it."""

    offer: Offer
    answer: Answer | None = None
    is_over: bool = False


@dataclass
class Offers:
    """Those between us and one other node. What is handled may have an answer, to be sent."""

    incoming: dict[bytes, Incoming] = field(default_factory=dict)
    outgoing: dict[bytes, Outgoing] = field(default_factory=dict)

    def take_offer(self, offer: Offer) -> Message | None:
        known = self.incoming.get(offer.id)
        if known is None or known.withdrawn:
            self.incoming[offer.id] = Incoming(offer)
            return None
        if offer.attempt <= known.offer.attempt or offer.terms != known.offer.terms:
            raise ProtocolFault(Fault.VALUE)
        known.offer = offer
        if known.is_whole:
            return Answer(offer.id, offer.attempt, Verdict.WHOLE)
        if known.answer is not None:
            known.answer = replace(known.answer, attempt=offer.attempt)
        return known.answer

    def take_answer(self, answer: Answer) -> Message | None:
        known, takes = self.outgoing.get(answer.id), answer.verdict is Verdict.TAKEN
        if known is None or known.is_over:
            return Withdraw(answer.id) if takes else None
        if answer.attempt != known.offer.attempt and takes:
            return None
        if takes and (answer.cipher is Cipher.AES and not known.offer.aes or answer.frames > known.offer.frames):
            raise ProtocolFault(Fault.VALUE)
        known.answer, known.is_over = answer, not takes
        return None

    def take_withdraw(self, withdraw: Withdraw) -> None:
        if withdraw.id in self.incoming:
            self.incoming[withdraw.id].withdrawn = True
