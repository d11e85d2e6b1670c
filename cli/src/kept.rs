//! Answers that are kept, so that a request which another profile makes alike, line by line, is not sent again.

use std::cell::RefCell;
use std::rc::Rc;

use url::Url;

use crate::net::{Answer, BodyReader, Head, Line, NetFailure};

/// What makes two requests alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asking {
    pub(crate) method: String,
    pub(crate) url: Url,
    pub(crate) lines: Vec<Line>,
}

/// One request and its answer.
#[derive(Debug)]
struct Kept {
    asking: Asking,
    answer: Result<Head, NetFailure>,
}

/// All answers of a run; several hosts share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keeper {
    kept: Rc<RefCell<Vec<Kept>>>,
}

impl Keeper {
    /// For a host that has used none of the answers yet. Without the network, what is not kept fails.
    pub(crate) fn reader(&self, may_send: bool) -> KeptAnswers {
        KeptAnswers { keeper: self.clone(), used: Vec::new(), may_send }
    }

    /// How many requests went over the wire.
    pub(crate) fn sent(&self) -> usize {
        self.kept.borrow().len()
    }
}

/// The answers as one host goes through them: each is used once.
#[derive(Debug)]
pub(crate) struct KeptAnswers {
    keeper: Keeper,
    used: Vec<usize>,
    may_send: bool,
}

impl KeptAnswers {
    /// The next answer to such a request; `None` if it has to be sent.
    pub(crate) fn take(&mut self, asking: &Asking) -> Option<Result<Answer, NetFailure>> {
        let kept = self.keeper.kept.borrow();
        let found = (0..).zip(&*kept).find(|(index, kept)| kept.asking == *asking && !self.used.contains(index));
        let answer = match found {
            Some((index, kept)) => {
                self.used.push(index);
                kept.answer.clone()
            }
            None if self.may_send => return None,
            None => Err(NetFailure::protocol("no such request was sent")),
        };
        Some(answer.map(|head| Answer { head, body: BodyReader::empty() }))
    }

    /// Keeps an answer that came over the wire.
    pub(crate) fn keep(&mut self, asking: Asking, answer: &Result<Answer, NetFailure>) {
        let answer = answer.as_ref().map(|answer| answer.head.clone()).map_err(Clone::clone);
        let mut kept = self.keeper.kept.borrow_mut();
        self.used.push(kept.len());
        kept.push(Kept { asking, answer });
    }
}
