//! Connections from loopback addresses.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// A connection from any address of this machine, such as those of 127.0.0.0/8, once it is established; fails
/// if it is not within `limit`.
pub fn connect_from(from: impl Into<IpAddr>, to: SocketAddr, limit: Duration) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(to), Type::STREAM, None)?;
    socket.bind(&SocketAddr::new(from.into(), 0).into())?;
    socket.connect_timeout(&to.into(), limit)?;
    Ok(socket.into())
}
