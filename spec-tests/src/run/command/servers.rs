//! The scripted servers: one listener a symbolic origin, on loopback addresses.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::Failure;
use crate::run::wire::script::{Reply, Script};
use crate::run::wire::{Server, http1};
use crate::symbols::Bindings;

/// Symbols, and the last number of the loopback address on which each listens.
const HOSTS: [(&str, u8); 6] =
    [("CLIENT", 1), ("CLIENT_PORT2", 1), ("SUB", 2), ("SUB_PORT2", 2), ("SUB2", 3), ("ALT", 4)];
/// How many connections may be open at a time.
const MOST_CONNECTIONS: usize = 64;

/// The servers of one job.
#[derive(Debug)]
pub(super) struct Servers {
    shared: Arc<Shared>,
    addresses: Vec<SocketAddr>,
    threads: Vec<JoinHandle<()>>,
    bindings: Bindings,
}

#[derive(Debug, Default)]
struct Shared {
    script: Mutex<Script>,
    is_over: AtomicBool,
    connections: AtomicUsize,
}

impl Servers {
    /// Starts them.
    pub(super) fn start() -> Result<Self, Failure> {
        let shared = Arc::new(Shared::default());
        let mut servers = Self {
            shared,
            addresses: Vec::new(),
            threads: Vec::new(),
            bindings: std::iter::empty::<(&str, &str)>().collect(),
        };
        let mut origins = Vec::new();
        for (symbol, last) in HOSTS {
            let address = IpAddr::V4(Ipv4Addr::new(127, 0, 0, last));
            let listener = TcpListener::bind((address, 0))
                .map_err(|error| format!("{address} cannot be listened on, and the hosts need it: {error}"))?;
            let address = listener.local_addr().map_err(|error| error.to_string())?;
            origins.push((symbol, format!("http://{address}")));
            servers.addresses.push(address);
            let shared = Arc::clone(&servers.shared);
            servers.threads.push(std::thread::spawn(move || accept(&listener, address, &shared)));
        }
        servers.bindings = origins.into_iter().collect();
        Ok(servers)
    }

    /// Where they listen.
    pub(super) const fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    /// What they answer, and what they saw.
    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        lock(&self.shared.script)
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        for address in &self.addresses {
            // Wakes the listener; one that is gone needs no waking.
            let _ = TcpStream::connect_timeout(address, Duration::from_secs(1));
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn lock(script: &Mutex<Script>) -> MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(listener: &TcpListener, address: SocketAddr, shared: &Arc<Shared>) {
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
            serve(stream, address, &shared);
            shared.connections.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

fn serve(mut stream: TcpStream, address: SocketAddr, shared: &Shared) {
    if http1::prepare(&stream).is_none() {
        return;
    }
    let Some(received) = http1::receive(&mut stream) else { return };
    let server = Server { scheme: "http", host: address.ip().to_string(), port: address.port() };
    let reply = lock(&shared.script).reply(&server, &received);
    if let Reply::Response { head, body } = reply {
        http1::send(&mut stream, &head, &body);
    }
}
