//! A node at a community server.

use core::net::IpAddr;

use super::*;
use crate::channel::Direction;
use crate::channel::tests::{HERE, entropy};
use crate::community::{Hall, Session};
use crate::registry::{self, Registry};
use crate::suite::Sealed;
use crate::wire::JoinRefusal;

type OurHall = Hall<registry::Inline<4>>;

const SERVER: u16 = 5000;

fn at(ip: impl Into<IpAddr>, port: u16) -> Endpoint {
    Endpoint::new(ip.into(), NonZeroU16::new(port).unwrap())
}

fn hall() -> OurHall {
    Hall::new(Door::new(Password::new(b"47-coral-tulip").unwrap()), Registry::new([0; 16]))
}

/// A node that is connected to the server, whose end is the session.
struct Attendance {
    node: OurNode,
    meeting: Meeting<Portable>,
    session: Session<Sealed>,
    events: Vec<MeetingEvent>,
}

impl Attendance {
    fn begin(mut node: OurNode) -> Self {
        node.meet(START, at(HERE, SERVER), CircleId(0));
        let dial = node.next_dial(START).expect("it is due at once");
        assert_eq!((dial.address(), dial.source()), (at(HERE, SERVER).into(), Source::Meeting));
        let meeting = node.meeting(START, dial, entropy()).unwrap();
        Self { node, meeting, session: Session::new(START, HERE, entropy()), events: Vec::new() }
    }

    /// Hands frames to and fro until nobody has one.
    fn run(&mut self, hall: &mut OurHall, now: Instant) {
        let Self { node, meeting, session, events } = self;
        let mut frame = EMPTY_FRAME;
        session.at(hall).handle_timeout(now);
        loop {
            if meeting.at(node).poll_frame(now, &mut frame) {
                session.at(hall).handle_frame(now, &mut frame);
            } else if session.at(hall).poll_frame(now, &mut frame) {
                events.extend(meeting.at(node).handle_frame(now, &mut frame));
            } else {
                return;
            }
        }
    }

    /// Ports of the nodes that are to be dialled.
    fn found(&mut self, now: Instant) -> Vec<u16> {
        core::iter::from_fn(|| self.node.next_dial(now)).map(|dial| dial.address().port()).collect()
    }
}

fn listening_on(port: u16, name: &str) -> OurNode {
    let mut node = node(port.to_be_bytes()[1], name, Policy::All);
    node.port = NonZeroU16::new(port);
    node
}

#[test]
fn everybody_on_the_list_is_dialled_but_oneself() {
    let mut hall = hall();
    let mut katie = Attendance::begin(listening_on(5001, "katie"));
    katie.run(&mut hall, START);
    assert_eq!(
        (katie.found(START), katie.events.pop()),
        (std::vec![], Some(MeetingEvent::Listed { online: 1 }))
    );
    let mut abdul = Attendance::begin(listening_on(5002, "abdul"));
    abdul.run(&mut hall, START);
    assert_eq!(
        (abdul.found(START), abdul.events),
        (std::vec![5001], std::vec![MeetingEvent::Listed { online: 2 }])
    );
    let later = START + crate::limits::PRESENCE_INTERVAL;
    katie.run(&mut hall, later);
    assert_eq!(katie.found(later), [5002]);
}

#[test]
fn a_name_that_is_taken_keeps_nobody_from_finding_others() {
    let mut hall = hall();
    let mut katie = Attendance::begin(listening_on(5001, "katie"));
    katie.run(&mut hall, START);
    let mut other = Attendance::begin(listening_on(5002, "katie"));
    other.run(&mut hall, START);
    assert_eq!(other.events, [MeetingEvent::NotListed(JoinRefusal::NameTaken)]);
    assert_eq!((other.meeting.is_listed(), other.found(START)), (false, std::vec![5001]));
}

#[test]
fn who_listens_nowhere_is_not_listed() {
    let mut hall = hall();
    let mut node = listening_on(5001, "katie");
    node.port = None;
    let mut katie = Attendance::begin(node);
    katie.run(&mut hall, START);
    assert_eq!((katie.events.len(), hall.registry().len()), (0, 0));
    katie.meeting.at(&mut katie.node).leave(START);
    assert!(katie.node.next_dial(START).is_none(), "it is dialled again, but later");
    assert!(katie.node.dial_deadline(START).is_some());
}

#[test]
fn a_server_with_another_password_is_not_dialled_again() {
    let mut hall = OurHall::new(Door::new(Password::new(b"sesame").unwrap()), Registry::new([0; 16]));
    let mut katie = Attendance::begin(listening_on(5001, "katie"));
    katie.run(&mut hall, START);
    assert_eq!(katie.events, [MeetingEvent::Ended(Ended::Claimed(Close::WrongPassword))]);
    assert_eq!(katie.node.dial_deadline(START), None);
}

#[test]
fn a_meeting_sends_and_ends_when_its_client_does() {
    let mut hall = hall();
    let mut katie = Attendance::begin(listening_on(5001, "katie"));
    assert!(katie.meeting.at(&mut katie.node).wants_send(), "its Hello");
    katie.run(&mut hall, START);
    let mut machine = katie.meeting.at(&mut katie.node);
    assert!(!machine.wants_send() && !machine.is_closed(), "all is asked and answered");
    machine.leave(START);
    assert!(machine.wants_send() && !machine.is_closed(), "its Close");
    katie.run(&mut hall, START);
    let mut machine = katie.meeting.at(&mut katie.node);
    assert!(!machine.wants_send() && !machine.is_closed(), "the server has yet to close");
    machine.handle_eof(START);
    assert!(machine.is_closed());
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let mut katie = Attendance::begin(listening_on(5001, "katie"));
    let Attendance { node, meeting, .. } = &mut katie;
    let deadline = meeting.at(node).deadline().expect("a time to answer in");
    assert!(deadline > START);
    let event = meeting.at(node).handle_stall(deadline, Direction::Receiving);
    assert!(matches!(event, Some(MeetingEvent::Ended(_))), "{event:?}");
    assert!(katie.found(deadline + Duration::from_secs(5)).contains(&SERVER), "it is dialled again");
}
