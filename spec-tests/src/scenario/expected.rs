//! The script of a step: what must be asked, in order, with the answers.

use url::Url;

use super::observed::{ExchangeKind, Seen, SeenError, Sent};
use super::world::Script;
use super::{AnswerModel, ExchangeModel, OutcomeModel, RequestModel, compare};
use crate::Failure;
use crate::symbols::text;

/// What a fetch must do. Every method compares what it is told with that.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    /// The exchanges that are still to come.
    exchanges: std::iter::Enumerate<std::slice::Iter<'a, &'a ExchangeModel>>,
    outcome: &'a OutcomeModel,
    /// The number of the last exchange, and whether its manual redirect is followed.
    wanted_followed: (usize, Option<bool>),
}

fn describe(sent: &Sent) -> String {
    let lines: Vec<String> =
        sent.lines.iter().map(|(name, value)| format!("{}: {}", text(name), text(value))).collect();
    format!("{} {} [{}]", sent.method, sent.url, lines.join("; "))
}

impl<'a> Expected<'a> {
    pub(super) fn new(exchanges: &'a [&'a ExchangeModel], outcome: &'a OutcomeModel) -> Self {
        Self { exchanges: exchanges.iter().enumerate(), outcome, wanted_followed: (0, None) }
    }

    /// The next exchange, which must be of the kind that `pick` picks.
    fn next<T>(
        &mut self,
        kind: &str,
        about: &str,
        pick: impl FnOnce(&'a ExchangeModel) -> Option<&'a T>,
    ) -> Result<(usize, &'a T, &'a ExchangeModel), Failure> {
        let (index, exchange) =
            self.exchanges.next().ok_or_else(|| format!("one more {kind} than expected: {about}"))?;
        let kinds = [
            exchange.preflight.is_some(),
            exchange.request.is_some(),
            exchange.scheme.is_some(),
            exchange.service_worker.is_some(),
            exchange.gate.is_some(),
            exchange.next_manual_redirect.is_some(),
        ];
        if kinds.into_iter().filter(|is_it| *is_it).count() != 1 {
            return Err(format!("exchange {index} asks for nothing, or for several things"));
        }
        let model = pick(exchange).ok_or_else(|| format!("exchange {index} is a {kind}, wanted another: {about}"))?;
        Ok((index, model, exchange))
    }

    fn finish(&mut self) -> Result<(), Failure> {
        match self.exchanges.next() {
            None => Ok(()),
            Some((index, _)) => Err(format!("exchange {index} did not come")),
        }
    }
}

fn answer(index: usize, exchange: &ExchangeModel) -> Result<AnswerModel, Failure> {
    exchange.answer.clone().ok_or_else(|| format!("exchange {index} has no answer"))
}

impl<'a> Script for Expected<'a> {
    fn exchange(&mut self, sent: &Sent, cookie: Option<&[u8]>) -> Result<AnswerModel, Failure> {
        let pick = |model: &'a ExchangeModel| -> Option<&'a RequestModel> {
            match sent.kind {
                ExchangeKind::Preflight => model.preflight.as_ref(),
                ExchangeKind::Request => model.request.as_ref(),
                ExchangeKind::Scheme => model.scheme.as_ref(),
            }
        };
        let (index, model, exchange) = self.next(sent.kind.name(), &describe(sent), pick)?;
        compare::request_head(model, sent, cookie).map_err(|error| format!("exchange {index}: {error}"))?;
        answer(index, exchange)
    }

    fn gate(&mut self, url: &Url) -> Result<AnswerModel, Failure> {
        let (index, model, exchange) = self.next("gate", url.as_str(), |model| model.gate.as_ref())?;
        compare::hop(model, url).map_err(|error| format!("exchange {index}: {error}"))?;
        answer(index, exchange)
    }

    fn service_worker(&mut self, url: &Url) -> Result<AnswerModel, Failure> {
        let (index, model, exchange) =
            self.next("service worker", url.as_str(), |model| model.service_worker.as_ref())?;
        compare::hop(model, url).map_err(|error| format!("exchange {index}: {error}"))?;
        answer(index, exchange)
    }

    fn goes_on_from(&mut self, response: &Seen<'_>) -> Result<bool, Failure> {
        let mut rest = self.exchanges.clone();
        let Some((index, exchange)) = rest.next() else { return Ok(false) };
        let Some(model) = &exchange.next_manual_redirect else { return Ok(false) };
        self.exchanges = rest;
        self.wanted_followed = (index, exchange.followed);
        compare::response(model, response).map_err(|error| format!("exchange {index}: {error}"))?;
        Ok(true)
    }

    fn followed(&mut self, followed: bool) -> Result<(), Failure> {
        let (index, wanted) = self.wanted_followed;
        if wanted == Some(followed) {
            return Ok(());
        }
        Err(format!("exchange {index}: followed is {followed}, wanted {wanted:?}"))
    }

    fn ends_in_response(&mut self, response: &Seen<'_>) -> Result<(), Failure> {
        match self.outcome {
            OutcomeModel::Response(model) => compare::response(model, response)?,
            OutcomeModel::Error(_) => {
                let Seen { response_type, internal_status, .. } = response;
                return Err(format!(
                    "response of type {response_type} with internal status {internal_status}, wanted a network error"
                ));
            }
        }
        self.finish()
    }

    fn ends_in_error(&mut self, error: &SeenError) -> Result<(), Failure> {
        match self.outcome {
            OutcomeModel::Error(model) => compare::network_error(model, error)?,
            OutcomeModel::Response(_) => {
                return Err(format!("network error, wanted a response: {}", error.message));
            }
        }
        self.finish()
    }
}
