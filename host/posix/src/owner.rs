//! Whose a connection within this machine is: the table of TCP over IPv4.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;

/// Number of the user whose program has the end `ours` of a connection to `theirs`; `None` if none has it open: one that is
/// closed is everybody's, which the table shows as root's. Nor is one of IPv6 on the table.
///
/// # Errors
///
/// If the table cannot be read.
pub fn owner_of_connection(ours: SocketAddr, theirs: SocketAddr) -> io::Result<Option<u32>> {
    let (SocketAddr::V4(ours), SocketAddr::V4(theirs)) = (ours, theirs) else { return Ok(None) };
    // The bytes of an address are shown as those of a number of this machine.
    let ends =
        [ours, theirs].map(|end| format!("{:08X}:{:04X}", u32::from_ne_bytes(end.ip().octets()), end.port()));
    // Line by line: on a busy machine it is long.
    find(BufReader::new(File::open("/proc/net/tcp")?), &ends)
}

/// State of a connection that no end has closed.
const ESTABLISHED: &str = "01";

fn find(table: impl BufRead, ends: &[String; 2]) -> io::Result<Option<u32>> {
    for line in table.lines().skip(1) {
        let line = line?;
        let mut fields = line.split_whitespace().skip(1);
        if fields.next() == Some(&ends[0]) && fields.next() == Some(&ends[1]) {
            let is_established = fields.next() == Some(ESTABLISHED);
            // Between them are two queues, a timer and how often it was tried again; behind the user, a time.
            let (user, inode) = (fields.nth(3), fields.nth(1));
            let is_open = is_established && inode != Some("0");
            return Ok(user.filter(|_| is_open).and_then(|user| user.parse().ok()));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener, TcpStream};

    use rustix::process::geteuid;

    use super::*;

    #[test]
    fn a_connection_has_an_owner() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let ends = (client.local_addr().unwrap(), client.peer_addr().unwrap());
        assert_eq!(owner_of_connection(ends.0, ends.1).unwrap(), Some(geteuid().as_raw()));
        assert_eq!(owner_of_connection(ends.0, ends.0).unwrap(), None);
        drop(client);
        assert_eq!(owner_of_connection(ends.0, ends.1).unwrap(), None);
    }

    #[test]
    fn the_user_is_read() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
             0: 0100007F:1E62 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100\n   \
             1: 0100007F:C350 0100007F:1E62 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0 20\n   \
             2: 0100007F:C351 0100007F:1E62 05 00000000:00000000 00:00000000 00000000     0        0 0 1 0 20\n   \
             3: 0100007F:C352 0100007F:1E62 01 00000000:00000000 00:00000000 00000000     0        0 0 1 0 20\n   \
             4: 0100007F:C353 0100007F:1E62 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 20\n";
        let ends = |ours: &str, theirs: &str| [ours.to_owned(), theirs.to_owned()];
        let owner = |ours: &str, theirs: &str| find(table.as_bytes(), &ends(ours, theirs)).unwrap();
        assert_eq!(owner("0100007F:C350", "0100007F:1E62"), Some(1000));
        assert_eq!(owner("0100007F:C353", "0100007F:1E62"), Some(0));
        for closed in ["0100007F:C351", "0100007F:C352"] {
            assert_eq!(owner(closed, "0100007F:1E62"), None);
        }
        assert_eq!(owner("0100007F:1E62", "0100007F:C350"), None);
    }
}
