#ifndef OHB_PROJECT_MODEL_H
#define OHB_PROJECT_MODEL_H

/* One model of openhands.yml: what the table cannot say about it. */

#include "project/reader.h"

/* Reads one item of `models`.  What is wrong becomes diagnostics. */
void ohb_model_read(struct ohb_reader *reader, const struct ohb_yaml *node,
		struct ohb_model_config *ret);

#endif
