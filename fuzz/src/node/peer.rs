//! One connection of a node, and the peer at its other end.

mod linked;
mod mail;

use std::mem;

use p2pm_core::channel::{CircleNumber, Ended, Machine};
use p2pm_core::node::{ContactId, Delivery, LinkEvent};
use p2pm_core::suite::{SealedWith, Side, aead};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, EMPTY_FRAME, Frame, Introduction, LinkMessage, Message, PublicKey, Service};

use self::linked::Linked;
pub(super) use self::linked::is_of_transfer;
use self::mail::is_of_mail;
use super::OurNode;
use super::model::Model;
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
    /// Number of its last message, and who it is, in which run.
    told: u32,
    who: u8,
    run: u8,
}

/// What an event comes to.
#[derive(Clone, Copy)]
enum Report {
    Nothing,
    Asked,
    Introduced(Introduction),
    Part { missed: bool, previous: u32, number: u32, offset: usize, len: usize, total: usize },
    Letter { author: ContactId, number: u32, missed: bool },
    Ended(Ended),
}

impl Report {
    fn of(event: &StageEvent<'_>) -> Self {
        match event {
            StageEvent::Asked => Self::Asked,
            StageEvent::Introduced(introduction) => Self::Introduced(*introduction),
            StageEvent::Link(LinkEvent::Said { contact, keeper: Some(_), missed, part }) => {
                assert!(part.offset == 0 && part.is_last(), "a part of a letter");
                Self::Letter { author: *contact, number: part.sequence, missed: *missed }
            }
            StageEvent::Link(LinkEvent::Said { missed, part, .. }) => Self::Part {
                missed: *missed,
                previous: part.previous,
                number: part.sequence,
                offset: part.offset.into(),
                len: part.text.len(),
                total: part.total.into(),
            },
            StageEvent::Link(_) => Self::Nothing,
            StageEvent::Ended(ended) => Self::Ended(*ended),
        }
    }
}

impl Peer {
    pub(super) fn new(stage: OurStage, circle: CircleNumber) -> Self {
        let side = if let OurStage::Outgoing(_) = stage { Side::Responder } else { Side::Initiator };
        let mut witness = Witness::default();
        witness.voice().join(circle);
        Self { stage, witness, side, proved: Vec::new(), link: None, told: 0, who: 0, run: 0 }
    }

    pub(super) fn is_closed(&mut self, node: &mut OurNode) -> bool {
        self.stage.at(node).is_closed()
    }

    /// Whether it is the link with a contact, and has not ended.
    pub(super) fn is_link_of(&self, contact: ContactId) -> bool {
        self.link.as_ref().is_some_and(|link| link.contact == contact) && !self.witness.has_ended()
    }

    /// The contact, once it is introduced.
    pub(super) fn contact(&self) -> Option<ContactId> {
        self.link.as_ref().map(|link| link.contact)
    }

    /// Whether the node has dialled.
    pub(super) fn was_dialled(&self) -> bool {
        self.side == Side::Responder
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
                let mut machine = stage.at(node);
                let report = witness.act(&mut machine, now, Service::Link, act, |event| Report::of(&event));
                drop(machine);
                let is_end = matches!(report, None | Some(Report::Nothing | Report::Ended(_)));
                assert!(is_end, "no frame has come");
                self.note_end(model);
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
        (self.who, self.run) = (who, run);
        self.speak(&LinkMessage::Introduce(introduction), node, now, model);
    }

    /// The peer admits the node, if it has not, and has received messages of those that were sent.
    pub(super) fn admit(&mut self, heard: Number, node: &mut OurNode, now: Instant, model: &mut Model) {
        if let Some(link) = self.link.as_ref().filter(|link| !link.is_admitted) {
            let heard = heard.up_to(model.sent.get(&link.contact).copied().unwrap_or(0));
            self.speak(&LinkMessage::Admit { heard }, node, now, model);
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
        let last = Last {
            told: self.told,
            said: u32::try_from(model.said.len()).unwrap_or(u32::MAX),
            who: self.who,
            run: self.run.into(),
            passed: self.link.as_ref().and_then(|link| link.mail.passing()),
        };
        self.told = speech.emit(self.side, &exporter, last, &mut frame);
        self.hear_sealed(&mut frame, node, now, model);
    }

    /// The peer sends a message.
    pub(super) fn speak(
        &mut self,
        message: &LinkMessage<'_>,
        node: &mut OurNode,
        now: Instant,
        model: &mut Model,
    ) {
        let mut frame = EMPTY_FRAME;
        message.emit(&mut frame);
        self.hear_sealed(&mut frame, node, now, model);
    }

    /// The shell closes a link.
    pub(super) fn leave(&mut self, node: &mut OurNode, now: Instant, model: &mut Model) {
        if let OurStage::Linked(link) = &mut self.stage {
            let event = link.at(node).close(now, Close::Goodbye).map(StageEvent::from);
            self.witness.tell(event, |_| ());
            self.note_end(model);
        }
    }

    /// What was said on a link that has ended may not have arrived.
    fn note_end(&mut self, model: &mut Model) {
        if let Some(link) = self.link.as_mut().filter(|_| self.witness.has_ended())
            && !mem::replace(&mut link.is_over, true)
        {
            model.transfers.link_ended(link.number);
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
        let report = report.unwrap_or(Report::Nothing);
        // Opened in place.
        let plain = plain_form(frame);
        if let (Some(link), false, Some(message)) = (&mut self.link, had_ended, link_message(&plain)) {
            match report {
                Report::Ended(ended) => link.has_refused(now, &message, ended, node, model),
                _ => link.has_heard(now, &message, node, model),
            }
        }
        self.react(report, node, now, model);
        if let Some(link) = &self.link {
            link.mail.check_shown();
        }
        self.note_end(model);
    }

    fn react(&mut self, report: Report, node: &mut OurNode, now: Instant, model: &mut Model) {
        match report {
            Report::Nothing | Report::Ended(_) => {}
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
                    model.shown.show(link.key, link.run, number);
                    node.confirm(link.contact, number);
                }
            }
            Report::Letter { author, number, missed } => {
                let link = self.link.as_mut().expect("a link");
                link.mail.show((author, number, missed), model);
                node.confirm(author, number);
            }
        }
    }

    fn introduced(&mut self, theirs: &Introduction, node: &mut OurNode, now: Instant, model: &mut Model) {
        assert!(self.proved.contains(&theirs.key), "whoever is introduced has proved the key");
        let introduced = self.stage.introduce(node, now, theirs);
        model.forget_gone(node);
        match introduced {
            Ok(contact) => {
                model.links += 1;
                model.transfers.introduce((contact, model.links), theirs.key, theirs.run);
                let known = node.contact(contact).expect("a contact").known();
                assert_eq!(known.key, theirs.key, "the contact of a link");
                assert!(!known.is_refused(), "somebody refused is linked");
                if let Some(trust) = known.trust.filter(|trust| trust.is_accepted()) {
                    model.trusted.insert(theirs.key, trust);
                }
                model.introduce(contact, theirs.key, node.contact(contact).expect("a contact").circle());
                model.shown.link(theirs.key, theirs.run);
                self.link = Some(Linked::new(contact, theirs, model.links));
            }
            Err(reason) => {
                let ended = StageEvent::Ended(Ended::ByUs(reason));
                self.witness.tell(Some(ended), |_| ());
            }
        }
    }

    /// Handles what is due.
    pub(super) fn poll_due(&mut self, node: &mut OurNode, now: Instant, model: &mut Model) {
        self.time_out(node, now);
        self.note_end(model);
    }

    fn time_out(&mut self, node: &mut OurNode, now: Instant) {
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
                return self.check_said(now, node, model);
            }
        }
        panic!("it has no end of what to say");
    }

    /// Whoever is linked has been sent all that is for them.
    fn check_said(&self, now: Instant, node: &OurNode, model: &Model) {
        let Some(link) = self.link.as_ref().filter(|_| self.is_mutual()) else { return };
        assert_eq!(link.retort, None, "nothing is said of what is not kept");
        model.transfers.check_said(now, link.contact);
        link.mail.check_said(link.other(), node);
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
            self.check(now, &message, node, model);
        }
        Some(frame)
    }

    fn check(&mut self, now: Instant, message: &LinkMessage<'_>, node: &OurNode, model: &mut Model) {
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
            message if is_of_mail(message) => link.mail.say(message, link.other(), node, model),
            _ => model.transfers.say(now, (link.contact, link.number), message, &mut link.retort),
        }
    }
}

/// The message of a link in a plain frame, if it is one.
fn link_message(plain: &Frame) -> Option<LinkMessage<'_>> {
    Message::parse(plain).and_then(|message| LinkMessage::parse(&message)).ok()
}
