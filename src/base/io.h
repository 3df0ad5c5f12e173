/* SPDX-License-Identifier: Apache-2.0 */
/* What a non-blocking operation came to. */
#ifndef BASE_IO_H
#define BASE_IO_H

/* "Not yet" is not an error: one function turns WANT_* into what the event loop waits for. */
enum io {
    IO_DONE,
    IO_WANT_READ,
    IO_WANT_WRITE,
    IO_CLOSED, /* the peer ended its side in order */
    IO_FAILED, /* broken; the operation filled in or logged why */
};

#endif
