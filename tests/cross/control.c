/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A program with one call, CALL. Whether it links tells whether the shared library exports that. */
const char *CALL(void);

int main(void)
{
	return CALL() == 0;
}
