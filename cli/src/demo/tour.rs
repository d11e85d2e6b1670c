//! The stops of the tour.

/// One stop: a fetch as it would be typed, how it ends, and what it shows.
pub(super) struct Stop {
    pub(super) title: &'static str,
    /// The arguments of `fetch-cors fetch`.
    pub(super) args: &'static [&'static str],
    /// `delivered`, or the code of the reason.
    pub(super) ends: &'static str,
    pub(super) lesson: &'static str,
}

/// The page of most stops.
pub(super) const FROM: &str = "--origin=http://shop.example";

/// Every stop, in order.
pub(super) const STOPS: &[Stop] = &[
    Stop {
        title: "Open to everyone",
        args: &["http://api.example/open", FROM],
        ends: "delivered",
        lesson: "A server that answers * lets every page read, as long as no credentials are asked for.",
    },
    Stop {
        title: "One exact origin",
        args: &["http://api.example/partner", FROM],
        ends: "delivered",
        lesson: "The value must be the origin byte for byte; Vary: Origin keeps caches honest.",
    },
    Stop {
        title: "Somebody else's origin",
        args: &["http://api.example/other-partner", FROM],
        ends: "allow-origin-mismatch",
        lesson: "The server got the request all the same: CORS guards reading, not sending.",
    },
    Stop {
        title: "With credentials",
        args: &["http://api.example/me", FROM, "--credentials=include", "--cookie=sid=42"],
        ends: "delivered",
        lesson: "Needs the exact origin and Access-Control-Allow-Credentials: true.",
    },
    Stop {
        title: "* with credentials",
        args: &["http://api.example/open", FROM, "--credentials=include"],
        ends: "allow-origin-wildcard-with-credentials",
        lesson: "What a cookie opened is never opened to everyone.",
    },
    Stop {
        title: "Preflighted, twice",
        args: &[
            "http://api.example/orders",
            FROM,
            "--request=PUT",
            "--header=Content-Type: application/json",
            "--data={\"tea\":1}",
            "--repeat=2",
        ],
        ends: "delivered",
        lesson: "Access-Control-Max-Age lets the second one go without a preflight.",
    },
    Stop {
        title: "A method that is not allowed",
        args: &["http://api.example/orders", FROM, "--request=DELETE"],
        ends: "method-not-allowed",
        lesson: "The DELETE itself was never sent.",
    },
    Stop {
        title: "A header that is not allowed",
        args: &["http://api.example/orders", FROM, "--request=PUT", "--header=X-Trace: 1"],
        ends: "header-not-allowed",
        lesson: "Every header that is not safelisted must be named.",
    },
    Stop {
        title: "A sandboxed page, whose origin is null",
        args: &["http://api.example/sandbox", "--origin=null"],
        ends: "delivered",
        lesson: "null names nobody in particular: every sandboxed page and redirect matches it.",
    },
    Stop {
        title: "null does not mean everyone",
        args: &["http://api.example/sandbox", FROM],
        ends: "allow-origin-mismatch",
        lesson: "A page with an origin does not match null.",
    },
    Stop {
        title: "The header twice",
        args: &["http://api.example/twice", FROM],
        ends: "allow-origin-multiple",
        lesson: "Often the application and a proxy both add it; together they match nothing.",
    },
    Stop {
        title: "A redirect within the origin",
        args: &["http://api.example/moved", FROM],
        ends: "delivered",
        lesson: "Both answers have to pass the CORS check.",
    },
    Stop {
        title: "A redirect from the page's own origin to another",
        args: &["http://shop.example/to-api", FROM],
        ends: "delivered",
        lesson: "The second hop becomes a CORS request; the origin is still told.",
    },
    Stop {
        title: "A redirect that taints",
        args: &["http://api.example/to-cdn", FROM],
        ends: "allow-origin-mismatch",
        lesson: "Two servers that are not the page's were involved: the origin is sent as null.",
    },
    Stop {
        title: "Exposed headers",
        args: &["http://api.example/list", FROM],
        ends: "delivered",
        lesson: "X-Request-Id came too, but script sees only seven safelisted names and what is exposed.",
    },
    Stop {
        title: "no-cors: an image from elsewhere",
        args: &["http://cdn.example/pixel.png", FROM, "--mode=no-cors", "--destination=image"],
        ends: "delivered",
        lesson: "The page may show it, but script sees an opaque response: no status, no headers.",
    },
];
