/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* One library of the benchmark, which the build names: -DSUBJECT=subject_sodium. */
#include "holder.h"

const struct holder holders[] = {
	{ "rival", &SUBJECT, NULL, NULL, NULL, NULL, NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL, NULL },
};
