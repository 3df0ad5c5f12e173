/* SPDX-License-Identifier: Apache-2.0 */
/* Reading an answer: find the end of its head, take status and length, then only count. */
#include "bench/load_answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void answer_reset(struct answer *answer)
{
    answer->head_length = 0;
    answer->head_done = false;
    answer->status = 0;
    answer->length = 0;
    answer->received = 0;
}

static bool status_parse(struct answer *answer)
{
    static const char version[] = "HTTP/1.1 ";

    if (strncmp(answer->head, version, sizeof(version) - 1) != 0) {
        return false;
    }
    char *end = NULL;
    long status = strtol(answer->head + sizeof(version) - 1, &end, 10);
    if (status < 100 || status > 599 || (*end != ' ' && *end != '\r')) {
        return false;
    }
    answer->status = (int)status;
    return true;
}

/* The head is one string that ends in an empty line. */
static bool length_parse(struct answer *answer)
{
    static const char name[] = "content-length:";
    bool found = false;

    for (char *line = strstr(answer->head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, sizeof(name) - 1) == 0) {
            answer->length = strtoull(line + sizeof(name) - 1, NULL, 10);
            found = true;
        }
    }
    return found;
}

static enum answer_progress body_count(struct answer *answer, size_t count)
{
    answer->received += count;
    if (answer->received > answer->length) {
        return ANSWER_BAD;
    }
    return answer->received == answer->length ? ANSWER_DONE : ANSWER_MORE;
}

enum answer_progress answer_feed(struct answer *answer, const char *bytes, size_t count)
{
    if (answer->head_done) {
        return body_count(answer, count);
    }

    size_t room = sizeof(answer->head) - 1 - answer->head_length;
    size_t taken = count < room ? count : room;
    memcpy(answer->head + answer->head_length, bytes, taken);
    size_t filled = answer->head_length + taken;
    answer->head[filled] = '\0';

    char *end = strstr(answer->head, "\r\n\r\n");
    if (end == NULL) {
        answer->head_length = filled;
        return taken == count ? ANSWER_MORE : ANSWER_BAD;
    }
    size_t head_length = (size_t)(end - answer->head) + 4;
    size_t body = count - (head_length - answer->head_length);
    answer->head[head_length] = '\0';
    answer->head_length = head_length;
    answer->head_done = true;
    if (!status_parse(answer) || !length_parse(answer)) {
        return ANSWER_BAD;
    }
    return body_count(answer, body);
}
