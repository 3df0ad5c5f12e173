/* SPDX-License-Identifier: Apache-2.0 */
/* try_files: which of several files or URIs answers. */
#ifndef GATE_6_TRY_FILES_H
#define GATE_6_TRY_FILES_H

#include "gate/request.h"

enum next try_files_step(struct request *request);

#endif
