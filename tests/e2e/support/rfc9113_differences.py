# SPDX-License-Identifier: Apache-2.0
"""Where yett makes use of a choice that RFC 9113 leaves, and where nginx does otherwise than yett."""


def _all(outcome, reason, *ids, prefix=""):
    return {prefix + i: (outcome, reason) for i in ids}


C_PROTOCOL, S_PROTOCOL = "connection error PROTOCOL_ERROR", "stream error PROTOCOL_ERROR"
C_SIZE, C_CLOSED = "connection error FRAME_SIZE_ERROR", "connection error STREAM_CLOSED"
CALM = "connection error ENHANCE_YOUR_CALM"

AS_CONNECTION_ERROR = "5.4.1: an endpoint may treat a stream error as a connection error, as nghttp2 does"
MINIMAL = ("5.1: an endpoint can discard what it receives on any closed stream. Which were closed, and by "
           "whom, is not remembered: a trailer section may follow the reset of its stream")

# case -> (what yett does instead of what the case demands, why the RFC permits it)
PERMITTED = {
    **_all(C_SIZE, AS_CONNECTION_ERROR, "4.2 DATA of 16,385 bytes", "6.3 of 4 bytes", "6.3 of 6 bytes"),
    **_all(C_CLOSED, AS_CONNECTION_ERROR, "DATA", "empty DATA with END_STREAM", "HEADERS", "a request",
           prefix="5.1 half-closed: "),
    **_all(C_CLOSED, AS_CONNECTION_ERROR, "8.1 DATA behind trailers"),
    **_all(C_PROTOCOL, AS_CONNECTION_ERROR, "5.1.2 one more, the limit acknowledged",
           "5.3.2 a stream that depends on itself", "6.9 0 for a stream"),
    **_all(C_PROTOCOL, "5.4: a generic error code can always be used", "6.1 PADDED without its length",
           "6.2 PADDED without its length"),
    **_all("answer 200", MINIMAL, "5.1 closed: DATA", "5.1.1 a stream again"),
    **_all("answer 200 | None", MINIMAL, "5.1 reset: DATA"),
    **_all("left open", MINIMAL, "5.1.1 a stream lower than the last"),
    **_all(CALM, "10.5: an endpoint may limit what is expensive; more than 8 are an attack (CVE-2024-27316)",
           "6.10 any number"),
    **_all(S_PROTOCOL, "8.3.1: an origin server can apply any normalization: here the letters' case",
           "8.3.1 Host with the default port"),
}

LAX_IDLE = "nginx passes over it; two ends that disagree about a stream's state are an error (5.1)"
TRAILERS = "nginx takes no trailer section: any HEADERS on a known stream end the connection"
ANSWERS = "nginx answers first, as 8.1.1 permits; the reset is certain to be no answer of a backend"
FORWARDS = "nginx 1.22 passes it on. A malformed request must not reach a backend (8.1.1)"
OWN_SIZE = "nginx announces frames of up to 16,777,215 bytes; the initial value is enough"
CUT = "nginx calls what ends early an error of size; it is one of decoding (4.3)"
LENIENT_HPACK = "RFC 7541 (4.2, 5.2) calls it an error of decoding"
CLIENT_LEFT = "a client that has said GOAWAY wants no more: the connection is closed behind its last answer"

# case -> (what nginx does, why yett does not)
NGINX_DOES = {
    **_all(C_PROTOCOL, "nginx still reads the priorities of RFC 7540; yett, as RFC 9113 does, passes over them",
           "6.3 on itself"),
    **_all("ignored", "an acknowledgement or PING is not the SETTINGS that a preface ends with (3.4)",
           "3.4 PING in place of SETTINGS", "3.4 an acknowledgement in place of SETTINGS"),
    **_all("answer 200", "a preface ends with SETTINGS (3.4)", "3.4 HEADERS in place of SETTINGS"),
    **_all("answer 200", OWN_SIZE, "4.2 DATA of 16,385 bytes", "4.2 HEADERS of 16,385 bytes",
           "4.2 an unknown frame of 16,385 bytes on stream 0"),
    **_all("ignored", OWN_SIZE, "4.2 SETTINGS of 16,386 bytes"),
    **_all(C_SIZE, CUT, "a name that is cut", "a value that is cut", "a field without a value",
           prefix="4.3 "),
    **_all("answer 200", LENIENT_HPACK, "4.3 Huffman padding of a byte",
           "4.3 a size of the table behind a field"),
    **_all(C_SIZE, "the first fragment may be empty: nothing says how a block is divided (4.3)",
           "4.3 a first fragment that is empty"),
    **_all(C_PROTOCOL + " | ", TRAILERS, "4.3 the table is kept behind trailers of a reset stream"),
    **_all("ignored", LAX_IDLE, "idle: DATA", "idle: RST_STREAM", "idle: WINDOW_UPDATE",
           "idle, the server's: DATA", "idle, the server's: WINDOW_UPDATE",
           "idle, the server's: RST_STREAM", prefix="5.1 "),
    **_all("stream error STREAM_CLOSED", "it is a choice: " + AS_CONNECTION_ERROR,
           "5.1 half-closed: DATA", "5.1 half-closed: empty DATA with END_STREAM"),
    **_all(C_PROTOCOL, TRAILERS, "5.1 half-closed: HEADERS", "5.1 half-closed: a request",
           "5.1 reset by the server: HEADERS", "8.1 trailers without a body",
           "8.1 trailers without END_STREAM", "8.1 trailers with a pseudo-field", "8.1 trailers with :status",
           "8.1 DATA behind trailers", "8.1.1 shorter, with trailers", "8.2.1 CR LF in a trailer",
           "8.2.1 a capital letter in a trailer", "8.2.2 connection in a trailer"),
    **_all("answer 200, " + C_PROTOCOL, TRAILERS, "5.1 closed: HEADERS", "5.1.1 a stream again"),
    **_all(C_PROTOCOL + " | None", TRAILERS, "5.1 reset: HEADERS", "6.10 of trailers",
           "8.1 a body and trailers"),
    **_all(C_SIZE, TRAILERS, "8.1 trailers that are empty"),
    **_all(C_PROTOCOL, "nginx remembers the highest stream alone, and ends the connection of a client "
           "whose trailers are late", "5.1.1 a stream lower than the last"),
    **_all("stream error REFUSED_STREAM", "a client that knows the limit and does not keep it is hostile",
           "5.1.2 one more, the limit acknowledged"),
    **_all(C_SIZE, "either code names it (5.4)", "6.1 PADDED without its length",
           "6.2 PADDED without its length"),
    **_all("answer 200", CLIENT_LEFT, "7 an error code that is unknown, in GOAWAY"),
    **_all("answer 200 | a", CLIENT_LEFT, "6.8 what is in flight is answered", "6.8 with more data",
           "6.8 twice"),
    **_all("stream error FLOW_CONTROL_ERROR", "6.9.2 calls it an error of the connection",
           "6.9.2 SETTINGS that lift a window too high"),
    **_all("answer 200", "nginx has a limit of their bytes alone", "6.10 any number"),

    **_all("answer 200 | [] abc", "nginx sends no 100 over HTTP/2; a client may wait for it (RFC 9110, "
           "10.1.1)", "8.1 an interim answer"),
    **_all("answer 400", ANSWERS, "shorter than it says", "longer than it says", "a length and no body",
           "a body and a length of 0", "two lengths that differ", "two lengths that agree",
           "a length with a sign", "a negative length", "a length in hex", "an empty length",
           "a length beyond 64 bits", prefix="8.1.1 "),
    **_all("answer 400", ANSWERS, "one that is not defined", "one of answers", "a colon alone",
           ":method twice", ":scheme twice", ":authority twice", ":path twice", prefix="8.3 "),
    **_all("answer 400", ANSWERS, "no :method", "no :scheme", "no :path", "an empty :method",
           "an empty :scheme", "an empty :path", "a :scheme with a blank", "a :method with a blank",
           "a :method with a colon", "a :path without a slash", "a :path that is a URI",
           "a :path with a blank", "a :path with a version", "a :path with DEL", "* of GET",
           "neither Host nor :authority", "Host with the default port", "Host and :authority that differ",
           "two Hosts", "an empty :authority", ":authority with a path", prefix="8.3.1 "),
    **_all("answer 400", ANSWERS, "8.5 CONNECT with a path", "8.5 CONNECT without :authority"),
    **_all("answer 405", ANSWERS, "8.5 CONNECT with scheme and path"),
    **_all("answer 400", "nginx knows CONNECT only with what 8.5 forbids", "8.5 CONNECT"),
    **_all("answer 400", "nginx 1.22 takes Host beside :authority for a second Host",
           "8.3.1 Host and :authority that agree", "8.3.1 Host in capitals"),
    **_all(C_PROTOCOL, "nginx takes an empty name for an error of compression's grammar: it is a malformed "
           "message (8.2.1)", "8.2.1 an empty name"),
    **_all(C_SIZE, "an empty field block is a complete one (4.3): the message is malformed",
           "8.3.1 no fields at all"),
    **_all("answer 200", FORWARDS, "a name with a high byte", "a name that is no token",
           "a value with a blank first", "a value with a tab first", "a value with a blank last",
           "a value with a tab last", "a value with nothing but a blank", "a value with a control",
           "a value with DEL", prefix="8.2.1 "),
    **_all("answer 200", FORWARDS, "connection", "keep-alive", "proxy-connection", "transfer-encoding",
           "upgrade", "connection that names a field", "transfer-encoding and a body", "te: gzip",
           "te: trailers, gzip", prefix="8.2.2 "),
    **_all("answer 200", FORWARDS, "8.3 one behind a usual field", "8.3.1 a :scheme that is not served",
           "8.3.1 :authority with a user", "8.6 the field upgrade"),
    **_all("[101] None :st", "nginx passes 101 on, which HTTP/2 does not have (8.6)",
           "8.6 101 of the backend"),
    **_all(CALM, "nginx ends the connection; the other streams have done nothing (10.5.1)",
           "10.5.1 fields larger than allowed"),
    **_all(CALM + " | ", "nginx ends the connection; the other streams have done nothing (10.5.1)",
           "10.5.1 the next request behind them"),
    **_all("answer 200", "nginx measures a field as it is compressed; here as in HTTP/1.1",
           "10.5.1 one field larger than allowed"),
}
