//! What follows from what was seen.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::firewall::Tool;
use super::neighbours::{Connected, Neighbour};
use super::network::GroupRoute;
use crate::discovery::Seen;
use crate::node::{Heard, Hears};

/// Everything that a diagnosis is made of.
pub(super) struct Findings {
    pub(super) seen: Vec<Seen>,
    /// Nodes on other machines.
    pub(super) found: usize,
    /// Multicast packets that have come while we looked.
    pub(super) multicasts: u64,
    pub(super) route: GroupRoute,
    pub(super) neighbours: Vec<Neighbour>,
    /// How many are linked with the running node; `None` if none runs.
    pub(super) links: Option<usize>,
    /// What they hear of it.
    pub(super) hears: Vec<Hears>,
    pub(super) tool: Tool,
}

/// Something that is wrong, or worth knowing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its cause, for programs.
    pub finding: Cause,
    /// The interface that it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// What it is, for people.
    pub text: String,
    /// What mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
}

/// Cause of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// No interface is up on which there can be others.
    NoNetwork,
    /// Another program keeps the port of SSDP to itself.
    PortHeld,
    /// This machine lets nothing out.
    SendingFiltered,
    /// This machine's firewall drops multicast.
    MulticastFiltered,
    /// This machine's firewall drops answers to searches, since it does not know them as such.
    AnswersFiltered,
    /// The network keeps its clients apart.
    Isolated,
    /// Another machine does not answer.
    Absent,
    /// Another machine's firewall drops links.
    PeerFiltered,
    /// Nobody listens at the address of another node.
    PeerRefused,
    /// Another machine, or the network, drops our announcements.
    PeerDeaf,
    /// Another machine drops our answers to its searches.
    PeerAnswersFiltered,
    /// Nodes were found, and none is of a circle of ours.
    Strangers,
    /// Nodes were found, and no link with any of them has come about yet.
    Unlinked,
    /// Nobody else was found, and nothing is known that keeps them from it.
    Alone,
    /// The route for multicast leads elsewhere. It does not concern p2pm, but other programs.
    OtherRoute,
    /// There is no route for multicast. It does not concern p2pm, but other programs.
    NoRoute,
    /// The system does not let the program look for others.
    NotLooking,
    /// Somebody listens at an address that was asked about, or of somebody who is not linked.
    Reached,
    /// Nothing is wrong.
    Healthy,
}

impl Cause {
    /// Whether it keeps others from being found.
    pub fn is_fault(self) -> bool {
        !matches!(
            self,
            Self::Alone
                | Self::OtherRoute
                | Self::NoRoute
                | Self::Reached
                | Self::Healthy
                | Self::AnswersFiltered
                | Self::PeerAnswersFiltered
        )
    }
}

impl Finding {
    fn new(finding: Cause, text: impl Into<String>) -> Self {
        Self { finding, interface: None, text: text.into(), mend: None }
    }

    fn mended_by(self, mend: impl fmt::Display) -> Self {
        Self { mend: Some(mend.to_string()), ..self }
    }
}

/// Nodes that were found by one that is linked with none of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Company {
    /// Number of those that are of no circle of ours, or do not want us.
    pub strangers: usize,
    /// An address of each of the others.
    pub unreached: Vec<SocketAddr>,
}

/// All findings, the gravest first.
pub(super) fn diagnose(findings: &Findings) -> Vec<Finding> {
    let of_interface =
        |seen| of_interface(seen, Some(findings.multicasts), is_unanswered(seen, findings), findings.tool);
    let mut all: Vec<_> = findings.seen.iter().flat_map(of_interface).collect();
    if findings.seen.is_empty() {
        all.push(no_network());
    }
    // Where this machine hears nobody, others are not to blame.
    if all.iter().all(|it| !it.finding.is_fault()) {
        all.extend(findings.hears.iter().filter_map(of_hearer));
    }
    all.extend(findings.neighbours.iter().map(|it| of_neighbour(it, findings.tool)));
    if all.iter().all(|it| !it.finding.is_fault()) {
        all.extend(of_company(findings));
    }
    all.extend(of_route(findings));
    if all.iter().all(|it| it.finding == Cause::Reached) {
        all.push(Finding::new(Cause::Healthy, "nothing keeps others from being found"));
    }
    all
}

/// What a node that is linked with nobody would say first.
pub fn first_hint(seen: &[Seen], company: &Company) -> Finding {
    let tool = Tool::detect();
    let mut all = seen.iter().flat_map(|seen| of_interface(seen, None, seems_unanswered(seen), tool));
    match all.find(|it| it.finding.is_fault()) {
        Some(fault) => fault,
        None if seen.is_empty() => no_network(),
        None => match (&company.unreached[..], company.strangers) {
            ([first, ..], _) => unlinked(*first, company.unreached.len()),
            ([], 0) => alone(),
            ([], count) => strangers(count),
        },
    }
}

fn unlinked(first: SocketAddr, count: usize) -> Finding {
    let text = match count {
        1 => format!("a node was found at {first}, and is not linked yet"),
        _ => format!("{count} nodes were found, one of them at {first}, and none is linked yet"),
    };
    // An address of one link says nothing to a command.
    let named = match first.ip() {
        IpAddr::V6(ip) if ip.is_unicast_link_local() => String::new(),
        _ => format!(" {first}"),
    };
    Finding::new(Cause::Unlinked, text).mended_by(format!("p2pm doctor{named} says what keeps it from you"))
}

fn strangers(count: usize) -> Finding {
    let text = match count {
        1 => "a node was found, and it is not of your circle".to_owned(),
        _ => format!("{count} nodes were found, and none is of your circle"),
    };
    Finding::new(Cause::Strangers, text)
        .mended_by("compare the passphrase with the others: p2pm circle list --reveal")
}

/// What follows for a program that cannot look for others, because of this error.
pub fn not_looking(error: &io::Error) -> Finding {
    let text = format!("this system lets p2pm neither look for others nor be found ({error})");
    Finding::new(Cause::NotLooking, text)
        .mended_by("p2pm connect ADDRESS reaches others all the same; outside a sandbox they are found")
}

fn no_network() -> Finding {
    Finding::new(Cause::NoNetwork, "no network interface is up on which others could be")
        .mended_by("connect to a network; ip -brief address shows what there is")
}

fn alone() -> Finding {
    Finding::new(Cause::Alone, "nobody else was found, and nothing here keeps them from it: are they on the same network, and p2pm running there?")
        .mended_by("p2pm doctor ADDRESS, with the address of somebody who should be there")
}

/// Whether others hear us on an interface and do not answer.
fn is_unanswered(seen: &Seen, findings: &Findings) -> bool {
    // Whoever hears our announcements hears our searches, and would answer.
    let heard = findings.hears.iter().filter_map(|it| it.hears);
    match heard.map(|heard| heard.multicasts).reduce(|one, other| one || other) {
        Some(is_heard) => is_heard && findings.seen.iter().all(|seen| seen.answers == 0),
        None => seems_unanswered(seen),
    }
}

/// Whether others are there and do not answer, as far as is known of whoever is not linked.
fn seems_unanswered(seen: &Seen) -> bool {
    seen.announcements + seen.broadcasts > 0 && seen.answers == 0
}

/// What this machine keeps from itself on an interface. `multicasts` is the number of multicast packets that have come, if
/// they were counted.
fn of_interface(
    seen: &Seen,
    multicasts: Option<u64>,
    is_unanswered: bool,
    tool: Tool,
) -> impl Iterator<Item = Finding> {
    let way = sending_filtered(seen, tool).or_else(|| multicast_filtered(seen, multicasts, tool));
    // A search that is dropped here was dropped elsewhere, too, by the same rule perhaps.
    let answers = (seen.own_search && is_unanswered).then(|| answers_filtered(seen, tool));
    let all = [port_held(seen), way, answers].into_iter().flatten();
    all.map(move |finding| Finding { interface: Some(seen.interface.clone()), ..finding })
}

fn port_held(Seen { interface, port, .. }: &Seen) -> Option<Finding> {
    let error = port.as_ref()?;
    let text = format!(
        "another program keeps UDP port 1900 to itself ({error}), so searches of others are not heard on {interface}"
    );
    Some(Finding::new(Cause::PortHeld, text).mended_by("sudo ss -ulpn 'sport = :1900' names it; end it"))
}

fn sending_filtered(Seen { interface, unsent, .. }: &Seen, tool: Tool) -> Option<Finding> {
    let error = unsent.as_ref()?;
    let text = format!("what is sent to everybody on {interface} is not let out ({error})");
    Some(Finding::new(Cause::SendingFiltered, text).mended_by(tool.opening()))
}

/// Where another program has the port, our own search is not heard for that reason.
fn multicast_filtered(seen: &Seen, multicasts: Option<u64>, tool: Tool) -> Option<Finding> {
    if seen.own_search || seen.port.is_some() {
        return None;
    }
    let came = match multicasts {
        Some(0) => "did not come back from the system".to_owned(),
        Some(count) => format!("came back, with {count} multicast packets in all, and was dropped"),
        None => "was not heard".to_owned(),
    };
    let interface = &seen.interface;
    let text = format!("the firewall of this machine drops multicast on {interface}: our own search {came}");
    Some(Finding::new(Cause::MulticastFiltered, text).mended_by(tool.opening()))
}

fn answers_filtered(Seen { interface, .. }: &Seen, tool: Tool) -> Finding {
    let text = format!(
        "others are there on {interface}, and their answers to searches are not heard: the firewall of this machine \
         does not see that they belong to what was asked of everybody (no connection tracking for multicast)"
    );
    Finding::new(Cause::AnswersFiltered, text).mended_by(tool.opening())
}

fn of_neighbour(neighbour: &Neighbour, tool: Tool) -> Finding {
    let (address, host) = (neighbour.address, neighbour.address.ip());
    match (neighbour.connected, neighbour.answers, neighbour.gateway_answers) {
        (Connected::Yes, ..) => Finding::new(Cause::Reached, format!("{address} is reached: somebody listens there")),
        (Connected::Refused, ..) => {
            Finding::new(Cause::PeerRefused, format!("the machine is there, and nobody listens at {address}"))
                .mended_by("start p2pm there; if it listens on another port, p2pm connect ADDRESS:PORT")
        }
        (Connected::No, Some(false), Some(true)) => Finding::new(
            Cause::Isolated,
            format!("the gateway answers and {host} does not: this network keeps its clients apart, or {host} is off"),
        )
        .mended_by("switch off client isolation (AP isolation, guest network) in the access point, or use another network"),
        (Connected::No, Some(false), _) => {
            Finding::new(Cause::Absent, format!("{host} does not answer: it is off, or not on this network"))
                .mended_by("look at the address there: ip -brief address")
        }
        (Connected::No, ..) => {
            Finding::new(Cause::PeerFiltered, format!("nothing comes back from {address}: a firewall there or on the way"))
                .mended_by(format!("on that machine: {}", tool.opening()))
        }
    }
}

/// What somebody does not hear of this machine.
fn of_hearer(hears: &Hears) -> Option<Finding> {
    let name = hears.who.name.as_deref().unwrap_or(&hears.who.tag);
    let Heard { multicasts, broadcasts, answers } = hears.hears?;
    let (cause, text) = match (multicasts || broadcasts, answers) {
        (true, true) => return None,
        (true, false) => (
            Cause::PeerAnswersFiltered,
            format!(
                "{name} hears the announcements of this machine, its answers do not reach {name}: a firewall there drops them"
            ),
        ),
        (false, true) => (
            Cause::PeerDeaf,
            format!(
                "answers of this machine reach {name}, its announcements do not: a firewall there, or the network, drops what is for everybody"
            ),
        ),
        (false, false) => (
            Cause::PeerDeaf,
            format!(
                "{name} hears nothing of what this machine says to everybody: a firewall there, or the network, drops it"
            ),
        ),
    };
    Some(Finding::new(cause, text).mended_by(format!("on the machine of {name}: p2pm doctor")))
}

/// Whether those who are there are ours.
fn of_company(findings: &Findings) -> Option<Finding> {
    match (findings.found, findings.links) {
        (0, Some(0) | None) => Some(alone()),
        (found, Some(0)) => Some(strangers(found)),
        _ => None,
    }
}

fn of_route(findings: &Findings) -> Option<Finding> {
    let interface = &findings.seen.iter().find(|seen| seen.address.is_some())?.interface;
    let mend = format!("sudo ip route add 239.0.0.0/8 dev {interface}");
    let is_served =
        |ip: &IpAddr| findings.seen.iter().any(|seen| seen.address.as_deref() == Some(&ip.to_string()));
    match &findings.route {
        GroupRoute::None => Some(Finding::new(
            Cause::NoRoute,
            "there is no route for multicast: p2pm does without, other programs with SSDP find nothing",
        )
        .mended_by(mend)),
        GroupRoute::From(ip) if !is_served(ip) => Some(Finding::new(
            Cause::OtherRoute,
            format!("the route for multicast leaves from {ip}, a VPN perhaps: p2pm does without, other programs with SSDP look there alone"),
        )
        .mended_by(mend)),
        GroupRoute::From(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::Person;

    fn healthy() -> Findings {
        let address = Some("192.0.2.7".to_owned());
        let seen = Seen { interface: "lan".into(), address, own_search: true, answers: 1, ..Seen::default() };
        Findings {
            seen: vec![seen],
            found: 1,
            multicasts: 3,
            route: GroupRoute::From([192, 0, 2, 7].into()),
            neighbours: Vec::new(),
            links: Some(1),
            hears: vec![hears(true, true, true)],
            tool: Tool::Ufw,
        }
    }

    fn hears(multicasts: bool, broadcasts: bool, answers: bool) -> Hears {
        let who = Person { name: Some("abdul".into()), tag: "tag".into() };
        Hears { who, hears: Some(Heard { multicasts, broadcasts, answers }) }
    }

    fn causes(change: impl FnOnce(&mut Findings)) -> Vec<Cause> {
        let mut findings = healthy();
        change(&mut findings);
        diagnose(&findings).into_iter().map(|it| it.finding).collect()
    }

    fn of_peer(connected: Connected, answers: Option<bool>, gateway_answers: Option<bool>) -> Vec<Cause> {
        let address = ([192, 0, 2, 8], 7776).into();
        causes(|it| it.neighbours = vec![Neighbour { address, connected, answers, gateway_answers }])
    }

    #[test]
    fn each_observation_has_its_cause() {
        assert_eq!(causes(|_| {}), [Cause::Healthy]);
        assert_eq!(causes(|it| it.seen.clear()), [Cause::NoNetwork]);
        assert_eq!(causes(|it| it.seen[0].own_search = false), [Cause::MulticastFiltered]);
        assert_eq!(causes(|it| it.seen[0].unsent = Some("no".into())), [Cause::SendingFiltered]);
        let held = |it: &mut Findings| {
            (it.seen[0].port, it.seen[0].own_search) = (Some("in use".into()), false);
        };
        assert_eq!(causes(held), [Cause::PortHeld]);
        assert_eq!(causes(|it| it.seen[0].answers = 0), [Cause::AnswersFiltered], "somebody hears us");
        let unanswered = |announcements, own_search| {
            causes(|it| {
                it.hears.clear();
                it.seen[0] = Seen { announcements, own_search, answers: 0, ..it.seen[0].clone() };
            })
        };
        assert_eq!(unanswered(0, true), [Cause::Healthy]);
        assert_eq!(unanswered(1, true), [Cause::AnswersFiltered]);
        assert_eq!(unanswered(1, false), [Cause::MulticastFiltered]);
        let deaf_others = |it: &mut Findings| {
            it.hears = vec![hears(false, true, true)];
            it.seen[0] = Seen { announcements: 1, answers: 0, ..it.seen[0].clone() };
        };
        assert_eq!(causes(deaf_others), [Cause::Healthy], "they do not hear the search");
        let elsewhere = |it: &mut Findings| it.seen.push(Seen { answers: 0, ..it.seen[0].clone() });
        assert_eq!(causes(elsewhere), [Cause::Healthy], "they answer on another interface");
        assert_eq!(causes(|it| it.route = GroupRoute::None), [Cause::NoRoute]);
        let ipv6 = |it: &mut Findings| (it.route, it.seen[0].address) = (GroupRoute::None, None);
        assert_eq!(causes(ipv6), [Cause::Healthy]);
        assert_eq!(causes(|it| it.route = GroupRoute::From([10, 0, 0, 1].into())), [Cause::OtherRoute]);
        assert_eq!(causes(|it| (it.found, it.links) = (0, None)), [Cause::Alone]);
        assert_eq!(causes(|it| it.links = Some(0)), [Cause::Strangers]);
        let strangers = diagnose(&Findings { links: Some(0), found: 2, ..healthy() });
        assert_eq!(strangers[0].text, "2 nodes were found, and none is of your circle");
        assert_eq!(causes(|it| it.links = None), [Cause::Healthy]);
    }

    #[test]
    fn what_is_wrong_with_another_machine_is_told_apart() {
        assert_eq!(of_peer(Connected::Yes, Some(true), None), [Cause::Reached, Cause::Healthy]);
        assert_eq!(of_peer(Connected::Refused, Some(true), None), [Cause::PeerRefused]);
        assert_eq!(of_peer(Connected::No, Some(true), Some(true)), [Cause::PeerFiltered]);
        assert_eq!(of_peer(Connected::No, None, None), [Cause::PeerFiltered]);
        assert_eq!(of_peer(Connected::No, Some(false), None), [Cause::Absent]);
        assert_eq!(of_peer(Connected::No, Some(false), Some(true)), [Cause::Isolated]);
    }

    #[test]
    fn what_others_hear_has_its_cause() {
        let of = |hears: Hears| causes(|it| it.hears = vec![hears]);
        assert_eq!(of(hears(false, true, true)), [Cause::Healthy]);
        assert_eq!(of(hears(true, false, true)), [Cause::Healthy]);
        assert_eq!(of(hears(true, false, false)), [Cause::PeerAnswersFiltered]);
        assert_eq!(of(hears(false, false, true)), [Cause::PeerDeaf]);
        assert_eq!(of(hears(false, false, false)), [Cause::PeerDeaf]);
        assert_eq!(of(Hears { hears: None, ..hears(true, true, true) }), [Cause::Healthy]);
        let deaf_ourselves = |it: &mut Findings| {
            it.seen[0].own_search = false;
            it.hears = vec![hears(false, false, false)];
        };
        assert_eq!(causes(deaf_ourselves), [Cause::MulticastFiltered]);
    }

    #[test]
    fn whoever_is_alone_is_told_the_first_fault() {
        let seen = healthy().seen;
        let first_hint = |seen: &[Seen]| first_hint(seen, &Company::default());
        assert_eq!(first_hint(&seen).finding, Cause::Alone);
        assert_eq!(first_hint(&[]).finding, Cause::NoNetwork);
        let deaf = Seen { own_search: false, ..seen[0].clone() };
        assert_eq!(first_hint(&[seen[0].clone(), deaf]).finding, Cause::MulticastFiltered);
    }

    #[test]
    fn whoever_is_linked_with_nobody_is_told_who_is_there() {
        let seen = healthy().seen;
        let hint = |strangers, unreached: &[&str]| {
            let unreached = unreached.iter().map(|address| address.parse().unwrap()).collect();
            let Finding { finding, text, mend, .. } = first_hint(&seen, &Company { strangers, unreached });
            (finding, format!("{text}; {}", mend.unwrap_or_default()))
        };
        let compare = "compare the passphrase with the others: p2pm circle list --reveal";
        let one = format!("a node was found, and it is not of your circle; {compare}");
        assert_eq!(hint(1, &[]), (Cause::Strangers, one));
        let two = format!("2 nodes were found, and none is of your circle; {compare}");
        assert_eq!(hint(2, &[]), (Cause::Strangers, two));
        let unlinked = "a node was found at 192.0.2.8:7776, and is not linked yet; \
                        p2pm doctor 192.0.2.8:7776 says what keeps it from you";
        assert_eq!(hint(2, &["192.0.2.8:7776"]), (Cause::Unlinked, unlinked.to_owned()));
        let (_, unlinked) = hint(0, &["[fe80::8]:7776", "192.0.2.8:7776"]);
        assert!(
            unlinked.starts_with("2 nodes were found, one of them at [fe80::8]:7776, and none"),
            "{unlinked}"
        );
        assert!(unlinked.ends_with("; p2pm doctor says what keeps it from you"), "{unlinked}");
    }
}
