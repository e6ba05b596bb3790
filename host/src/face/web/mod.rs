//! The page: a face in the browser, for this user of this machine alone. `docs/WEB.md` describes it.

mod assets;
mod browser;
mod chunks;
mod download;
mod guard;
mod hosted;
mod limits;
mod news;
mod refusal;
mod requests;
mod server;
mod session;
mod settings;
mod site;
mod spool;
mod stored;
mod upload;

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::AsFd;
use std::sync::{Arc, PoisonError};
use std::thread;

use p2pm_posix::exit::Exit;
use p2pm_posix::signals::Signals;

use self::browser::Redirect;
use self::hosted::Hosted;
use self::limits::{FILES, PORT};
use self::session::Session;
use self::site::Site;
use super::command::print;
use super::options::{LaunchOptions, WebOptions};
use crate::config::profile::ProfileName;
use crate::reactor::descriptors;
use crate::term::report;
use crate::triad::shell::Stop;
use crate::wait::Waiter;

/// Runs `p2pm web` until a signal, or until its window is closed.
pub(super) fn main(profile: &ProfileName, launch: &LaunchOptions, options: &WebOptions) -> Exit {
    match run(profile, launch, options) {
        Ok(()) => Exit::Success,
        Err(stop) => stop.report("p2pm"),
    }
}

fn run(profile: &ProfileName, launch: &LaunchOptions, options: &WebOptions) -> Result<(), Stop> {
    let signals = Signals::install()?;
    let listener = bind(options.page_port)?;
    let port = listener.local_addr()?.port();
    // Before the node counts its own.
    descriptors::keep(FILES)?;
    let hosted = Hosted::open(profile.clone(), launch.clone())?;
    let site = Arc::new(Site::new(port, Session::new(port)?, hosted));
    let (ended, over) = io::pipe()?;
    let (of_server, ends) = (Arc::clone(&site), options.app);
    let server = thread::Builder::new().name("web".into()).spawn(move || {
        let result = server::serve(listener, &of_server, ends);
        // Closed by this, so that the wait below ends with the server.
        drop(over);
        result
    })?;
    invite(&site, port, options)?;
    let mut waiter = Waiter::new();
    let asked = waiter.read(signals.as_fd());
    waiter.read(ended.as_fd());
    let is_asked = waiter.wait(None)?.contains(asked);
    close(&site);
    site.hosted.stop()?;
    if is_asked {
        return Ok(());
    }
    server.join().unwrap_or_else(|_| Err(io::Error::other("the server has failed")))?;
    Ok(())
}

/// On this machine alone.
fn bind(port: Option<u16>) -> io::Result<TcpListener> {
    let on = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    match port {
        Some(port) => on(port).map_err(|e| io::Error::new(e.kind(), format!("port {port}: {e}"))),
        None => on(PORT).or_else(|_| on(0)),
    }
}

/// Says where the page is, and opens it.
fn invite(site: &Site, port: u16, options: &WebOptions) -> io::Result<()> {
    let address = format!("http://127.0.0.1:{port}/#{}", site.session.token());
    print(&address)?;
    if options.no_open {
        return Ok(());
    }
    let redirect = Redirect::to(&address, port)?;
    if !redirect.open(options.app) {
        report("p2pm: no browser was found: open this address in one");
        return Ok(());
    }
    let mut kept = site.redirect.lock().unwrap_or_else(PoisonError::into_inner);
    // The browser may have been here by now.
    *kept = Some(redirect).filter(|_| !site.session.is_used());
    Ok(())
}

fn close(site: &Site) {
    *site.redirect.lock().unwrap_or_else(PoisonError::into_inner) = None;
}
