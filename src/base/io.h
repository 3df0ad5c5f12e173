/* SPDX-License-Identifier: Apache-2.0 */
/* The result of a non-blocking operation. */
#ifndef BASE_IO_H
#define BASE_IO_H

/* "Not yet" is not an error: one function makes the event loop wait for WANT_*. */
enum io {
    IO_DONE,
    IO_WANT_READ,
    IO_WANT_WRITE,
    IO_CLOSED, /* the peer closed its side regularly */
    IO_FAILED, /* broken; the operation returned or logged the reason */
};

#endif
