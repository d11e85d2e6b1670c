//! A session: one user agent, and the fetches that are open in it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use serde_json::Value;

use super::config::{Agent, Hello};
use super::drive::{Run, drive};
use super::fault::Fault;
use super::message::Message;
use super::request::{Built, Start};
use super::talk::{Port, Reply, Said};
use super::value::{Id, Moment, Object};
use super::{MAX_OPEN_FETCHES, cache, read, reply};

/// All that there is.
#[derive(Default)]
pub(super) struct Session {
    /// The user agent, once the caller has said hello.
    agent: Option<Agent>,
    fetches: HashMap<String, Parked>,
}

/// A fetch that waits for its caller.
struct Parked {
    port: Rc<Port>,
    drive: Pin<Box<dyn Future<Output = Value>>>,
}

/// Whether a fetch is still there.
enum State {
    Open,
    Over,
}

impl Session {
    /// Answers a line.
    pub(super) fn answer(&mut self, line: &[u8]) -> Value {
        read::message(line).and_then(|message| self.obey(message)).unwrap_or_else(Fault::into_reply)
    }

    fn obey(&mut self, message: Message) -> Result<Value, Fault> {
        match message {
            Message::Hello(Object(hello)) => self.hello(*hello),
            Message::Start(Object(start)) => self.start(*start),
            Message::Respond(Object(it)) => self.say(it.id.clone(), it.now, Ok(it.said())),
            Message::Fail(Object(it)) => self.say(it.id.clone(), it.now, Ok(it.said())),
            Message::Gate(Object(it)) => self.say(it.id.clone(), it.now, it.said()),
            Message::ServiceWorker(Object(it)) => self.say(it.id.clone(), it.now, it.said()),
            Message::Delivery(Object(it)) => self.say(it.id.clone(), it.now, it.said()),
            Message::NextManualRedirect(Object(it)) => self.say(it.id, it.now, Ok(Said::NextManualRedirect)),
            Message::Abort(Object(it)) => self.say(it.id, it.now, Ok(Said::Abort)),
            Message::Cache(command) => cache::obey(command, self.agent()?),
        }
    }

    fn agent(&self) -> Result<&Agent, Fault> {
        self.agent.as_ref().ok_or_else(Fault::no_hello)
    }

    fn hello(&mut self, hello: Hello) -> Result<Value, Fault> {
        if self.agent.is_some() {
            return Err(Fault::second_hello());
        }
        self.agent = Some(hello.agent()?);
        Ok(reply::hello())
    }

    fn start(&mut self, start: Start) -> Result<Value, Fault> {
        let Id(id) = start.id.clone();
        let about = |fault: Fault| fault.about(id.clone());
        let agent = self.agent().map_err(about)?;
        if self.fetches.contains_key(&id) {
            return Err(about(Fault::id_in_use()));
        }
        if self.fetches.len() >= MAX_OPEN_FETCHES {
            return Err(about(Fault::too_many_fetches()));
        }
        let now = start.now.0;
        let Built { request, is_handed_redirects } = start.build(&agent.schemes).map_err(about)?;
        let run = Run {
            id: id.clone(),
            fetch: agent.user_agent.fetch(request, now),
            asks_deliveries: agent.deliveries,
            tells_trace: agent.trace,
            is_handed_redirects,
        };
        let port = Rc::new(Port::default());
        let mut parked = Parked { port: Rc::clone(&port), drive: Box::pin(drive(run, port)) };
        let (state, reply) = parked.go_on();
        if matches!(state, State::Open) {
            self.fetches.insert(id.clone(), parked);
        }
        reply.map_err(|fault| fault.about(id))
    }

    /// Says something to a fetch, or finds that it cannot be said.
    fn say(&mut self, Id(id): Id, Moment(now): Moment, said: Result<Said, Fault>) -> Result<Value, Fault> {
        if let Err(fault) = self.agent() {
            return Err(fault.about(id));
        }
        let Entry::Occupied(mut parked) = self.fetches.entry(id.clone()) else {
            return Err(Fault::unknown_id().about(id));
        };
        let said = match said {
            Ok(said) => said,
            Err(fault) => return Err(fault.about(id)),
        };
        parked.get().port.say(said, now);
        let (state, reply) = parked.get_mut().go_on();
        if matches!(state, State::Over) {
            parked.remove();
        }
        reply.map_err(|fault| fault.about(id))
    }
}

impl Parked {
    /// Lets the fetch run until it asks or ends.
    fn go_on(&mut self) -> (State, Result<Value, Fault>) {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(reply) = self.drive.as_mut().poll(&mut context) {
            return (State::Over, Ok(reply));
        }
        match self.port.take_reply() {
            Some(Reply::Message(reply)) => (State::Open, Ok(reply)),
            Some(Reply::Fault(fault)) => (State::Open, Err(fault)),
            None => (State::Over, Err(Fault::internal())),
        }
    }
}
