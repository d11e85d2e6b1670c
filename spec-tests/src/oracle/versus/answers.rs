//! Answers from bytes: mostly such that the fetch goes on, and else at the edges.

use super::dice::Dice;
use super::plan::{AnswerPlan, HeadPlan, Piece, WorkerPlan};
use super::pool::{
    ALLOW_CREDENTIALS, ALLOW_LISTS, ALLOW_ORIGINS, CONTENT_TYPE_OPTIONS, CONTENT_TYPES, EXPOSE_HEADERS,
    MALFORMED_LINES, MAX_AGES, ODD_LOCATIONS, ODD_URLS, REFERRER_POLICY_VALUES, RESOURCE_POLICIES, RESPONSE_LINES,
    TIMING_ALLOW_ORIGINS,
};
use super::requests::http_url;
use crate::oracle::host::Answer;
use crate::oracle::infra::{Bytes, decode};
use crate::oracle::request::Request;

fn bytes(value: &[u8]) -> Vec<Piece> {
    vec![Piece::Text(decode(value))]
}

/// A chain of redirects, so long that it comes near the limit.
pub(super) fn chain(count: usize, dice: &mut Dice<'_>) -> Vec<AnswerPlan> {
    let (first, second) = (http_url(dice), http_url(dice));
    let hop = |index: usize| {
        let mut plan = AnswerPlan::simple();
        plan.request.status = 302;
        let target = if index.is_multiple_of(2) { &first } else { &second };
        plan.request.lines.push(("Location".to_owned(), bytes(target.as_str().as_bytes())));
        plan
    };
    (0..count).map(hop).collect()
}

pub(super) fn answer(dice: &mut Dice<'_>) -> AnswerPlan {
    let after = dice.of(&[0, 0, 0, 1, 500, 1000, 4999, 5000, 60_000]);
    let instead = dice.weighted(&[(96, None), (2, Some(Answer::Failure)), (2, Some(Answer::Abort))]);
    AnswerPlan { after, instead, preflight: preflight_head(dice), request: request_head(dice) }
}

/// Adds a line that is sometimes missing, sometimes there twice, and mostly what it should be.
fn add(head: &mut HeadPlan, dice: &mut Dice<'_>, name: &str, wanted: &[Piece], others: &[&[u8]], is_permit: bool) {
    let name = name.to_owned();
    let choice = if is_permit { 0 } else { dice.weighted(&[(40, 0), (38, 1), (12, 2), (10, 3)]) };
    if choice == 2 {
        return;
    }
    if choice != 1 {
        head.lines.push((name.clone(), wanted.to_vec()));
    }
    if choice != 0 {
        head.lines.push((name, bytes(dice.of(others))));
    }
}

fn allow_lines(head: &mut HeadPlan, dice: &mut Dice<'_>, is_permit: bool) {
    let origins = [
        (78, vec![Piece::Origin]),
        (8, bytes(b"*")),
        (3, vec![Piece::UpperOrigin]),
        (3, vec![Piece::Origin, Piece::Text("/".to_owned())]),
        (3, vec![Piece::Origin, Piece::Text(", ".to_owned()), Piece::Origin]),
        (5, vec![Piece::Text(" \t".to_owned()), Piece::Origin, Piece::Text(" ".to_owned())]),
    ];
    let origin = if is_permit { vec![Piece::Origin] } else { dice.weighted(&origins) };
    add(head, dice, "Access-Control-Allow-Origin", &origin, &ALLOW_ORIGINS, is_permit);
    add(head, dice, "access-control-allow-credentials", &bytes(b"true"), &ALLOW_CREDENTIALS, is_permit);
}

fn preflight_head(dice: &mut Dice<'_>) -> HeadPlan {
    let is_permit = !dice.chance(38);
    let status = if is_permit {
        dice.of(&[200, 204, 299])
    } else {
        dice.of(&[
            200, 204, 200, 200, 200, 204, 204, 404, 301, 307, 304, 401, 407, 421, 100, 103, 101, 199, 300, 0, 1000,
            65_535, 999, 206,
        ])
    };
    let mut head = HeadPlan { status, lines: Vec::new() };
    allow_lines(&mut head, dice, is_permit);
    let comma = Piece::Text(", ".to_owned());
    let more = Piece::Text("PUT,DELETE , *".to_owned());
    let methods = dice.weighted(&[
        (60, vec![Piece::Method]),
        (15, vec![Piece::Method, comma.clone(), more.clone()]),
        (10, vec![more, comma.clone(), Piece::Method]),
        (10, bytes(b"*, PUT")),
        (5, vec![Piece::LowerMethod]),
    ]);
    let star = Piece::Text("*, authorization, X-B".to_owned());
    let headers = dice.weighted(&[
        (55, vec![Piece::Headers]),
        (20, vec![Piece::UpperHeaders]),
        (10, vec![Piece::Headers, comma.clone(), star.clone()]),
        (10, vec![star, comma, Piece::Headers]),
        (5, bytes(b"*")),
    ]);
    add(&mut head, dice, "Access-Control-Allow-Methods", &methods, &ALLOW_LISTS, is_permit);
    add(&mut head, dice, "Access-Control-Allow-Headers", &headers, &ALLOW_LISTS, is_permit);
    if dice.chance(75) {
        head.lines.push(("Access-Control-Max-Age".to_owned(), bytes(dice.of(&MAX_AGES))));
    }
    if dice.chance(4) {
        head.lines.push(("access-control-max-age".to_owned(), bytes(dice.of(&MAX_AGES))));
    }
    common_lines(&mut head, dice);
    head
}

fn request_head(dice: &mut Dice<'_>) -> HeadPlan {
    let is_permit = !dice.chance(35);
    let is_redirect = dice.chance(30);
    let status = if is_redirect {
        dice.of(&[302, 301, 303, 307, 308])
    } else {
        dice.weighted(&[
            (62, 200),
            (8, 204),
            (4, 206),
            (3, 416),
            (3, 404),
            (3, 401),
            (2, 407),
            (2, 421),
            (2, 304),
            (2, 300),
            (2, 100),
            (2, 103),
            (2, 101),
            (1, 99),
            (1, 1000),
            (1, 999),
        ])
    };
    let mut head = HeadPlan { status, lines: Vec::new() };
    allow_lines(&mut head, dice, is_permit);
    if is_redirect && !dice.chance(4) {
        head.lines.push(("Location".to_owned(), bytes(&location(dice))));
        if dice.chance(3) {
            head.lines.push(("location".to_owned(), bytes(&location(dice))));
        }
    }
    let optional: [(&str, u32, &[&[u8]]); 6] = [
        ("Access-Control-Expose-Headers", 35, &EXPOSE_HEADERS),
        ("Timing-Allow-Origin", 30, &TIMING_ALLOW_ORIGINS),
        ("Cross-Origin-Resource-Policy", 20, &RESOURCE_POLICIES),
        ("Content-Type", 40, &CONTENT_TYPES),
        ("X-Content-Type-Options", 20, &CONTENT_TYPE_OPTIONS),
        ("Referrer-Policy", 20, &REFERRER_POLICY_VALUES),
    ];
    for (name, percent, values) in optional {
        if dice.chance(percent) {
            head.lines.push((name.to_owned(), bytes(dice.of(values))));
        }
    }
    if dice.chance(8) {
        let (name, _, values) = dice.of(&optional);
        head.lines.push((name.to_ascii_lowercase(), bytes(dice.of(values))));
    }
    for _ in 0..dice.below(4) {
        let (name, value) = dice.of(&RESPONSE_LINES);
        head.lines.push((name.to_owned(), bytes(value)));
    }
    common_lines(&mut head, dice);
    head
}

fn location(dice: &mut Dice<'_>) -> Bytes {
    match dice.weighted(&[(72, 0), (22, 1), (6, 2)]) {
        0 => http_url(dice).as_str().as_bytes().to_vec(),
        1 => dice.of(&ODD_LOCATIONS).to_vec(),
        _ => dice.of(&ODD_URLS).as_bytes().to_vec(),
    }
}

fn common_lines(head: &mut HeadPlan, dice: &mut Dice<'_>) {
    if dice.chance(1) {
        let (name, value) = dice.of(&MALFORMED_LINES);
        head.lines.push((name.to_owned(), bytes(value)));
    }
}

pub(super) fn workers(dice: &mut Dice<'_>, request: &Request, answers: &[AnswerPlan]) -> Vec<Option<WorkerPlan>> {
    if !dice.chance(70) {
        return Vec::new();
    }
    // What suits the mode barely, or barely not, more often than the rest.
    let edge = match request.mode {
        "no-cors" => "opaque",
        "same-origin" => "cors",
        _ => "basic",
    };
    let types =
        [(30, edge), (20, "basic"), (16, "default"), (12, "cors"), (12, "opaque"), (8, "opaqueredirect"), (2, "error")];
    let response_type = dice.weighted(&types);
    let urls = dice.weighted(&[(50, 1), (20, 0), (30, 2)]);
    let url_list = (0..urls).map(|_| http_url(dice).to_string()).collect();
    let head = answers.first().map_or_else(AnswerPlan::simple, Clone::clone).request;
    let is_wrong = |(name, value): &(String, Vec<Piece>)| {
        MALFORMED_LINES.iter().any(|(bad, text)| bad == name && *value == bytes(text))
    };
    let lines = head.lines.into_iter().filter(|line| !is_wrong(line)).collect();
    let exposed = [vec![], vec![b"x-secret".to_vec()], vec![b"Set-Cookie".to_vec()]];
    let status = if (200..=999).contains(&head.status) { head.status } else { 200 };
    let status = dice.weighted(&[(80, status), (10, 416), (10, 206)]);
    vec![Some(WorkerPlan {
        response_type,
        url_list,
        head: HeadPlan { status, lines },
        cors_exposed_header_names: if response_type == "cors" { dice.of(&exposed) } else { vec![] },
        range_requested: dice.chance(30),
        request_includes_credentials: !dice.chance(30),
    })]
}
