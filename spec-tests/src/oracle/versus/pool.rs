//! What sequences are made of: URLs, origins, words, header lines.

/// Origins of pages.
pub(super) const PAGES: [&str; 9] = [
    "https://a.example",
    "https://a.example:8443",
    "http://a.example",
    "https://b.example",
    "https://x.a.example",
    "http://localhost",
    "http://127.0.0.1:8080",
    "https://a.co.uk",
    "https://a.example.",
];

/// Pages of a scheme of the host's own, where that has tuple origins.
pub(super) const APP_PAGES: [&str; 2] = ["app://localhost", "app://x.localhost"];

/// URLs of schemes of the host's own.
pub(super) const APP_URLS: [&str; 7] = [
    "app://localhost/p",
    "app://x.localhost/",
    "app://LOCALHOST/p",
    "app://localhost:81/",
    "app:/p",
    "ext://b.example/p",
    "ext://x.b.example/",
];

/// Targets of an access list.
pub(super) const ACCESS_TARGETS: [&str; 10] = [
    "https://b.example",
    "https://*.b.example",
    "https://*.example",
    "http://*.example:*",
    "https://a.example:*",
    "https://a.example:8443",
    "http://127.0.0.1:*",
    "https://b.example:443",
    "app://localhost",
    "app://*.localhost:*",
];

/// Where requests and redirects go, without path.
pub(super) const TARGETS: [&str; 20] = [
    "https://b.example",
    "https://a.example",
    "https://x.a.example",
    "https://y.b.example",
    "http://b.example",
    "http://a.example",
    "https://a.example:8443",
    "https://user:word@b.example",
    "https://user@a.example",
    "https://:word@x.a.example",
    "http://b.example:25",
    "http://localhost",
    "http://x.localhost:8080",
    "http://127.0.0.1:8080",
    "http://[::1]",
    "https://b.co.uk",
    "https://co.uk",
    "https://a.example.",
    "http://a.example:443",
    "https://b.example:6667",
];

/// Paths, queries and fragments.
pub(super) const PATHS: [&str; 6] = ["/", "/p", "/p?q=1", "/p#f", "/#", "/p%20%7f?\u{e4}"];

/// URLs that are not HTTP(S).
pub(super) const ODD_URLS: [&str; 11] = [
    "data:text/plain,x",
    "data:,#f",
    "about:blank",
    "about:srcdoc",
    "blob:https://a.example/7a1f",
    "blob:null/7a1f",
    "blob:blob:https://a.example/7a1f",
    "file:///x",
    "ftp://a.example/x",
    "wss://a.example/x",
    "app://a.example/x",
];

/// Values of `Location` that are not simply another URL of this pool.
pub(super) const ODD_LOCATIONS: [&[u8]; 20] = [
    b"/next",
    b"",
    b"?q",
    b"#g",
    b"//b.example/x",
    b"https:/x",
    b"http://[",
    b"https://",
    b"https://b.example:99999/",
    b"/a b",
    b"/\xff\xfe",
    b"/\xc3\xa4?\xc3\xa4#\xc3\xa4",
    b"/\xc3\xa4\xff",
    b"\\\\b.example\\x",
    b" https://b.example/ ",
    b"mailto:x@b.example",
    b"https://us%20er:@b.example/",
    b"https://@b.example/",
    b"https://a.example/, https://b.example/",
    b"HTTPS://B.EXAMPLE/x#",
];

/// Request header lines.
pub(super) const REQUEST_LINES: [(&str, &[u8]); 66] = [
    ("X-A", b"1"),
    ("x-b", b""),
    ("X-B", b"2"),
    ("Content-Type", b"text/plain"),
    ("content-type", b"application/json"),
    ("Content-Type", b"TEXT/Plain ;charset=utf-8"),
    ("Content-Type", b"multipart/form-data; boundary=x"),
    ("Content-Type", b"application/x-www-form-urlencoded"),
    ("Content-Type", b"text/plain, text/html"),
    ("Content-Type", b"text/plain;\"x\""),
    ("Content-Type", b"text"),
    ("Content-Type", b""),
    ("Content-Type", b"text/plain; charset=\xff"),
    ("Content-Type", b"/plain"),
    ("Content-Type", b"text/pl ain"),
    ("Content-Type", b"text/plain\t;x"),
    ("Content-Type", b"text /plain"),
    ("Content-Type", b"text/plain\x0b"),
    ("Accept", b"text/html"),
    ("ACCEPT", b"a\"b"),
    ("accept", b"a\x7f"),
    ("Accept", b"a\tb"),
    ("Accept", b"a\x01"),
    ("Accept", b"a\x80\xff"),
    ("Accept", b"a{b}"),
    ("Accept", b"a:b"),
    ("Accept-Language", b"de, en;q=0.5"),
    ("Accept-Language", b"en_US"),
    ("Accept-Language", b"en\t"),
    ("accept-language", b"*=."),
    ("Content-Language", b"en"),
    ("Content-Language", b"en@x"),
    ("Content-Language", b"e\xe4"),
    ("Range", b"bytes=0-"),
    ("Range", b"bytes=0-99"),
    ("Range", b"bytes=-5"),
    ("Range", b"bytes=5-3"),
    ("Range", b"bytes=7-07"),
    ("range", b"bytes=0-1,3-4"),
    ("Range", b"Bytes=0-"),
    ("Range", b"bytes= 0-"),
    ("Range", b"bytes=-"),
    ("Range", b"bytes=9-18446744073709551616"),
    ("Range", b"bytes=18446744073709551617-18446744073709551616"),
    ("Range", b"bytes"),
    ("Range", b"items=0-"),
    ("Authorization", b"Basic eDp5"),
    ("authorization", b"Bearer x"),
    ("If-None-Match", b"\"x\""),
    ("If-Modified-Since", b"x"),
    ("If-Range", b"x"),
    ("If-Match", b"*"),
    ("If-Unmodified-Since", b"x"),
    ("Cache-Control", b"no-transform"),
    ("Pragma", b"x"),
    ("*", b"star"),
    ("X-HTTP-Method-Override", b"PUT"),
    ("Content-Encoding", b"gzip"),
    ("Content-Location", b"/x"),
    ("User-Agent", b"page"),
    ("origin", b"https://lie.example"),
    ("referer", b"https://lie.example/"),
    ("SEC-FETCH-SITE", b"none"),
    ("sec-purpose", b"lie"),
    ("accept-encoding", b"br"),
    ("content-length", b"7"),
];

/// Methods.
pub(super) const METHODS: [&str; 16] = [
    "GET",
    "POST",
    "PUT",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "PATCH",
    "patch",
    "put",
    "get",
    "Post",
    "CHICKEN",
    "*",
    "a!#$%&'*+-.^_`|~",
    "CONNECT",
    "head",
];

/// `Access-Control-Allow-Origin`, where it is not the origin that was sent.
pub(super) const ALLOW_ORIGINS: [&[u8]; 13] = [
    b"*",
    b"null",
    b"https://a.example",
    b"https://b.example",
    b"http://a.example",
    b"https://a.example/",
    b"",
    b"*, *",
    b"*,",
    b"null, null",
    b"\"*\"",
    b"https://a.example\xff",
    b"** ",
];

/// `Access-Control-Allow-Credentials`.
pub(super) const ALLOW_CREDENTIALS: [&[u8]; 9] =
    [b"true", b"True", b"TRUE", b" true\t", b"true, true", b"false", b"", b"true;", b"tru\xe9"];

/// `Access-Control-Allow-Methods` and `Access-Control-Allow-Headers`, where they are not what was
/// asked for.
pub(super) const ALLOW_LISTS: [&[u8]; 19] = [
    b"*",
    b"PUT, DELETE, X-A, x-b",
    b",, PUT\t ,,X-A ,",
    b"",
    b",",
    b"*, PUT, x-a",
    b"PUT, *, x-a",
    b"authorization, *",
    b"*, Authorization, content-type",
    b"put, X-a, X-B, Content-TYPE, range, accept",
    b"PUT; X-A",
    b"PUT X-A",
    b"\"PUT\"",
    b"x-a, (x)",
    b"PUT\xa0",
    b"x-a\x0c",
    b"PUT, , DELETE, PUT",
    b"X-B",
    b"PATCH, GET, POST, CHICKEN",
];

/// `Access-Control-Max-Age`.
pub(super) const MAX_AGES: [&[u8]; 19] = [
    b"600",
    b"5",
    b"0",
    b"1",
    b"10",
    b"86400",
    b"7200",
    b"7201",
    b"99999999999999999999999999",
    b"-1",
    b"+5",
    b"5.0",
    b"5, 5",
    b"",
    b"007",
    b" 9 ",
    b"4294967296",
    b"18446744073709551619",
    b"9s",
];

/// `Access-Control-Expose-Headers`.
pub(super) const EXPOSE_HEADERS: [&[u8]; 9] = [
    b"*",
    b"x-secret",
    b"X-SECRET, set-cookie, ,x-dup",
    b"*, x-secret",
    b"",
    b"x secret",
    b"x-dup, \"x\"",
    b"**",
    b"Set-Cookie",
];

/// `Timing-Allow-Origin`.
pub(super) const TIMING_ALLOW_ORIGINS: [&[u8]; 8] = [
    b"*",
    b"https://a.example",
    b"null",
    b"https://x.example, https://a.example",
    b"\"a, *\", b",
    b"x,*",
    b"",
    b"https://A.example",
];

/// `Cross-Origin-Resource-Policy`.
pub(super) const RESOURCE_POLICIES: [&[u8]; 7] =
    [b"same-site", b"same-origin", b"cross-origin", b"Same-Origin", b"same-site, same-origin", b"", b"\tsame-origin "];

/// `Content-Type` of responses.
pub(super) const CONTENT_TYPES: [&[u8]; 17] = [
    b"text/javascript",
    b"text/css; charset=utf-8",
    b"image/png",
    b"text/html",
    b"text/csv",
    b"Audio/Ogg ;x",
    b"video/mp4",
    b"image/",
    b"text/css, te xt/html",
    b"text/javascript, image/png",
    b"image/png, text/javascript",
    b"image/png, */*",
    b"image/png;x=\",text/javascript\"",
    b"",
    b"application/ECMAscript",
    b"text/javascript1.6",
    b"text/css, x",
];

/// `X-Content-Type-Options`.
pub(super) const CONTENT_TYPE_OPTIONS: [&[u8]; 7] =
    [b"nosniff", b"NoSniff", b"nosniff, x", b"x, nosniff", b"\"nosniff\"", b", nosniff", b""];

/// `Referrer-Policy`.
pub(super) const REFERRER_POLICY_VALUES: [&[u8]; 14] = [
    b"no-referrer",
    b"unsafe-url",
    b"origin",
    b"same-origin",
    b"strict-origin",
    b"origin-when-cross-origin",
    b"no-referrer-when-downgrade",
    b"strict-origin-when-cross-origin",
    b"origin, bogus",
    b"bogus, unsafe-url, ",
    b"Origin",
    b"or!gin x, same-origin",
    b"",
    b"origin no-referrer",
];

/// Further response lines.
pub(super) const RESPONSE_LINES: [(&str, &[u8]); 14] = [
    ("X-Secret", b"1"),
    ("x-dup", b"1"),
    ("X-Dup", b"2"),
    ("Set-Cookie", b"a=b"),
    ("set-cookie2", b"a=b"),
    ("Cache-Control", b"no-store"),
    ("content-language", b"en"),
    ("Content-Length", b"0"),
    ("EXPIRES", b"x"),
    ("Last-Modified", b"x"),
    ("Pragma", b"\xff"),
    ("*", b"star"),
    ("X-Tabs", b" \t x \t"),
    ("x-empty", b""),
];

/// Lines that no HTTP response has.
pub(super) const MALFORMED_LINES: [(&str, &[u8]); 6] =
    [("x y", b"1"), ("", b"1"), ("x", b"a\0b"), ("x", b"a\nb"), ("x", b"a\rb"), ("x\u{e4}", b"1")];
