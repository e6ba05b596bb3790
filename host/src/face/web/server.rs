//! The server: connections of this machine's users, and where their requests go.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use p2pm_posix::owner::owner_of_connection;
use rustix::process::geteuid;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::Semaphore;

use super::guard::{SEND, SESSION, guard};
use super::limits::{HEAD_MAX, HEAD_TIME, HEADERS_MAX, SOCKETS, THREADS};
use super::site::Site;
use super::{assets, download, news, requests, settings, upload};
use crate::reactor::socket::{ErrorClass, PAUSE};

const ROOT: u32 = 0;

/// Serves the page until the program ends, or, if it `ends`, until no browser has been there for a while after the first.
pub(super) fn serve(listener: StdListener, site: &Arc<Site>, ends: bool) -> io::Result<()> {
    let runtime =
        Builder::new_current_thread().enable_io().enable_time().max_blocking_threads(THREADS).build()?;
    let served = runtime.block_on(async {
        listener.set_nonblocking(true)?;
        let (listener, routes) = (TcpListener::from_std(listener)?, routes(Arc::clone(site)));
        let accepting = tokio::spawn(async move { accept_all(&listener, routes).await });
        if ends {
            site.left().await;
            Ok(())
        } else {
            accepting.await.map_err(io::Error::other)
        }
    });
    // A thread may wait for a disk that hangs.
    runtime.shutdown_background();
    served
}

fn routes(site: Arc<Site>) -> Router {
    Router::new()
        .route(SESSION, post(requests::session))
        .route("/api/state", get(requests::state))
        .route("/api/start", post(requests::start))
        .route("/api/restart", post(requests::restart))
        .route("/api/invite", get(requests::invite))
        .route("/api/news", get(news::news))
        .route("/api/do", post(requests::ask))
        .route(SEND, post(upload::send))
        .route("/api/file/{file}", get(download::file))
        .route("/api/picture/{file}", get(download::picture))
        .route("/api/open", post(requests::open))
        .route("/api/settings", get(settings::tell).post(settings::change))
        .route("/api/doctor", get(requests::examine))
        .fallback(assets::serve)
        .layer(from_fn_with_state(Arc::clone(&site), guard))
        .with_state(site)
}

/// Whoever comes while there are too many waits in the system's queue.
async fn accept_all(listener: &TcpListener, routes: Router) {
    let sockets = Arc::new(Semaphore::new(SOCKETS));
    while let Ok(permit) = Arc::clone(&sockets).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, client)) => {
                let routes = routes.clone();
                tokio::spawn(async move {
                    let _permit = permit;
                    if is_of_user(&stream, client).await {
                        converse(stream, routes).await;
                    }
                });
            }
            // It would say the same again at once.
            Err(error) if ErrorClass::of(&error) == ErrorClass::System => tokio::time::sleep(PAUSE).await,
            Err(_) => {}
        }
    }
}

/// Whether the other end is a program of the user's, or root's, who can do anything anyway. What another user of the machine
/// finds out is worth nothing without that.
async fn is_of_user(stream: &TcpStream, client: SocketAddr) -> bool {
    let Ok(server) = stream.local_addr() else { return false };
    let owner = tokio::task::spawn_blocking(move || owner_of_connection(client, server)).await;
    matches!(owner, Ok(Ok(Some(owner))) if owner == geteuid().as_raw() || owner == ROOT)
}

async fn converse(stream: TcpStream, routes: Router) {
    let _ = stream.set_nodelay(true);
    let mut settings = http1::Builder::new();
    settings
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_MAX)
        .max_headers(HEADERS_MAX);
    // An error ends this connection alone.
    let _ = settings.serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes)).await;
}
