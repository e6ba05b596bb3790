//! Messages as they are sent: what the tools of others accept, and our own read.

use core::net::{IpAddr, SocketAddr};

use super::target::{SearchFor, Target};
use super::text::Text;
use super::uuid::Uuid;
use super::{ALL, Announced, CONFIG_ID, DESCRIPTION_PATH, DEVICE_TYPE, PORT_HEADER, ROOT_DEVICE};
use crate::limits::{MAX_AGE, SEARCH_MAX_WAIT};

/// Name of the software (UPnP Device Architecture 2.0 §1.2.2).
const SOFTWARE: &str = "p2pm/1 UPnP/2.0 p2pm/1";

/// What an announcement or an answer says.
#[derive(Clone, Copy)]
pub(super) struct Said {
    pub(super) id: Uuid,
    pub(super) ports: Announced,
    pub(super) target: Target,
    pub(super) boot_id: u32,
}

impl Said {
    pub(super) fn alive(&self, out: &mut Text<'_>, to: SocketAddr, ours: IpAddr) {
        start_notify(out, to, "ssdp:alive");
        put_validity(out);
        self.put_location(out, ours);
        self.put_target(out, "NT");
        self.put_end(out);
    }

    pub(super) fn byebye(&self, out: &mut Text<'_>, to: SocketAddr) {
        start_notify(out, to, "ssdp:byebye");
        self.put_target(out, "NT");
        self.put_end(out);
    }

    pub(super) fn update(&self, out: &mut Text<'_>, to: SocketAddr, ours: IpAddr, next_boot_id: u32) {
        start_notify(out, to, "ssdp:update");
        self.put_location(out, ours);
        self.put_target(out, "NT");
        out.number_field("NEXTBOOTID.UPNP.ORG", next_boot_id.into());
        self.put_end(out);
    }

    pub(super) fn answer(&self, out: &mut Text<'_>, ours: IpAddr) {
        out.text("HTTP/1.1 200 OK\r\n");
        put_validity(out);
        out.text("EXT:\r\n");
        self.put_location(out, ours);
        self.put_target(out, "ST");
        self.put_end(out);
    }

    fn put_location(&self, out: &mut Text<'_>, ours: IpAddr) {
        out.name("LOCATION");
        out.text("http://");
        out.authority(SocketAddr::new(ours, self.ports.description.get()));
        out.text(DESCRIPTION_PATH);
        out.end_line();
    }

    /// The target, and the USN: the UUID, and the target unless that is the UUID.
    fn put_target(&self, out: &mut Text<'_>, name: &str) {
        out.name(name);
        let kind = match self.target {
            Target::Root => Some(ROOT_DEVICE),
            Target::Device => None,
            Target::Type => Some(DEVICE_TYPE),
        };
        match kind {
            Some(kind) => out.text(kind),
            None => self.put_id(out),
        }
        out.end_line();
        out.name("USN");
        self.put_id(out);
        if let Some(kind) = kind {
            out.text("::");
            out.text(kind);
        }
        out.end_line();
    }

    fn put_id(&self, out: &mut Text<'_>) {
        out.text("uuid:");
        out.bytes(&self.id.to_text());
    }

    fn put_end(&self, out: &mut Text<'_>) {
        out.number_field("BOOTID.UPNP.ORG", self.boot_id.into());
        out.number_field("CONFIGID.UPNP.ORG", CONFIG_ID.into());
        out.number_field(PORT_HEADER, self.ports.node.get().into());
        out.end_line();
    }
}

pub(super) fn search(out: &mut Text<'_>, id: Uuid, to: SocketAddr, what: SearchFor) {
    out.text("M-SEARCH * HTTP/1.1\r\n");
    put_host(out, to);
    out.field("MAN", "\"ssdp:discover\"");
    out.number_field("MX", SEARCH_MAX_WAIT.into());
    out.field(
        "ST",
        match what {
            SearchFor::Nodes => DEVICE_TYPE,
            SearchFor::All => ALL,
        },
    );
    out.field("USER-AGENT", SOFTWARE);
    out.field("CPFN.UPNP.ORG", "p2pm");
    out.name("CPUUID.UPNP.ORG");
    out.bytes(&id.to_text());
    out.end_line();
    out.end_line();
}

fn start_notify(out: &mut Text<'_>, to: SocketAddr, kind: &str) {
    out.text("NOTIFY * HTTP/1.1\r\n");
    put_host(out, to);
    out.field("NTS", kind);
}

fn put_host(out: &mut Text<'_>, to: SocketAddr) {
    out.name("HOST");
    out.authority(to);
    out.end_line();
}

fn put_validity(out: &mut Text<'_>) {
    out.name("CACHE-CONTROL");
    out.text("max-age=");
    out.number(MAX_AGE.as_secs());
    out.end_line();
    out.field("SERVER", SOFTWARE);
}
