//! A forward proxy on loopback that plays every server of a case, under the names that the case gives them.
//!
//! http comes as requests for absolute URLs, https through tunnels in which TLS ends here. Nothing is passed on to
//! anywhere.

mod certificate;
mod connection;
mod stage;
#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::ServerConfig;

use self::certificate::Identity;
pub(super) use self::stage::{Page, Stage};
use crate::Failure;
use crate::run::lock;

/// How many connections may be open at a time; browsers open some to spare.
const MOST_CONNECTIONS: usize = 256;

/// The proxy of one browser.
#[derive(Debug)]
pub(super) struct Proxy {
    shared: Arc<Shared>,
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    stage: Mutex<Stage>,
    tls: Arc<ServerConfig>,
    is_over: AtomicBool,
    connections: AtomicUsize,
}

impl Proxy {
    /// Starts it on a free port.
    pub(super) fn start() -> Result<Self, Failure> {
        Self::with(Identity::new()?)
    }

    fn with(identity: Identity) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| format!("the proxy does not start: {error}");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let shared = Arc::new(Shared {
            stage: Mutex::default(),
            tls: identity.server_config()?,
            is_over: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
        });
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::spawn(move || accept(&listener, &of_thread));
        Ok(Self { shared, address, thread: Some(thread) })
    }

    /// Where it listens.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it answers, and what it saw.
    pub(super) fn stage(&self) -> MutexGuard<'_, Stage> {
        lock(&self.shared.stage)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // Wakes the listener; one that is gone needs no waking.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept() {
        if shared.is_over.load(Ordering::SeqCst) {
            return;
        }
        if shared.connections.fetch_add(1, Ordering::SeqCst) >= MOST_CONNECTIONS {
            shared.connections.fetch_sub(1, Ordering::SeqCst);
            continue;
        }
        let shared = Arc::clone(shared);
        std::thread::spawn(move || {
            connection::serve(stream, &shared.tls, &shared.stage);
            shared.connections.fetch_sub(1, Ordering::SeqCst);
        });
    }
}
