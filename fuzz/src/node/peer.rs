//! One connection of a node, and the peer at its other end.

use std::collections::BTreeSet;
use std::mem;

use p2pm_core::channel::{CircleNumber, Machine};
use p2pm_core::node::{Contact, ContactId, Delivery, LinkEvent, To};
use p2pm_core::suite::{SealedWith, Side, aead};
use p2pm_core::time::Instant;
use p2pm_core::wire::{
    EMPTY_FRAME, Frame, Introduction, LinkMessage, Message, Neighbour, Part, PublicKey, Service,
};

use super::model::{Model, Text};
use super::{OurNode, letters};
use crate::link::{Last, LinkSpeech, Number, introduction};
use crate::speech::{Said, Speech};
use crate::stage::{self, StageEvent};
use crate::watched::{Watched, plain_form};
use crate::witness::{Act, Witness};

type Aead = Watched<aead::Portable>;
pub(super) type OurStage = stage::Stage<Aead>;

/// A connection.
pub(super) struct Peer {
    stage: OurStage,
    witness: Witness<SealedWith<Aead>>,
    /// Side of the peer.
    side: Side,
    /// The keys that it has proved.
    proved: Vec<PublicKey>,
    link: Option<Linked>,
    /// Number of its last message.
    told: u32,
}

/// What a link has seen.
struct Linked {
    contact: ContactId,
    key: PublicKey,
    run: u32,
    /// Whether the node has admitted the peer, and the reverse.
    admits: bool,
    is_admitted: bool,
    /// Whether the node waits to be told what the peer hears, and the reverse.
    asks: bool,
    is_asked: bool,
    /// Bytes of a text so far.
    draft: usize,
    /// The part that the node must say next, if a text is half said.
    half_said: Option<(u32, usize)>,
    /// Texts that the node has said here whole.
    said: BTreeSet<u32>,
}

/// What an event comes to.
#[derive(Clone, Copy)]
enum Report {
    Nothing,
    Asked,
    Introduced(Introduction),
    Part { missed: bool, previous: u32, number: u32, offset: usize, len: usize, total: usize },
}

impl Report {
    fn of(event: &StageEvent<'_>) -> Self {
        match event {
            StageEvent::Asked => Self::Asked,
            StageEvent::Introduced(introduction) => Self::Introduced(*introduction),
            StageEvent::Link(LinkEvent::Said { missed, part, .. }) => Self::Part {
                missed: *missed,
                previous: part.previous,
                number: part.sequence,
                offset: part.offset.into(),
                len: part.text.len(),
                total: part.total.into(),
            },
            StageEvent::Link(_) | StageEvent::Ended(_) => Self::Nothing,
        }
    }
}

impl Peer {
    pub(super) fn new(stage: OurStage, circle: CircleNumber) -> Self {
        let side = if let OurStage::Outgoing(_) = stage { Side::Responder } else { Side::Initiator };
        let mut witness = Witness::default();
        witness.voice().join(circle);
        Self { stage, witness, side, proved: Vec::new(), link: None, told: 0 }
    }

    pub(super) fn is_closed(&mut self, node: &mut OurNode) -> bool {
        self.stage.at(node).is_closed()
    }

    /// Whether it is the link with a contact, and has not ended.
    pub(super) fn is_link_of(&self, contact: ContactId) -> bool {
        self.link.as_ref().is_some_and(|link| link.contact == contact) && !self.witness.has_ended()
    }

    /// Whether both ends have admitted each other.
    pub(super) fn is_mutual(&self) -> bool {
        self.link.as_ref().is_some_and(Linked::is_mutual) && !self.witness.has_ended()
    }

    pub(super) fn act(&mut self, act: &Act<'_>, node: &mut OurNode, now: &mut Instant, model: &mut Model) {
        match act {
            Act::Greet => self.greet(node, *now, model),
            Act::Poll => drop(self.poll(node, *now, model)),
            Act::Hear(said) => self.hear(said, node, *now, model),
            Act::Ask(said) => {
                self.hear(said, node, *now, model);
                self.drain(node, *now, model);
            }
            act => {
                let Self { stage, witness, .. } = self;
                let machine = &mut stage.at(node);
                let report = witness.act(machine, now, Service::Link, act, |event| Report::of(&event));
                assert!(matches!(report, None | Some(Report::Nothing)), "no frame has come");
            }
        }
    }

    /// The whole handshake, if the peer has sent nothing so far.
    pub(super) fn greet(&mut self, node: &mut OurNode, now: Instant, model: &mut Model) {
        if self.witness.voice().has_spoken() {
            return;
        }
        self.poll(node, now, model);
        let proof = if self.side == Side::Responder { Speech::Welcome } else { Speech::Credentials };
        for speech in [Speech::Hello, proof] {
            self.hear(&Said::Message(speech), node, now, model);
            self.poll(node, now, model);
        }
    }

    pub(super) fn introduce(
        &mut self,
        who: u8,
        run: u8,
        node: &mut OurNode,
        now: Instant,
        model: &mut Model,
    ) {
        let Some(exporter) = self.witness.voice().exporter(self.side) else { return };
        let introduction = introduction(who, run, self.side, &exporter);
        self.proved.push(introduction.key);
        let mut frame = EMPTY_FRAME;
        LinkMessage::Introduce(introduction).emit(&mut frame);
        self.hear_sealed(&mut frame, node, now, model);
    }

    /// The peer admits the node, if it has not, and has received messages of those that were sent.
    pub(super) fn admit(&mut self, heard: Number, node: &mut OurNode, now: Instant, model: &mut Model) {
        if let Some(link) = self.link.as_ref().filter(|link| !link.is_admitted) {
            let heard = heard.up_to(model.sent.get(&link.contact).copied().unwrap_or(0));
            let mut frame = EMPTY_FRAME;
            LinkMessage::Admit { heard }.emit(&mut frame);
            self.hear_sealed(&mut frame, node, now, model);
        }
    }

    pub(super) fn tell(
        &mut self,
        speech: &LinkSpeech<'_>,
        node: &mut OurNode,
        now: Instant,
        model: &mut Model,
    ) {
        let Some(exporter) = self.witness.voice().exporter(self.side) else { return };
        let mut frame = EMPTY_FRAME;
        let last = Last { told: self.told, said: u32::try_from(model.said.len()).unwrap_or(u32::MAX) };
        self.told = speech.emit(self.side, &exporter, last, &mut frame);
        self.hear_sealed(&mut frame, node, now, model);
    }

    /// The shell closes a link.
    pub(super) fn leave(&mut self, node: &mut OurNode, now: Instant, _: &mut Model) {
        if let OurStage::Linked(link) = &mut self.stage {
            let event = link.at(node).close(now, p2pm_core::wire::Close::Goodbye).map(StageEvent::from);
            self.witness.tell(event, |_| ());
        }
    }

    fn hear_sealed(&mut self, frame: &mut Frame, node: &mut OurNode, now: Instant, model: &mut Model) {
        if self.stage.at(node).can_receive() {
            self.witness.voice().seal(frame);
            self.hear_frame(frame, node, now, model);
        }
    }

    fn hear(&mut self, said: &Said<'_>, node: &mut OurNode, now: Instant, model: &mut Model) {
        if self.stage.at(node).can_receive() {
            let mut frame = self.witness.voice().say(said, Service::Link);
            self.hear_frame(&mut frame, node, now, model);
        }
    }

    fn hear_frame(&mut self, frame: &mut Frame, node: &mut OurNode, now: Instant, model: &mut Model) {
        self.poll_due(node, now, model);
        let Self { stage, witness, .. } = self;
        let had_ended = witness.has_ended();
        let report = witness.hear(&mut stage.at(node), now, frame, |event| Report::of(&event));
        // Opened in place.
        let plain = plain_form(frame);
        if let (Some(link), false, Some(message)) =
            (&mut self.link, had_ended || self.witness.has_ended(), link_message(&plain))
        {
            link.has_heard(&message, model);
        }
        self.react(report.unwrap_or(Report::Nothing), node, now, model);
    }

    fn react(&mut self, report: Report, node: &mut OurNode, now: Instant, model: &mut Model) {
        match report {
            Report::Nothing => {}
            Report::Asked => {
                let ended = self.stage.answer(node, now).map(StageEvent::Ended);
                self.witness.tell(ended, |_| ());
            }
            Report::Introduced(introduction) => self.introduced(&introduction, node, now, model),
            Report::Part { missed, previous, number, offset, len, total } => {
                let link = self.link.as_mut().expect("a link");
                assert!(link.is_mutual(), "a text before both are admitted");
                assert_eq!(missed, previous > link.last_shown(model), "what is missing");
                link.draft = if offset == 0 { 0 } else { link.draft };
                assert_eq!(link.draft, offset, "a part is out of order");
                link.draft += len;
                if link.draft == total {
                    let last = model.shown.insert((link.key, link.run), number);
                    assert!(last.is_none_or(|last| last < number), "a message is shown again");
                    node.confirm(link.contact, number);
                }
            }
        }
    }

    fn introduced(&mut self, theirs: &Introduction, node: &mut OurNode, now: Instant, model: &mut Model) {
        assert!(self.proved.contains(&theirs.key), "whoever is introduced has proved the key");
        match self.stage.introduce(node, now, theirs) {
            Ok(contact) => {
                let known = node.contact(contact).expect("a contact").known();
                assert_eq!(known.key, theirs.key, "the contact of a link");
                assert!(!known.is_refused(), "somebody refused is linked");
                if let Some(trust) = known.trust.filter(|trust| trust.is_accepted()) {
                    model.trusted.insert(theirs.key, trust);
                }
                model.introduce(contact, theirs.key, node.contact(contact).expect("a contact").circle());
                // A node remembers one run of each.
                model.shown.retain(|(key, run), _| *key != theirs.key || *run == theirs.run);
                self.link = Some(Linked {
                    contact,
                    key: theirs.key,
                    run: theirs.run,
                    admits: false,
                    is_admitted: false,
                    asks: false,
                    is_asked: false,
                    draft: 0,
                    half_said: None,
                    said: BTreeSet::new(),
                });
            }
            Err(reason) => {
                let ended = StageEvent::Ended(p2pm_core::channel::Ended::ByUs(reason));
                self.witness.tell(Some(ended), |_| ());
            }
        }
    }

    /// Handles what is due.
    pub(super) fn poll_due(&mut self, node: &mut OurNode, now: Instant, _: &mut Model) {
        let Self { stage, witness, .. } = self;
        let machine = &mut stage.at(node);
        // A timer that leads to nothing would fire for ever.
        for _ in 0..10 {
            if machine.deadline().is_none_or(|deadline| deadline > now) {
                return;
            }
            let event = machine.handle_timeout(now);
            witness.tell(event, |_| ());
            if machine.wants_send() {
                return;
            }
        }
        panic!("a timer has no end");
    }

    pub(super) fn drain(&mut self, node: &mut OurNode, now: Instant, model: &mut Model) {
        for _ in 0..100 {
            if self.poll(node, now, model).is_none() {
                return self.check_said(node, model);
            }
        }
        panic!("it has no end of what to say");
    }

    /// Whoever is linked has been sent all that is for them.
    fn check_said(&self, node: &OurNode, model: &Model) {
        let Some(link) = self.link.as_ref().filter(|_| self.is_mutual()) else { return };
        if model.moved.contains(&link.contact) {
            return;
        }
        for (number, _) in model.said.iter().filter(|(_, text)| text.recipients.contains(&link.contact)) {
            match node.delivery(link.contact, *number) {
                Some(Delivery::Sent) => assert!(link.said.contains(number), "{number} was not sent"),
                Some(Delivery::Received | Delivery::Failed) => {}
                other => panic!("{number} is not sent: {other:?}"),
            }
        }
    }

    /// The next frame of the node, which is allowed.
    fn poll(&mut self, node: &mut OurNode, now: Instant, model: &mut Model) -> Option<Frame> {
        self.poll_due(node, now, model);
        let Self { stage, witness, .. } = self;
        let frame = witness.poll(&mut stage.at(node), now)?;
        let plain = plain_form(&frame);
        if let Some(message) = link_message(&plain) {
            self.check(&message, node, model);
        }
        Some(frame)
    }

    fn check(&mut self, message: &LinkMessage<'_>, node: &OurNode, model: &mut Model) {
        if let LinkMessage::Introduce(_) = message {
            return;
        }
        let link = self.link.as_mut().expect("an introduced peer");
        let contact = node.contact(link.contact).expect("a contact");
        assert!(!contact.known().is_refused(), "somebody refused is told {message:?}");
        match message {
            LinkMessage::Introduce(_) => {}
            LinkMessage::Name(name) => assert_eq!(name, node.name()),
            LinkMessage::Admit { heard } => {
                assert!(contact.known().is_accepted(), "a stranger is admitted");
                assert!(!mem::replace(&mut link.admits, true), "admitted twice");
                link.check_heard(*heard, model);
            }
            _ => assert!(link.is_mutual() && contact.known().is_accepted(), "too early: {message:?}"),
        }
        match message {
            LinkMessage::Say(part) => link.check_part(part, node, model),
            LinkMessage::Receipt { sequence } => link.check_heard(*sequence, model),
            LinkMessage::Roster(neighbours) => {
                neighbours.clone().for_each(|neighbour| link.check_neighbour(&neighbour, node));
            }
            LinkMessage::AskReception => {
                assert!(!mem::replace(&mut link.asks, true), "asked again before the answer");
            }
            LinkMessage::Reception(_) => {
                assert!(mem::replace(&mut link.is_asked, false), "an answer without a question");
            }
            _ => {}
        }
    }
}

/// The message of a link in a plain frame, if it is one.
fn link_message(plain: &Frame) -> Option<LinkMessage<'_>> {
    Message::parse(plain).and_then(|message| LinkMessage::parse(&message)).ok()
}

impl Linked {
    fn is_mutual(&self) -> bool {
        self.admits && self.is_admitted
    }

    /// What the node calls received was shown.
    fn check_heard(&self, number: u32, model: &Model) {
        assert_eq!(number, self.last_shown(model), "the last message that was shown");
    }

    /// Number of the last message of the peer that was shown; 0 for none.
    fn last_shown(&self, model: &Model) -> u32 {
        model.shown.get(&(self.key, self.run)).copied().unwrap_or(0)
    }

    /// The node has taken a message of the peer's.
    fn has_heard(&mut self, message: &LinkMessage<'_>, model: &mut Model) {
        match message {
            LinkMessage::Admit { heard } => {
                assert!(!mem::replace(&mut self.is_admitted, true), "admitted twice");
                model.confirm(self.contact, *heard);
            }
            LinkMessage::Receipt { sequence } => model.confirm(self.contact, *sequence),
            LinkMessage::AskReception => self.is_asked = true,
            LinkMessage::Reception(_) => {
                assert!(mem::replace(&mut self.asks, false), "an answer without a question");
            }
            _ => {}
        }
    }

    fn check_part(&mut self, part: &Part<'_>, node: &OurNode, model: &mut Model) {
        let (number, offset) = (part.sequence, usize::from(part.offset));
        let said = &model.said[&number];
        assert!(self.is_recipient(said, node, model), "a text for somebody else");
        let confirmed = model.last_confirmed(self.contact);
        assert!(number > confirmed, "{number} is said again, and {confirmed} was confirmed");
        assert!(part.previous == 0 || part.previous > confirmed, "what was confirmed is not missing");
        assert_eq!(usize::from(part.total), said.len);
        let text = letters(number as usize - 1, said.len);
        assert_eq!(text.get(offset..offset + part.text.len()), Some(part.text));
        let next = self.half_said.filter(|_| offset > 0).map_or((number, 0), |half| half);
        assert_eq!((number, offset), next, "a part is out of order");
        self.half_said = (!part.is_last()).then_some((number, offset + part.text.len()));
        if part.is_last() {
            self.said.insert(number);
            let sent = model.sent.entry(self.contact).or_default();
            *sent = number.max(*sent);
        }
    }

    /// Whoever was introduced in two circles is told what was said to all of the one in which it is now.
    fn is_recipient(&self, text: &Text, node: &OurNode, model: &Model) -> bool {
        let circle = node.contact(self.contact).map(Contact::circle);
        let is_of_circle = matches!(text.to, To::All(of) if Some(of) == circle);
        match text.to {
            To::All(_) if model.moved.contains(&self.contact) => is_of_circle,
            To::All(_) => is_of_circle && text.recipients.contains(&self.contact),
            To::One(_) => text.recipients.contains(&self.contact),
        }
    }

    fn check_neighbour(&self, neighbour: &Neighbour, node: &OurNode) {
        assert_ne!(neighbour.key, self.key, "it is told of itself");
        let of = node.contacts().find(|(_, contact)| contact.known().key == neighbour.key);
        assert!(of.is_some_and(|(_, contact)| contact.is_here()), "told of somebody who is not here");
        let circle = node.contact(self.contact).map(Contact::circle);
        assert_eq!(of.map(|(_, contact)| contact.circle()), circle, "told of somebody of another circle");
    }
}
