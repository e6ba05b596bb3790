//! Messages of SSDP, and the parser, which is lenient.

use core::num::NonZeroU16;
use core::time::Duration;

use super::headers::Headers;
use super::uuid::Uuid;

/// A message of SSDP, borrowed from its datagram. Its texts are the sender's: sanitise them before they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'d> {
    /// `NOTIFY` with `ssdp:alive`: a device is there.
    Alive(Advert<'d>),
    /// `NOTIFY` with `ssdp:byebye`: a device leaves.
    ByeBye(Advert<'d>),
    /// `NOTIFY` with `ssdp:update`: an address of a device is about to change.
    Update(Advert<'d>),
    /// `HTTP/1.1 200 OK`: an answer to a search.
    Answer(Advert<'d>),
    /// `M-SEARCH`: somebody looks for devices.
    Search(Search<'d>),
}

/// What a device says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advert<'d> {
    /// `NT`, or `ST` in an answer: the type of the device or service.
    pub target: &'d str,
    /// `USN`: the name of the device, and the type again.
    pub usn: &'d str,
    /// `LOCATION`: where its description is said to be. p2pm never fetches it.
    pub location: Option<&'d str>,
    /// `SERVER`: its software.
    pub server: Option<&'d str>,
    /// `CACHE-CONTROL`: how long this holds.
    pub max_age: Option<Duration>,
    /// `BOOTID.UPNP.ORG`.
    pub boot_id: Option<u32>,
    /// `PORT.P2PM.EXAMPLE`: the TCP port of a node, if it is one.
    pub node_port: Option<NonZeroU16>,
}

/// A search for devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search<'d> {
    /// `ST`: what is searched for.
    pub target: &'d str,
    /// `MX`: within how many whole seconds to answer.
    pub max_wait: Option<u32>,
    /// `CPUUID.UPNP.ORG`: who searches.
    pub searcher: Option<Uuid>,
    /// `USER-AGENT`: its software.
    pub user_agent: Option<&'d str>,
}

/// First line of a message.
#[derive(Clone, Copy)]
enum Start {
    Notify,
    Search,
    Response,
}

impl<'d> Message<'d> {
    /// Reads a datagram. `None` if it is no message of SSDP, or lacks a header without which it says nothing.
    pub fn parse(datagram: &'d [u8]) -> Option<Self> {
        let (start, headers) = Headers::split(datagram);
        match Start::parse(start)? {
            Start::Notify => Self::notify(&headers),
            Start::Response => Advert::parse(&headers, "ST").map(Self::Answer),
            Start::Search => Search::parse(&headers).map(Self::Search),
        }
    }

    /// Whether a datagram begins as a search does: whoever has sent it may have to be answered.
    pub fn is_search(datagram: &[u8]) -> bool {
        let (start, _) = Headers::split(datagram);
        matches!(Start::parse(start), Some(Start::Search))
    }

    /// UUID of the device, or of the searcher if it says so.
    pub fn sender(&self) -> Option<Uuid> {
        match self {
            Self::Alive(advert) | Self::ByeBye(advert) | Self::Update(advert) | Self::Answer(advert) => {
                advert.id()
            }
            Self::Search(search) => search.searcher,
        }
    }

    fn notify(headers: &Headers<'d>) -> Option<Self> {
        let advert = Advert::parse(headers, "NT")?;
        let [kind] = headers.get(["NTS"]);
        Some(match kind? {
            "ssdp:alive" => Self::Alive(advert),
            "ssdp:byebye" => Self::ByeBye(advert),
            "ssdp:update" => Self::Update(advert),
            _ => return None,
        })
    }
}

impl Start {
    fn parse(line: &[u8]) -> Option<Self> {
        let mut words = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        let [first, second, third] = [words.next()?, words.next()?, words.next()?];
        let is_http = |word: &[u8]| word.starts_with(b"HTTP/1.");
        match (first, second) {
            (b"NOTIFY", b"*") if is_http(third) => Some(Self::Notify),
            (b"M-SEARCH", b"*") if is_http(third) => Some(Self::Search),
            (version, b"200") if is_http(version) => Some(Self::Response),
            _ => None,
        }
    }
}

impl<'d> Advert<'d> {
    fn parse(headers: &Headers<'d>, target: &str) -> Option<Self> {
        let [target, usn, location, server, cache_control, boot_id, node_port] = headers.get([
            target,
            "USN",
            "LOCATION",
            "SERVER",
            "CACHE-CONTROL",
            "BOOTID.UPNP.ORG",
            super::PORT_HEADER,
        ]);
        Some(Self {
            target: target?,
            usn: usn?,
            location,
            server,
            max_age: cache_control.and_then(max_age),
            boot_id: boot_id.and_then(|value| value.parse().ok()),
            node_port: node_port.and_then(|value| value.parse().ok()),
        })
    }

    /// The UUID in the USN.
    pub fn id(&self) -> Option<Uuid> {
        let rest = self.usn.strip_prefix("uuid:")?;
        let text = match rest.split_once(':') {
            Some((text, more)) => more.starts_with(':').then_some(text)?,
            None => rest,
        };
        Uuid::parse(text)
    }
}

impl<'d> Search<'d> {
    fn parse(headers: &Headers<'d>) -> Option<Self> {
        let [man, target, max_wait, searcher, user_agent] =
            headers.get(["MAN", "ST", "MX", "CPUUID.UPNP.ORG", "USER-AGENT"]);
        let is_discovery = man?.trim_matches('"') == "ssdp:discover";
        let search = Self {
            target: target?,
            max_wait: max_wait.and_then(whole_seconds),
            searcher: searcher.and_then(Uuid::parse),
            user_agent,
        };
        is_discovery.then_some(search)
    }
}

/// Seconds without their fraction, of which some senders have one.
fn whole_seconds(value: &str) -> Option<u32> {
    value.split_once('.').map_or(value, |(whole, _)| whole).parse().ok()
}

/// `max-age` among the directives of `CACHE-CONTROL`.
fn max_age(value: &str) -> Option<Duration> {
    let directives = value.split(',').filter_map(|directive| directive.split_once('='));
    let (_, seconds) =
        directives.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("max-age"))?;
    seconds.trim().trim_matches('"').parse().ok().map(Duration::from_secs)
}
