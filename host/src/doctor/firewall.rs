//! How firewalls are told what to let through.

use std::fmt;
use std::fs;
use std::path::Path;

use p2pm_core::limits::{BROADCAST_PORT, SSDP_PORT};

use crate::node::PORT;

/// Program that manages the firewall of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    Ufw,
    Firewalld,
    /// Another one, or the rules of nftables themselves.
    Nftables,
}

impl Tool {
    pub(super) fn detect() -> Self {
        let ufw = fs::read_to_string("/etc/ufw/ufw.conf").unwrap_or_default();
        if ufw.lines().any(|line| line.trim() == "ENABLED=yes") {
            Self::Ufw
        } else if Path::new("/run/firewalld").exists() {
            Self::Firewalld
        } else {
            Self::Nftables
        }
    }

    /// Commands that let in what p2pm needs: searches and announcements, the answers to its searches, and links.
    pub(super) fn opening(self) -> impl fmt::Display {
        fmt::from_fn(move |f| match self {
            Self::Ufw => write!(
                f,
                "sudo ufw allow {SSDP_PORT}/udp; sudo ufw allow {BROADCAST_PORT}/udp; \
                 sudo ufw allow proto udp from any port {SSDP_PORT}; sudo ufw allow {PORT}/tcp"
            ),
            Self::Firewalld => write!(
                f,
                "sudo firewall-cmd --permanent --add-port={SSDP_PORT}/udp --add-port={BROADCAST_PORT}/udp \
                 --add-source-port={SSDP_PORT}/udp --add-port={PORT}/tcp; sudo firewall-cmd --reload"
            ),
            Self::Nftables => write!(
                f,
                "sudo nft 'insert rule inet filter input udp dport {{ {SSDP_PORT}, {BROADCAST_PORT} }} accept; \
                 insert rule inet filter input udp sport {SSDP_PORT} accept; \
                 insert rule inet filter input tcp dport {PORT} accept'"
            ),
        })
    }
}
