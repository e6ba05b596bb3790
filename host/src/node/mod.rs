//! A node on Linux: [`p2pm_core::node`] on the reactor, in a thread of its own, with requests in and news out.

mod answer;
mod ask;
mod call;
mod circles;
mod connection;
pub mod control;
mod discovery;
mod fingerprint;
mod journal;
mod news;
mod reception;
mod reports;
mod serve;
mod storage;
mod storing;
mod transfers;
mod zones;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU16;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;
use std::{fmt, thread};

use p2pm_core::channel::{CircleNumber, Ended};
use p2pm_core::identity::Identity;
use p2pm_core::limits::LINGER_TIMEOUT;
use p2pm_core::node::{ContactId, Known, Node, Policy, Setup, Trust as CoreTrust};
use p2pm_core::suite::Password;
use p2pm_core::time::{Instant, earliest};
use p2pm_core::wire::Name;

pub use self::ask::{
    Answer, Ask, ErrorKind, FileKnown, Heard, Hears, Known as KnownPerson, Me, Trust, Unsaid,
};
use self::ask::{Order, Request};
use self::call::Caller;
use self::circles::Circles;
use self::connection::Connection;
use self::control::Server;
use self::discovery::Discovering;
use self::fingerprint::Fingerprint;
use self::journal::{Journal, SubscriptionId};
pub use self::news::{FileInfo, FileState, News, Numbered, Person};
use self::reception::Inquiries;
use self::reports::{Happened, Reports};
pub use self::storage::LINKS_MAX;
use self::storage::{Boxed, rows};
use self::storing::Storing;
use self::transfers::Transfers;
use self::zones::Zones;
use crate::config::address::SERVER_PORT;
use crate::config::profile::Unsent;
use crate::config::resolve::resolve_written;
use crate::discovery::{Choice, Finder};
use crate::door;
use crate::reactor::commands::{Commander, Commands, commands};
use crate::reactor::listener::Listener;
use crate::reactor::pool::Pool;
use crate::reactor::{self, Key, Reactor, Source, Tenant, descriptors};
use crate::transfer::disk::Offered;
use p2pm_core::limits::HALF_OPEN_MAX;

/// Port of a node unless another one is chosen, or it is taken.
pub const PORT: NonZeroU16 = NonZeroU16::new(7776).unwrap();
/// Connections of a node: links, half-open ones, and dials.
const CONNECTIONS: usize = LINKS_MAX + 2 * HALF_OPEN_MAX;
/// Requests that wait to be answered.
const REQUESTS: usize = 64;
/// News that wait to be read by one listener.
const NEWS_QUEUE: usize = 2048;

const LISTENER: Source = Source(0);
const REQUEST: Source = Source(1);
const DESCRIPTION: Source = Source(2);
/// The first source of discovery, which has all others.
const FINDER: Source = Source(3);

/// Circle that a node joins.
#[derive(Debug)]
pub struct CircleConfig {
    /// What its user calls it.
    pub name: Name,
    /// Public number from its code.
    pub number: CircleNumber,
    /// Its passphrase.
    pub passphrase: Password,
}

/// Configuration of a node.
#[derive(Debug)]
pub struct Config {
    /// Its long-term key.
    pub identity: Identity,
    /// The name that its user goes by.
    pub name: Name,
    /// Port to listen on, with 0 for any. `None` is [`PORT`], or any if that is taken.
    pub port: Option<u16>,
    /// Whom to accept.
    pub policy: Policy,
    /// The circle that is meant where none is named.
    pub circle: CircleConfig,
    /// Further circles.
    pub others: Vec<CircleConfig>,
    /// Contacts of earlier runs.
    pub contacts: Vec<Remembered>,
    /// On which interfaces to look for others and be found; `None` for nowhere.
    pub discovery: Option<Choice>,
    /// Folder for files that are received, unless another one is named for one of them.
    pub inbox: Option<PathBuf>,
    /// What was offered in an earlier run, and is to be [offered again](Handle::offer_again): until then it stays stored.
    pub sends: Vec<Unsent>,
}

/// What a node keeps of a contact when it is not running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The contact.
    pub known: Known,
    /// Name of the circle in which it was met.
    pub circle: Name,
}

/// Contacts that must outlast the node, each with the name of its circle.
pub type Lasting<'a, 'c> = &'a mut (dyn Iterator<Item = (&'c Known, &'c Name)> + 'c);

/// What the user has set anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The name that they go by.
    pub name: Option<Name>,
    /// Whom to accept.
    pub policy: Option<Policy>,
    /// Folder for files that are received.
    pub folder: Option<PathBuf>,
}

/// Where a node keeps what must outlast it. An error is told to the user.
pub trait Store: Send {
    /// Stores the contacts, which have changed.
    fn store_contacts(&mut self, contacts: Lasting<'_, '_>) -> Result<(), String>;

    /// Stores what is to be offered again in a later run, and to whom, which has changed.
    fn store_sends(&mut self, sends: Vec<Unsent>) -> Result<(), String>;

    /// Stores what the user has set anew.
    fn store_changes(&mut self, changes: Changes) -> Result<(), String>;
}

/// A node that runs, for those who use it. It ends when the last of them is gone, or is asked to.
#[derive(Clone)]
pub struct Handle {
    requests: Commander<Request>,
    /// Number of the next subscription.
    subscriptions: Arc<AtomicU64>,
}

/// A subscription to the news of a node. There are no more of them once it is dropped.
#[derive(Debug)]
pub struct Subscription {
    handle: Handle,
    id: SubscriptionId,
}

/// A node, as a tenant of the reactor.
pub(super) struct NodeServer {
    reactor: Reactor<Connection>,
    listener: Listener,
    requests: Commands<Request>,
    discovering: Option<Discovering>,
    zones: Zones,
    inquiries: Inquiries,
    node: Node<Boxed>,
    circles: Circles,
    pool: Pool,
    journal: Journal,
    storing: Storing,
    stored: Fingerprint,
    /// Half-open connections, at most [`HALF_OPEN_MAX`], oldest first.
    half_open: Vec<Key>,
    /// Those who call by a program of the first generation.
    callers: Vec<Caller>,
    transfers: Transfers,
    /// Number of calls in this run.
    calls: u64,
    /// Number of texts to callers in this run.
    texts_to_callers: u32,
    /// How the links of those ended who have left, until it is told.
    reasons: HashMap<ContactId, Ended>,
    /// Whether something has happened that other links than the one at hand may have to act on.
    is_stirred: bool,
    reports: Reports,
    end: Option<Instant>,
}

/// Starts a node in a thread, which ends with the node.
pub fn start(config: Config, store: Box<dyn Store>) -> io::Result<(Handle, JoinHandle<io::Result<()>>)> {
    let looking = if config.discovery.is_some() { Finder::FILES } else { 0 };
    descriptors::allow(CONNECTIONS, Server::FILES + looking + transfers::FILES)?;
    let reactor = Reactor::new(CONNECTIONS)?;
    let (requests, queue) = commands(&reactor, REQUEST, REQUESTS)?;
    let mut server = NodeServer::bind(config, reactor, (requests.clone(), queue), store)?;
    let thread = thread::Builder::new().name("node".into()).spawn(move || reactor::run(&mut server))?;
    Ok((Handle { requests, subscriptions: Arc::default() }, thread))
}

impl NodeServer {
    fn bind(
        config: Config,
        reactor: Reactor<Connection>,
        (waker, requests): (Commander<Request>, Commands<Request>),
        store: Box<dyn Store>,
    ) -> io::Result<Self> {
        let Config { identity, name, port, policy, circle, others, contacts, discovery, inbox, sends } =
            config;
        let listener = listen(port, &reactor)?;
        let port = NonZeroU16::new(listener.local_addr()?.port());
        let mut journal = Journal::default();
        let discovering = match (discovery, port) {
            (Some(choice), Some(port)) => journal.or_alone(Discovering::start(&reactor, port, choice)),
            _ => None,
        };
        let now = reactor.now();
        let run = u32::from_ne_bytes(p2pm_posix::random::bytes()?);
        let seed = u64::from_ne_bytes(p2pm_posix::random::bytes()?);
        let mut node = Node::new(now, Setup { identity, name, port, policy, run, seed }, rows());
        let circles = join_all(&mut node, circle, others)?;
        for Remembered { known, circle } in &contacts {
            // Those of a circle that was left are not for this run.
            if let Some(circle) = circles.find(circle.as_str()) {
                node.remember(now, known.clone(), circle);
            }
        }
        let mut stored = Fingerprint::default();
        stored.update(lasting(&node, &circles));
        let reports = Reports::new(waker);
        Ok(Self {
            reactor,
            listener,
            requests,
            discovering,
            zones: Zones::default(),
            inquiries: Inquiries::default(),
            node,
            circles,
            pool: Pool::default(),
            journal,
            storing: Storing::start(store, reports.clone())?,
            stored,
            half_open: Vec::new(),
            callers: Vec::new(),
            transfers: Transfers::start(inbox, sends, reports.clone())?,
            calls: 0,
            texts_to_callers: 0,
            reasons: HashMap::new(),
            is_stirred: false,
            reports,
            end: None,
        })
    }

    /// Somebody, as news and answers name them.
    fn person(&self, id: ContactId) -> Person {
        match self.node.contact(id) {
            Some(contact) => Person {
                name: contact.known().name.as_ref().map(|name| name.as_str().to_owned()),
                tag: contact.known().key.tag().to_string(),
            },
            None => Person { name: None, tag: String::new() },
        }
    }

    /// Stores the contacts that are worth it, if they have changed.
    fn store_contacts(&mut self) {
        if self.stored.update(lasting(&self.node, &self.circles)) {
            let all = lasting(&self.node, &self.circles);
            self.storing.contacts(all.map(|(known, circle)| (known.clone(), circle.clone())).collect());
        }
    }

    /// Looks at what other threads have reported.
    fn hear_reports(&mut self, now: Instant) {
        for happened in self.reports.take() {
            match happened {
                Happened::Carried { file, contact, report } => self.carried(now, file, contact, *report),
                Happened::Done(done) => self.disk_has_done(done),
                Happened::Untold(untold) => self.tell_whole(*untold),
                Happened::NotStored(why) => self.journal.tell(News::NotStored { why }),
            }
        }
    }

    /// Starts to end: says goodbye to everyone.
    fn stop(&mut self, now: Instant) {
        if self.end.is_none() {
            self.end = Some(now + LINGER_TIMEOUT);
            self.leave_all(now);
            if let Some(discovering) = &mut self.discovering {
                discovering.leave(now);
            }
        }
    }
}

/// The contacts that are worth to be stored.
fn lasting<'a>(
    node: &'a Node<Boxed>,
    circles: &'a Circles,
) -> impl Iterator<Item = (&'a Known, &'a Name)> + use<'a> {
    let is_lasting = |known: &Known| known.is_accepted() || known.trust == Some(CoreTrust::Blocked);
    node.contacts()
        .filter(move |(_, contact)| is_lasting(contact.known()))
        .map(|(_, contact)| (contact.known(), circles.name(contact.circle())))
}

/// Joins circles, the first of which is meant where none is named.
fn join_all(node: &mut Node<Boxed>, first: CircleConfig, others: Vec<CircleConfig>) -> io::Result<Circles> {
    let mut join = |CircleConfig { name, number, passphrase }| {
        let joined = node.join(number, door::new(passphrase)?);
        let id = joined.map_err(|error| io::Error::other(format!("circle {}: {error}", name.as_str())))?;
        Ok::<_, io::Error>((name, id))
    };
    let (name, id) = join(first)?;
    let mut circles = Circles::new(name, id);
    for other in others {
        let (name, id) = join(other)?;
        circles.add(name, id);
    }
    Ok(circles)
}

/// Listens on all addresses of this machine.
fn bind_any<C>(port: u16, reactor: &Reactor<C>, source: Source) -> io::Result<Listener> {
    let any: [IpAddr; 2] = [Ipv6Addr::UNSPECIFIED.into(), Ipv4Addr::UNSPECIFIED.into()];
    let [both, ipv4] = any.map(|ip| SocketAddr::new(ip, port));
    // Where IPv6 is switched off, there is no such address.
    Listener::bind(both, reactor, source).or_else(|e| match e.kind() {
        io::ErrorKind::AddrInUse => Err(e),
        _ => Listener::bind(ipv4, reactor, source),
    })
}

/// Listens on the chosen port, or on [`PORT`] or any other.
fn listen<C>(port: Option<u16>, reactor: &Reactor<C>) -> io::Result<Listener> {
    let on = |port: u16| bind_any(port, reactor, LISTENER);
    match port {
        Some(port) => on(port).map_err(|e| io::Error::new(e.kind(), format!("port {port}: {e}"))),
        None => on(PORT.get()).or_else(|_| on(0)),
    }
}

impl Tenant for NodeServer {
    type Connection = Connection;

    fn reactor(&mut self) -> &mut Reactor<Connection> {
        &mut self.reactor
    }

    fn handle_ready(&mut self, now: Instant, source: Source) {
        match source {
            LISTENER => self.listener.set_ready(now),
            REQUEST => self.requests.set_ready(now),
            source => {
                if let Some(discovering) = &mut self.discovering {
                    discovering.set_ready(now, source);
                }
            }
        }
    }

    fn poll_connection(&mut self, now: Instant, key: Key) {
        self.serve(now, key);
    }

    fn connection_deadline(&mut self, key: Key) -> Option<Instant> {
        self.reactor.get_mut(key)?.deadline(&mut self.node)
    }

    fn end_poll(&mut self, now: Instant) -> ControlFlow<()> {
        self.answer_all(now);
        self.discover(now);
        self.answer_inquiries(now);
        self.hear_reports(now);
        self.carry_all(now);
        if self.end.is_none() {
            self.admit_all(now);
            self.dial_all(now);
        }
        self.spread(now);
        self.search_if_alone(now);
        let has_left = self.reactor.is_empty() && self.discovering.as_ref().is_none_or(Discovering::has_left);
        let is_over = self.end.is_some_and(|end| now >= end || has_left);
        if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn deadline(&self) -> Option<Instant> {
        let requests = self.requests.deadline();
        let work = match self.end {
            // A node that ends neither accepts nor dials.
            Some(_) => self.end,
            None => earliest(self.node.dial_deadline(self.reactor.now()), self.listener.deadline()),
        };
        let discovery = self.discovering.as_ref().and_then(Discovering::deadline);
        let transfers = self.carry_deadline();
        [requests, discovery, transfers, self.inquiries.deadline()].into_iter().fold(work, earliest)
    }
}

impl Handle {
    /// Asks the node, and waits for its answer. Host names are resolved here, and what is to be offered is looked at, which may
    /// take a while.
    pub fn ask(&self, ask: Ask) -> Answer {
        match Self::prepare(ask) {
            Ok(order) => self.order(order),
            Err(text) => Answer::error(ErrorKind::Usage, text),
        }
    }

    /// Makes a request into what the node takes.
    fn prepare(ask: Ask) -> Result<Order, String> {
        ask.check_path()?;
        match ask {
            Ask::Connect { address, circle } => {
                resolve_written(&address, PORT).map(|addresses| Order::Connect(addresses, circle))
            }
            Ask::Meet { address, circle } => {
                resolve_written(&address, SERVER_PORT).map(|addresses| Order::Meet(addresses, circle))
            }
            Ask::SendFile { to, circle, path } => {
                let offered = Offered::prepare(&path).map_err(|trouble| trouble.to_string());
                offered.map(|offered| Order::Offer { offered: Box::new(offered), path, to, circle })
            }
            ask => Ok(Order::Ask(ask)),
        }
    }

    /// Offers something that was offered in an earlier run: with the same number, if it is the same still.
    pub fn offer_again(&self, send: Unsent) -> Answer {
        let offered = Offered::prepare(&send.path).map(Box::new);
        self.order(Order::OfferAgain(send, offered))
    }

    /// Listens to the news after the number `since`, or from now on.
    pub fn listen(&self, since: Option<u64>) -> Receiver<Numbered> {
        self.listen_as(None, since)
    }

    /// The same, for a thread that waits for the news although nobody may be there any more to be told them.
    pub fn subscribe(&self, since: Option<u64>) -> (Receiver<Numbered>, Subscription) {
        let id = SubscriptionId(self.subscriptions.fetch_add(1, Ordering::Relaxed));
        (self.listen_as(Some(id), since), Subscription { handle: self.clone(), id })
    }

    fn listen_as(&self, subscription: Option<SubscriptionId>, since: Option<u64>) -> Receiver<Numbered> {
        let (sender, receiver) = sync_channel(NEWS_QUEUE);
        self.order(Order::Listen(since, sender, subscription));
        receiver
    }

    fn order(&self, order: Order) -> Answer {
        let (reply, answer) = sync_channel(1);
        let unavailable = || Answer::error(ErrorKind::Unavailable, "the node does not answer");
        match self.requests.send(Request { order, reply }) {
            Ok(()) => answer.recv().unwrap_or_else(|_| unavailable()),
            Err(_) => unavailable(),
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        // A node that is overloaded notices it with the next news.
        self.handle.order(Order::Unsubscribe(self.id));
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle")
    }
}
